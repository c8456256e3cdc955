/** Runs what docs/simulate.md shows, and compares what it says with the code. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { traces } from '../../bench/policy/traces.ts';
import { parameters } from '../../bench/policy.ts';
import { simulateCommand } from '../../cli/simulate.ts';
import { bare, fenced, readText, section, tableOf } from './markdown.ts';
import { runInShell, runShown } from './run-shown.ts';

const page = readText('docs/simulate.md');
const directory = mkdtempSync(join(tmpdir(), 'muster-simulate-page-'));
afterAll(() => rmSync(directory, { recursive: true }));
const limit = 90_000;

/** Figures move with every change of the decision; what they are of must not. */
const withoutFigures = (text: string) => text.replace(/ *\d[\d.]*/g, ' #');

describe('docs/simulate.md', { timeout: limit }, () => {
  it('shows what the samples give', async () => {
    const part = section(page, '## Try it');
    const { exitCode, stdout } = await runInShell(fenced(part, 'sh')[0]!);
    expect(exitCode).toBe(0);
    const wanted = fenced(part, 'text')[0]!;
    expect(withoutFigures(stdout)).toBe(withoutFigures(wanted));
  });

  it('works on 1,000 rows of one’s own in one command', async () => {
    const tasks = join(directory, 'my-tasks.csv');
    const report = join(directory, 'out.html');
    const rows = Array.from(
      { length: 1000 },
      (_, index) => `${index * 7},${60 + (index % 50) * 10}`,
    );
    writeFileSync(tasks, ['arrival_s,duration_s', ...rows, ''].join('\n'));
    const [command] = fenced(section(page, '## Your own tasks and prices'), 'sh');
    const own = command!.trim().replace('my-tasks.csv', tasks).replace('out.html', report);
    const { exitCode, stdout, stderr } = await runShown(`${own} --policy muster static`);
    expect(exitCode).toBe(0);
    expect(stderr).toContain('1000 rows in, 1000 tasks out');
    expect(stdout).not.toContain('unfinished');
    expect(readFileSync(report, 'utf8')).toContain('</html>');
  });

  it('shows a sweep, whose YAML is that of a pool', async () => {
    const part = section(page, '## Find better settings');
    const { exitCode, stdout } = await runShown(
      fenced(part, 'sh')[0]!.replace('--hours 2', '--hours 1'),
    );
    expect(exitCode).toBe(0);
    const [, block = ''] = stdout.split(/\n\n/);
    const shown = fenced(part, 'yaml')[0]!;
    expect(withoutFigures(block).trim()).toContain('wait: #s\n');
    expect(Object.keys(parse(block))).toEqual(Object.keys(parse(shown)));
  });

  it('lists every option of the command', () => {
    const told = tableOf(page, '## Options').map(([option]) => bare(option!).split(' ')[0]);
    const real = simulateCommand().options.map(({ long }) => long);
    expect(told.toSorted()).toEqual(real.toSorted());
  });

  it('names parameters and data that the bench has', () => {
    const part = section(page, '## The benchmark');
    const named = [...part.matchAll(/`([a-z]+)=[\w,-]+`/g)].map(([, name]) => name);
    expect(named.toSorted()).toEqual(Object.keys(parameters).toSorted());
    const files = tableOf(page, '### The data').map(([file]) => bare(file!));
    expect(files).toEqual([...traces.map(({ file }) => file), 'spot/us-east-1.csv.gz']);
  });
});
