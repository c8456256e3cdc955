/** Runs what docs/decide.md shows, and compares what it says comes out. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { decisionSchema } from '../../scaler/schemas/decision-schema.ts';
import { fenced, readText, root, tableOf } from './markdown.ts';
import { runInShell, runShown } from './run-shown.ts';

const page = readText('docs/decide.md');
const [example, schemas] = fenced(page, 'sh');
const limit = 60_000;

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command line as a person would, in the project's folder. */
function shell(command: string, input = ''): Promise<Ended> {
  return new Promise((resolve) => {
    const options = { cwd: fileURLToPath(root), timeout: limit, maxBuffer: 2 ** 24 };
    const child = execFile('sh', ['-c', command], options, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), stdout, stderr }),
    );
    child.stdin?.end(input);
  });
}

describe('docs/decide.md', () => {
  it('shows what its example prints', { timeout: limit }, async () => {
    const { exitCode, stdout } = await runInShell(example!);
    expect([exitCode, stdout]).toEqual([0, fenced(page, 'text')[0]]);
  });

  it('shows the first decision of the example', { timeout: limit }, async () => {
    const { stdout } = await shell('node cli/bin.mjs decide < examples/decide.jsonl');
    const lines = stdout.trim().split('\n');
    expect(JSON.parse(lines[0]!)).toEqual(JSON.parse(fenced(page, 'json')[0]!));
    for (const line of lines) decisionSchema.parse(JSON.parse(line));
  });

  it('prints the three schemas, which ask for what it says', { timeout: limit }, async () => {
    const rows = tableOf(page, '## Schemas');
    const commands = schemas!.trim().split('\n');
    expect(commands).toHaveLength(3);
    for (const [index, command] of commands.entries()) {
      const { exitCode, stdout } = await runShown(command);
      const schema = JSON.parse(stdout) as { required: string[]; properties: object };
      expect(exitCode).toBe(0);
      const must = rows[index]![1]!;
      const asked = [...schema.required].sort();
      const said = [...must.matchAll(/`(\w+)`/g)].map(([, key]) => key!).sort();
      const all = Object.keys(schema.properties).sort();
      expect(asked).toEqual(must === 'all keys, always' ? all : said);
    }
  });

  it('refuses a version or a key that it does not know', { timeout: limit }, async () => {
    const [pool] = readText('examples/decide.jsonl').split('\n');
    const other = { ...JSON.parse(pool!), version: 2, wiat: 60 };
    const { code, stdout, stderr } = await shell('node cli/bin.mjs decide', JSON.stringify(other));
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/line 1: version: .*1/);
    expect(stderr).toContain('"wiat"');
  });

  it('writes the decisions before a line that cannot be read', { timeout: limit }, async () => {
    const [pool, first] = readText('examples/decide.jsonl').split('\n');
    const lines = [pool, '', first, '{"at": 1}'].join('\n');
    const { code, stdout, stderr } = await shell('node cli/bin.mjs decide', lines);
    expect([code, stdout.trim().split('\n').length]).toEqual([2, 1]);
    expect(stderr).toContain('line 4: queue');
  });
});
