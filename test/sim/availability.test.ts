import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import {
  type AvailabilityTrace,
  availabilityColumns,
  readAvailabilityTraces,
  replayAvailability,
} from '../../sim/availability.ts';
import type { SimulationParameters } from '../../sim/parameters.ts';
import { randomStream } from '../../sim/random.ts';
import { simulateLoop } from '../../sim/simulate-loop.ts';
import { summarise } from '../../sim/summary.ts';
import { TraceError } from '../../sim/traces/trace-error.ts';
import { missingParts } from '../harness/missing-part.ts';
import { aGroup } from './one-group.ts';
import {
  activityDelay,
  aFleet,
  aPool,
  aSimulation,
  certain,
  spotMarket,
  start,
  tasksAt,
} from './small-world.ts';
import { realData, realDataPart } from './traces/real-data.ts';

const folder = mkdtempSync(join(tmpdir(), 'muster-availability-'));
afterAll(() => rmSync(folder, { recursive: true }));

const header = availabilityColumns.join();
function fileOf(...lines: readonly string[]): string {
  const file = join(folder, `${lines.length}-${lines.join('').length}.csv`);
  writeFileSync(file, `${[header, ...lines].join('\n')}\n`);
  return file;
}

describe('a file of availability traces', () => {
  it('is read as runs of time, by trace; alike ones in a row are one', () => {
    const file = fileOf(
      '0,us-east-1a,v100_1,10,0,5,1',
      '0,us-east-1a,v100_1,10,5,3,2',
      '0,us-east-1a,v100_1,10,8,2,0',
      '7,us-east-1b,v100_1,300,4,1,0',
    );
    expect(readAvailabilityTraces(file)).toEqual([
      {
        name: 'us-east-1a v100_1',
        runs: [
          { available: true, duration: 80 },
          { available: false, duration: 20 },
        ],
      },
      { name: 'us-east-1b v100_1', runs: [{ available: false, duration: 300 }] },
    ]);
  });

  it.each([
    [['0,a,r,10,0,5'], /line 2: 0,a,r,10,0,5; allowed: whole numbers/],
    [['0,a,r,0,0,5,1'], /line 2: .*a tick of at least 1 s/],
    [['0,a,r,10,0,0,1'], /line 2: .*a run of at least 1 tick/],
    [['0,a,r,10,0,-5,1'], /line 2/],
    [['0,a,r,10,0,5,1', '0,a,r,10,6,5,0'], /line 3: trace 0 goes on at tick 6; allowed: 5/],
    [[], /no rows/],
  ])('%j is refused with the line', (lines, message) => {
    expect(() => readAvailabilityTraces(fileOf(...lines))).toThrow(TraceError);
    expect(() => readAvailabilityTraces(fileOf(...lines))).toThrow(message);
  });

  it('without its header, or not there, is refused', () => {
    const bare = join(folder, 'bare.csv');
    writeFileSync(bare, '0,a,r,10,0,5,1\n');
    expect(() => readAvailabilityTraces(bare)).toThrow(/its first line is 0,a,r.*allowed: trace,/);
    expect(() => readAvailabilityTraces(join(folder, 'absent.csv'))).toThrow(/no such file/);
  });
});

// The data is no part of the project, so even a build machine may lack it.
const missing = await missingParts([realDataPart], {});

describe.skipIf(missing)('the published traces', () => {
  it('are of twelve zones, whose nodes come and go', () => {
    const traces = readAvailabilityTraces(realData('interruptions/availability_traces.csv.gz'));
    expect(traces).toHaveLength(12);
    for (const { name, runs } of traces) {
      expect(name).toMatch(/^us-(east|west)-[12][a-f] v100_1$/);
      expect(runs.length).toBeGreaterThan(50);
      runs.slice(1).forEach((run, index) => {
        expect(run.available).not.toBe(runs[index]!.available);
      });
    }
  });
});

/** Here for 1,000 s, then gone for 500. */
const trace: AvailabilityTrace = {
  name: 'test',
  runs: [
    { available: true, duration: 1000 },
    { available: false, duration: 500 },
  ],
};

