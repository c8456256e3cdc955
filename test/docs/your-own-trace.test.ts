/** Runs what docs/your-own-trace.md shows, and compares what it says comes out. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { loadFleet } from '../../pool/load.ts';
import { convertJobs } from '../../sim/traces/convert/convert-jobs.ts';
import { githubActions } from '../../sim/traces/convert/github-actions.ts';
import { firstStart, priceSourceOf } from '../../sim/traces/price-source.ts';
import { readSpotPrices } from '../../sim/traces/prices.ts';
import { readTasks } from '../../sim/traces/tasks.ts';
import type { Repair } from '../../sim/traces/trace-error.ts';
import { bare, fenced, readText, root, section, tables } from './markdown.ts';
import { runInShell, runShown } from './run-shown.ts';

const page = readText('docs/your-own-trace.md');
const directory = mkdtempSync(join(tmpdir(), 'muster-your-own-trace-'));
afterAll(() => rmSync(directory, { recursive: true }));

const limit = 60_000;
const lenient = { lenient: true };
const strict = { lenient: false };
const sample = (name: string) => fileURLToPath(new URL(`examples/traces/${name}`, root));

function file(name: string, ...lines: readonly string[]): string {
  const path = join(directory, name);
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

const shown = ['GitHub Actions', 'Buildkite', 'Jenkins', 'Taskcluster'].map((system) => {
  const part = section(page, `### ${system}`);
  const [out = '', error = ''] = fenced(part, 'text');
  return { system, command: fenced(part, 'sh')[0]!.trim(), out, error };
});

describe('docs/your-own-trace.md', () => {
  it.each(shown)('shows what comes of the jobs of $system', { timeout: limit }, async (one) => {
    const run = one.system === 'Jenkins' ? runInShell : runShown;
    const { exitCode, stdout, stderr } = await run(one.command);
    expect([exitCode, stdout]).toEqual([0, one.out]);
    expect(stderr).toContain(one.error);
    expect(readTasks(file('converted.csv', stdout), strict).counts.repairs).toEqual([]);
  });

  it('shows in each command line for a system what the sample is converted with', () => {
    for (const { system, command } of shown) {
      const [, real = ''] = /^npx muster (convert \S+ --label \S+)/m.exec(
        fenced(section(page, `### ${system}`), 'console')[0]!,
      )!;
      expect(command).toContain(real);
    }
  });

  it('refuses a wrong system, file or job with exit code 2', { timeout: limit }, async () => {
    const broken = file('broken.json', '{"jobs": [{"started_at": 5}]}');
    for (const [parameters, problem] of [
      ['travis -', 'Allowed choices are github-actions'],
      ['jenkins absent.json', 'absent.json: no such file'],
      [`github-actions ${broken}`, 'broken.json: jobs[0].status: '],
    ]) {
      const { exitCode, stdout, stderr } = await runShown(`npx muster convert ${parameters}`);
      expect([exitCode, stdout]).toEqual([2, '']);
      expect(stderr).toContain(problem);
    }
  });

  it('shows files of tasks and of prices that can be read', async () => {
    const [tasks, prices] = fenced(page, 'csv');
    expect(readTasks(file('tasks.csv', tasks!), strict).tasks).toHaveLength(3);
    const { counts } = await readSpotPrices(file('prices.csv', prices!), strict);
    expect(counts.changesOut).toBe(3);
  });

  it('has samples that fit each other and the declaration', async () => {
    const { tasks } = readTasks(sample('tasks.csv'), strict);
    const table = await readSpotPrices(sample('prices.csv'), strict);
    const [pool] = loadFleet(fileURLToPath(new URL('muster.yaml', root))).pools;
    const zones = ['eu-west-1a', 'eu-west-1b', 'eu-west-1c'];
    const instanceTypes = pool!.instances.map(({ type }) => type);
    const regions = [{ region: 'eu-west-1', zones, instanceTypes }];
    const start = firstStart(table, regions)!;
    const end = start + Math.max(...tasks.map(({ arrival, duration }) => arrival + duration));
    const replay = priceSourceOf(table, { regions, start, end, onDemand: () => null, ...strict });
    expect(replay).toMatchObject({ repairs: [], notes: [] });
    expect(replay.zones.size).toBe(3);
  });
});

/** What each problem of the tables looks like, and how it is mended. */
const rows = ['arrival_s,duration_s', '0,5'];
const gap = Array.from({ length: 40 }, (_, index) => `${index < 20 ? index : 9000 + index},1`);
const tasksWith = (...lines: readonly string[]) =>
  readTasks(file('wrong.csv', ...lines), lenient).counts.repairs;

