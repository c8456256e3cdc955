import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseFleet } from '../../pool/load.ts';
import { statusOfCode } from '../../scaler/api/api-error.ts';
import { provisionerMethods } from '../../scaler/api/provisioner/methods.ts';
import { modernRoutes } from '../../scaler/api/v2/modern-api.ts';
import { projectRoot } from '../harness/project-root.ts';
import { startApiServer } from '../scaler/api/api-server.ts';

const page = readFileSync(`${projectRoot}/docs/api.md`, 'utf8');

describe('docs/api.md', () => {
  it('has every method, with its route and scopes', () => {
    const rows = page
      .split('\n')
      .filter((line) => /^\| `\w+` \| (GET|PUT|POST|DELETE) (?!`\/api\/v2)/.test(line));
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

  it('has every method of version 2, with its route and scopes', async () => {
    const api = await startApiServer();
    const routes = modernRoutes(api.parts, () => {});
    await api.close();
    const rows = page.split('\n').filter((line) => /^\| `\w+` \| \w+ `\/api\/v2/.test(line));
    expect(rows).toHaveLength(routes.length);
    for (const { name, method, path, scopes } of routes) {
      const request = `${method} \`/api/v2${path.replace('{pool}', '<pool>')}\``;
      const needed = scopes.map((scope) => `\`${scope}\``).join(', ');
      const row = rows.find((line) => line.startsWith(`| \`${name}\` | ${request} | ${needed}`));
      expect(row, name).toBeDefined();
    }
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
