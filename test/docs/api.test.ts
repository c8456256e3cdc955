import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseFleet } from '../../pool/load.ts';
import { statusOfCode } from '../../scaler/api/api-error.ts';
import { provisionerMethods } from '../../scaler/api/provisioner/methods.ts';
import { projectRoot } from '../harness/project-root.ts';

const page = readFileSync(`${projectRoot}/docs/api.md`, 'utf8');

describe('docs/api.md', () => {
  it('has every method, with its route and scopes', () => {
    const rows = page
      .split('\n')
      .filter((line) => /^\| `\w+` \| (GET|PUT|POST|DELETE) /.test(line));
    const expected = provisionerMethods.map(({ name, method, route, scopes }) => {
      const needed = scopes.flat().map((scope) => `\`${scope}\``);
      const cells = [
        `\`${name}\``,
        `${method.toUpperCase()} \`${route}\``,
        needed.join(', ') || 'none',
      ];
      return `| ${cells.join(' | ')} |`;
    });
    expect(rows).toEqual(expected);
  });

  it('names only codes that there are, with their status', () => {
    const section = page.slice(page.indexOf('## Errors'), page.indexOf('## Who may call'));
    const named = section.match(/`[A-Z]\w+`/g)?.map((code) => code.slice(1, -1)) ?? [];
    expect(named.length).toBeGreaterThan(10);
    for (const code of named) expect(Object.keys(statusOfCode)).toContain(code);
    const status = section.replace(/\s+/g, ' ');
    for (const code of ['RequestConflict', 'ResourceExpired', 'Unavailable'] as const) {
      expect(status).toMatch(new RegExp(`\`${code}\` \\(${statusOfCode[code]}`));
    }
  });

  it('shows settings that a file can have', () => {
    const [, block = ''] = /```yaml\n([^`]*)```/.exec(page) ?? [];
    const settings = block.replace(/^ {3}/gm, '');
    const rest = `
fleet: ci
regions: { us-west-2: { vpc: vpc-1, subnets: [subnet-1] } }
pools:
  base:
    owner: build@example.com
    queue: { http: { host: q.example.com, provisionerId: x } }
    capacity: { max: 1 }
    instances: [{ type: c5.xlarge, capacity: 1 }]
    image: { amiSet: linux }
`;
    expect(parseFleet(settings + rest, 'muster.yaml').workerTypes).toMatchObject({
      provisionerId: 'aws-provisioner-v1',
      owner: 'build@example.com',
    });
  });
});
