/** `muster simulate` as a person runs it. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { simulateCommand } from '../../cli/simulate.ts';
import type { Comparison } from '../../sim/compare/result.ts';
import { projectRoot } from '../harness/project-root.ts';
import { runCommand } from '../harness/run-command.ts';
import { runProcess } from '../harness/run-process.ts';

const directory = mkdtempSync(join(tmpdir(), 'muster-simulate-'));
afterAll(() => rmSync(directory, { recursive: true }));

const limit = 90_000;

function file(name: string, content: string | Buffer): string {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
}

const declaration = join(projectRoot, 'muster.yaml');
const prices = join(projectRoot, 'examples/traces/prices.csv');
const header = 'arrival_s,duration_s';
const tasks = file(
  'tasks.csv.gz',
  gzipSync(
    `${header}\n${Array.from({ length: 40 }, (_, index) => `${index * 20},90`).join('\n')}\n`,
  ),
);

/** As a person does: a process of its own. */
function simulateInProcess(...parameters: readonly string[]) {
  const words = [join(projectRoot, 'cli/bin.mjs'), 'simulate', ...parameters];
  return runProcess(process.execPath, words, { directory, limitSeconds: 90 });
}

const simulate = (...parameters: readonly string[]) =>
  runCommand(['simulate', ...parameters], { directory });

const usual = ['--config', declaration, '--tasks', tasks, '--prices', prices];
const two = ['--policy', 'muster', 'keda'];

describe('muster simulate', { timeout: limit }, () => {
  it('prints a row for each policy, and what went in and out', async () => {
    const { exitCode, stdout, stderr } = await simulateInProcess(...usual, ...two);
    expect(exitCode).toBe(0);
    const [of, target, , head, ...rows] = stdout.split('\n');
    expect(of).toBe('Pool linux of ci, 13.0 min of arrivals from 2024-05-06T00:00:00Z, seed 7');
    expect(target).toMatch(/^Wait target 120 s; least possible cost USD 0\.\d\d$/);
    expect(head!.split(/ {2,}/)).toEqual([
      ...['policy', 'USD', 'ratio', 'wait p50', 'p95', 'p99', 'longest', 'finish p95', 'idle'],
      ...['started', 'interrupted', 'lost', 'calls'],
    ]);
    expect(rows.slice(0, 3).map((row) => row.split(' ')[0])).toEqual(['muster', 'keda', '']);
    expect(rows[0]).toMatch(/^muster +0\.\d\d +\d+\.\d\d +\d+ .* \d+\.\d % /);
    expect(stderr).toContain(`${tasks}: 40 rows in, 40 tasks out\n`);
    expect(stderr).toContain(`${prices}: 96 rows in, 96 price changes out, 0 of other types\n`);
    expect(stderr).toContain('eu-west-1a as euw1-az1');
    expect(stderr).toContain('durations as on one slot of m6a.4xlarge');
    // A bar would have drawn with these.
    for (const drawn of ['\r', '\u001b', '█', '░']) expect(stdout + stderr).not.toContain(drawn);
  });

  it('prints the comparison as JSON, the same bytes for the same seed, and writes a report', async () => {
    const report = join(directory, 'report.html');
    const [one, same] = [
      await simulate(...usual, ...two, '--json', '--report', report),
      await simulate(...usual, ...two, '--json'),
    ];
    expect([one.exitCode, same.exitCode]).toEqual([0, 0]);
    expect(one.stdout).toBe(same.stdout);
    const comparison: Comparison = JSON.parse(one.stdout);
    expect(comparison).toMatchObject({
      pool: 'linux',
      wait: 120,
      seed: 7,
      measuredOn: 'm6a.4xlarge',
    });
    expect(
      comparison.results.map(({ policy, summary }) => [policy, summary.tasks.finished]),
    ).toEqual([
      ['muster', 40],
      ['keda', 40],
    ]);
    for (const { ratioToBound } of comparison.results) expect(ratioToBound).toBeGreaterThan(1);
    const page = readFileSync(report, 'utf8');
    expect(page).toContain('<title>linux of ci: simulated cost and wait</title>');
    expect(page.trimEnd().endsWith('</html>')).toBe(true);
  });

  it('generates tasks and prices where none are given', async () => {
    const options = ['--config', declaration, '--hours', '1', '--seed', '3', '--wait', '300'];
    const { exitCode, stdout, stderr } = await simulate(...options, '--policy', 'muster', '--json');
    expect(exitCode).toBe(0);
    const { tasks: from, wait, duration, start, results }: Comparison = JSON.parse(stdout);
    expect({ wait, duration, start }).toEqual({ wait: 300, duration: 3600, start: 1678060800 });
    expect(from).toMatch(/^\d+ generated tasks/);
    expect(stderr).toContain(from);
    expect(results[0]!.summary.tasks.arrived).toBe(Number.parseInt(from, 10));
  });

  it('mends with --lenient, and says what it mended', async () => {
    const broken = file('broken.csv', `${header}\n0,60\n5,0\n7,oops\n`);
    const options = ['--config', declaration, '--tasks', broken, '--policy', 'muster'];
    const { exitCode, stderr } = await simulate(...options, '--lenient');
    expect(exitCode).toBe(0);
    expect(stderr).toContain('3 rows in, 2 tasks out');
    expect(stderr).toContain('1 duration of 0 raised to 1 s, at line 3');
    expect(stderr).toContain('1 malformed row left out, at line 4');
  });

  it('sweeps', async () => {
    const few = file('few.csv', `${header}\n0,60\n500,60\n`);
    const { exitCode, stdout } = await simulate('--config', declaration, '--tasks', few, '--sweep');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^# \d+ settings tried/);
    expect(stdout).toContain('    wait: ');
  });
});

