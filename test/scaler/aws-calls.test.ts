import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { awsCalls } from '../../pool/aws-calls.ts';

const scaler = fileURLToPath(new URL('../../scaler', import.meta.url));

/** Commands that a source imports from the SDK; a paginator sends the command it is named after. */
function commandsIn(source: string): string[] {
  const imports = source.matchAll(
    /import\s+(?:type\s+)?\{([^}]*)\}\s+from\s+'(@aws-sdk\/client-[\w-]+)'/g,
  );
  return [...imports].flatMap(([, names = '', client]) =>
    names
      .split(',')
      .map((name) => name.trim())
      .flatMap((name) => {
        const paged = /^paginate(\w+)$/.exec(name)?.[1];
        if (paged !== undefined) return [`${client} ${paged}Command`];
        return /^\w+Command$/.test(name) ? [`${client} ${name}`] : [];
      }),
  );
}

const sources = readdirSync(scaler, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => readFileSync(join(scaler, name), 'utf8'));

describe('the list of AWS calls', () => {
  it('finds commands and paginators in an import', () => {
    const source = "import {\n  type A,\n  paginateB,\n  CCommand,\n} from '@aws-sdk/client-d';";
    expect(commandsIn(source)).toEqual([
      '@aws-sdk/client-d BCommand',
      '@aws-sdk/client-d CCommand',
    ]);
  });

  it('names every command that the scaler uses, and no other', () => {
    const used = [...new Set(sources.flatMap(commandsIn))].sort();
    const listed = awsCalls.map(({ client, command }) => `${client} ${command}`).sort();
    expect(used.length).toBeGreaterThan(5);
    expect(used).toEqual(listed);
  });

  it('is not gone round: no whole client, and no import that the check cannot read', () => {
    for (const source of sources) {
      expect(source).not.toMatch(/import \* as \w+ from '@aws-sdk|import\('@aws-sdk|require\(/);
      // The aggregated clients, such as `new EC2({})`, have a method for every call.
      expect(source).not.toMatch(/new (AutoScaling|EC2|SQS|CloudWatch|Pricing)\(/);
    }
  });
});