describe('a replay', () => {
  it('begins anywhere in a trace, and goes on for ever', () => {
    let here = 0;
    let left = 0;
    for (let seed = 0; seed < 300; seed++) {
      const runs = replayAvailability([trace], randomStream(seed, 'test'));
      const [first, second, third] = [runs.next(), runs.next(), runs.next()].map(
        ({ value }) => value!,
      );
      if (first!.available) here++;
      left += first!.duration / (first!.available ? 1000 : 500);
      expect(first!.duration).toBeLessThanOrEqual(first!.available ? 1000 : 500);
      expect(second).toEqual(trace.runs[first!.available ? 1 : 0]);
      expect(third).toEqual(trace.runs[first!.available ? 0 : 1]);
    }
    expect(Math.abs(here / 300 - 2 / 3)).toBeLessThan(0.08);
    // What is left of the run that it begins in is half of it, on average.
    expect(Math.abs(left / 300 - 1 / 2)).toBeLessThan(0.06);
  });
});

function tracing(traces: readonly AvailabilityTrace[]): SimulationParameters {
  const source = { kind: 'traces', traces } as const;
  return { ...certain, interruptions: { ...certain.interruptions, source } };
}

describe('an offering that follows a trace', () => {
  it('gives notice to all that runs of it when it ends, and then starts nothing', async () => {
    const world = await aGroup(tracing([trace]));
    const { group, simulation } = world;
    const offering = simulation.prices.find('eu-west-1a', 'c6i.xlarge', 'spot')!;
    while (!offering.available) await world.runUntil(simulation.clock.now() - start + 1);
    group.launch('eu-west-1a', 3);
    const before = group.instances;
    while (offering.available) await world.runUntil(simulation.clock.now() - start + 1);
    const noticedAt = before[0]!.noticedAt!;
    expect(simulation.clock.now() - noticedAt).toBeLessThan(1);
    for (const instance of before) {
      expect(instance).toMatchObject({ noticedAt, rebalanceRecommendedAt: noticedAt });
    }
    const ended = noticedAt - start;
    const { notice } = certain.interruptions;
    await world.runUntil(ended + notice);
    expect(before.map(({ endedBecause }) => endedBecause)).toEqual(Array(3).fill('interrupted'));
    expect(group.launch('eu-west-1a', 1).slots).toBe(0);
    await world.runUntil(ended + 499);
    expect(simulation.host.instances).toHaveLength(3);
    // The group asks again each minute.
    await world.runUntil(ended + 500 + certain.group.launchRetry + activityDelay);
    expect(simulation.host.instances.length).toBeGreaterThan(3);
  });

  it('leaves on-demand alone, and draws nothing by rates', async () => {
    const gone = { name: 'gone', runs: [{ available: false, duration: 100 }] };
    const { simulation } = await aGroup(tracing([gone]));
    const of = (market: 'spot' | 'on-demand') =>
      simulation.prices.find('eu-west-1a', 'c6i.xlarge', market)!;
    expect([of('spot').available, of('on-demand').available]).toEqual([false, true]);
    expect(of('spot').interruptionsPerHour).toBe(0);
  });

  it('loses no task for good: the loop finishes all, the same way for the same seed', async () => {
    const market = spotMarket({ onDemandAfter: 300 });
    const fleet = aFleet([aPool({ market })]);
    const offsets = Array.from({ length: 200 }, (_, index) => index * 30);
    const run = async () => {
      const arrivals = tasksAt(offsets, 400);
      const parameters = tracing([trace]);
      const simulation = aSimulation({ fleet, arrivals, parameters, seed: 5 });
      const end = start + 6000;
      await simulateLoop(fleet, simulation, { arrivalsEnd: end, limit: end + 20_000 });
      return summarise(simulation);
    };
    const summary = await run();
    expect(summary.tasks).toMatchObject({ arrived: 200, finished: 200, pending: 0 });
    expect(summary.tasks.interrupted).toBeGreaterThan(5);
    expect(summary.spend['on-demand']).toBeGreaterThan(0);
    expect(await run()).toEqual(summary);
  });
});