const written = join(directory, 'never.html');
const twoPools = file(
  'two.yaml',
  readFileSync(declaration, 'utf8').replace(/^pools:\n {2}linux:\n([\s\S]*)$/m, (_, body) => {
    const other = body.replaceAll('linux-tasks', 'windows-tasks');
    return `pools:\n  linux:\n${body}\n  windows:\n${other}`;
  }),
);
const bad = (name: string, ...lines: readonly string[]) => file(name, `${lines.join('\n')}\n`);
const priceHeader = 'unix_time,zone_id,instance_type,spot_usd_per_hour';

describe('muster simulate refuses, with exit code 2 and nothing written', {
  timeout: limit,
}, () => {
  it.each([
    [
      'a malformed row',
      ['--tasks', bad('a.csv', header, '0,5', '1,x')],
      'a.csv: line 3: duration_s: got "x"',
    ],
    [
      'times that go back',
      ['--tasks', bad('b.csv', header, '9,5', '1,5')],
      'b.csv: line 3: arrival_s: got 1 after 9',
    ],
    ['an empty file', ['--tasks', file('c.csv', '')], 'c.csv: empty'],
    ['no such file', ['--tasks', 'absent.csv'], 'absent.csv'],
    [
      'a gap',
      [
        '--tasks',
        bad('d.csv', header, ...Array.from({ length: 40 }, (_, i) => `${i < 20 ? i : 9000 + i},1`)),
      ],
      'd.csv: line 22: no task comes for 2.5 h',
    ],
    [
      'times since 1970',
      ['--tasks', bad('e.csv', header, '1700000000,5')],
      "the first task is 19675.9 days after the trace's zero; allowed: within a year of it; subtract 1700000000",
    ],
    [
      'an unknown zone',
      ['--tasks', tasks, '--prices', bad('f.csv', priceHeader, '1700000000,mars,c6i.2xlarge,0.1')],
      'f.csv: line 2: zone_id: got "mars"',
    ],
    [
      'prices that end before the tasks',
      ['--tasks', tasks, '--prices', prices, '--start', '2024-05-13'],
      'prices end at 2024-05-',
    ],
    [
      'a type without a price',
      [
        '--tasks',
        tasks,
        '--prices',
        bad(
          'g.csv',
          priceHeader,
          '1700000000,euw1-az1,c6i.2xlarge,0.1',
          '1700009000,euw1-az1,c6i.2xlarge,0.2',
        ),
      ],
      'c7g.2xlarge in eu-west-1: ',
    ],
    [
      'an unknown pool',
      ['--pool', 'linus'],
      'no pool is linus; allowed: linux; did you mean "linux"?',
    ],
    [
      'no choice of pool',
      ['--config', twoPools],
      'has several pools; choose: --pool, of linux, windows',
    ],
    ['an unknown policy', ['--policy', 'kedda'], '--policy: got kedda; allowed: muster, static, '],
    [
      'a type of another pool',
      ['--measured-on', 'z1d.large'],
      'no type in pool linux is z1d.large',
    ],
    [
      'a report nowhere',
      ['--report', 'nowhere/report.html'],
      '--report: there is no folder nowhere',
    ],
    ['no declaration', ['--config', 'absent.yaml'], 'absent.yaml: no such file'],
  ])('%s', async (_, parameters, problem) => {
    const before = readdirSync(directory);
    const report = parameters.includes('--report') ? [] : ['--report', written];
    const config = parameters.includes('--config') ? [] : ['--config', declaration];
    const { exitCode, stdout, stderr } = await simulate(...config, ...report, ...parameters);
    expect(stderr).toContain(problem);
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(existsSync(written)).toBe(false);
    expect(readdirSync(directory)).toEqual(before);
  });

  it.each([
    ['--start yesterday', 'Allowed: a time such as 2024-05-06'],
    ['--start 2024-05-06T08:00', 'Allowed: a time such as 2024-05-06'],
    ['--seed -1', 'Allowed: a whole number from 0'],
    ['--hours 0', 'Allowed: a whole number from 1 to 1000'],
    ['--wait 1.5', 'Allowed: a whole number from 1 to 604800'],
    ['--hours 3 --tasks a.csv', "'--hours <number>' cannot be used with option '--tasks <file>'"],
    ['--sweep --json', "'--sweep' cannot be used with option '--json'"],
  ])('%s', async (parameters, problem) => {
    const command = simulateCommand()
      .exitOverride()
      .configureOutput({ writeErr: () => {} });
    await expect(command.parseAsync(parameters.split(' '), { from: 'user' })).rejects.toThrow(
      problem,
    );
  });
});