const header = 'unix_time,zone_id,instance_type,spot_usd_per_hour';
const price = '1700000000,euw1-az1,c6i.large,0.03';
const tableWith = (...lines: readonly string[]) =>
  readSpotPrices(file('wrong.csv', header, price, ...lines), lenient);
const region = { region: 'eu-west-1', zones: ['eu-west-1a'], instanceTypes: ['c6i.large'] };
async function replayed(change: Partial<typeof region>, from = 0, to = 0) {
  const regions = [{ ...region, ...change }];
  const span = { start: 1_700_000_000 + from, end: 1_700_000_000 + to };
  const options = { regions, ...span, onDemand: () => null, ...lenient };
  return priceSourceOf(await tableWith(), options).repairs;
}

const job = (change: object) => {
  const times = { created_at: '2024-05-06T08:00:00Z', started_at: '2024-05-06T08:00:00Z' };
  const rest = { status: 'completed', completed_at: '2024-05-06T08:01:00Z', labels: [] };
  const text = JSON.stringify({ ...times, ...rest, ...change });
  return convertJobs(githubActions, [{ name: 'a', text }], { ...lenient, labels: [] }).repairs;
};

type Mended = readonly Repair[] | Promise<readonly Repair[]>;

const samples: readonly Readonly<Record<string, () => Mended>>[] = [
  {
    'malformed row': () => tasksWith(...rows, '1,x'),
    'duration of 0': () => tasksWith(...rows, '1,0'),
    'row that goes back in time': () => tasksWith(...rows, '9,1', '8,1'),
    'missing header': () => tasksWith('0,5'),
    gap: () => tasksWith(rows[0]!, ...gap),
  },
  {
    'malformed row': async () => (await tableWith('x')).counts.repairs,
    'row of an unknown zone': async () =>
      (await tableWith('1700000001,mars,c6i.large,1')).counts.repairs,
    'row that goes back in time': async () =>
      (await tableWith('1600000000,euw1-az1,c6i.large,1')).counts.repairs,
    'region without prices': () => replayed({ region: 'eu-west-2' }),
    'zone without prices': () => replayed({ zones: ['eu-west-1a', 'eu-west-1b'] }),
    'type without a price': () => replayed({ instanceTypes: ['c6i.large', 'm6a.large'] }),
    'price that begins after the tasks': () => replayed({}, -10),
    'price that ends before the tasks': () => replayed({}, 0, 10),
  },
  {
    'malformed job': () => job({ labels: 'none' }),
    'job that ends before it starts': () => job({ completed_at: '2024-05-06T07:00:00Z' }),
  },
];

const told = tables(section(page, '## What is wrong, and what leniency does'));
const cases = samples.flatMap((ofOne, index) =>
  Object.entries(ofOne).map(([kind, mend]) => ({ kind, mend, table: told[index] ?? [] })),
);

describe('what docs/your-own-trace.md says of leniency', () => {
  it('covers all problems', () => {
    expect(told.map((table) => table.map(([kind]) => bare(kind!)))).toEqual(
      samples.map((ofOne) => Object.keys(ofOne)),
    );
  });

  it.each(cases)('is done with a $kind', async ({ kind, mend, table }) => {
    const row = table.find(([cell]) => bare(cell!) === kind);
    const repairs = await mend();
    expect(repairs.map((repair) => repair.kind)).toEqual([kind]);
    expect(repairs[0]?.text).toContain(row?.[1]);
  });
});
