/** The production loop on the simulated cloud, where that tells of what happens. */
import { describe, expect, it } from 'vitest';
import { plainInfrastructure } from '../../pool/infrastructure.ts';
import type { Fleet } from '../../pool/pool.ts';
import { simulateLoop } from '../../sim/simulate-loop.ts';
import type { Simulation } from '../../sim/simulation.ts';
import { summarise } from '../../sim/summary.ts';
import { choices, setAvailable, typePrices, types } from './scenario.ts';
import {
  activityDelay,
  aFleet,
  aPool,
  aSimulation,
  bootTime,
  start,
  tasksAt,
} from './small-world.ts';

/** One worker always, and looks so far apart that none explains what happens in between. */
const interval = 60;
const fleet = (events: boolean): Fleet =>
  aFleet([aPool({ capacity: { min: 1, max: 10 }, instances: choices.slice(0, 3) })], 1, {
    interval,
    infrastructure: { ...plainInfrastructure, events },
  });

const settled = 611;

/** Runs for so long; `happen` is called at {@link settled}, some seconds after a look. */
async function run(
  events: boolean,
  happen: (simulation: Simulation) => void,
  {
    until = 900,
    arrivals = new Map(),
  }: { until?: number; arrivals?: ReturnType<typeof tasksAt> } = {},
) {
  const declared = fleet(events);
  const simulation = aSimulation({ fleet: declared, arrivals, prices: typePrices });
  simulation.clock.at(start + settled, () => happen(simulation));
  const looks: number[] = [];
  const interrupted: number[] = [];
  await simulateLoop(declared, simulation, {
    arrivalsEnd: start + until,
    limit: start + until,
    onIteration: ({ last }) => {
      const at = simulation.clock.now() - start;
      looks.push(at);
      const { reasons } = last.get('linux')!.decision;
      if (reasons.some(({ kind }) => kind === 'interrupted')) interrupted.push(at);
    },
  });
  const launches = simulation.host.instances.map(({ launchedAt, offering }) => ({
    at: launchedAt - start,
    type: offering.instanceType,
  }));
  return { simulation, looks, interrupted, launches };
}

const theFirst = ({ host }: Simulation) => host.instances[0]!;
const interruptTheFirst = (simulation: Simulation) =>
  simulation.host.interrupt(theFirst(simulation));

describe('events of the cloud', () => {
  it('wake the loop within a second of a notice, which asks for another worker of another type', async () => {
    const { looks, launches } = await run(true, interruptTheFirst);
    expect(looks.filter((at) => at > 600 && at < 660)).toEqual([settled + 0.5]);
    expect(launches.slice(0, 2)).toEqual([
      { at: activityDelay, type: types[0] },
      { at: settled + 0.5 + activityDelay, type: types[1] },
    ]);
    // It works before the other one is gone, two minutes after its notice.
    expect(settled + 0.5 + activityDelay + bootTime).toBeLessThan(settled + 120);
  });

  it('are not there where they are not declared: the next look tells', async () => {
    const { looks, launches, simulation } = await run(false, interruptTheFirst);
    expect(simulation.events).toBeNull();
    expect(looks.filter((at) => at > 600 && at < 700)).toEqual([660]);
    expect(launches[1]?.at).toBe(660 + activityDelay);
  });

  it('count a notice as one interruption', async () => {
    expect((await run(true, interruptTheFirst)).interrupted).toEqual([settled + 0.5]);
    const unheard = await run(false, interruptTheFirst);
    // It drained by itself, and was ended before EC2 did: nobody knew why it drained.
    expect(unheard.interrupted).toEqual([]);
  });

  it('advice lets a worker finish its task, which its end would have cut short', async () => {
    const advised = (simulation: Simulation) => {
      simulation.host.recommendRebalance(theFirst(simulation));
      simulation.clock.after(400, () => interruptTheFirst(simulation));
    };
    const options = { until: 1_800, arrivals: tasksAt([500, 900], 300) };
    const heeded = await run(true, advised, options);
    const cutShort = ({ simulation }: typeof heeded) => summarise(simulation).tasks.interrupted;
    expect(heeded.launches[1]).toEqual({ at: settled + 0.5 + activityDelay, type: types[1] });
    // It is let go once its task is done, and the second one starts on the worker that is to stay.
    const { endedAt, endedBecause } = theFirst(heeded.simulation);
    expect(endedBecause).toBe('terminated');
    expect(endedAt! - start).toBeGreaterThan(800);
    expect(endedAt! - start).toBeLessThan(settled + 400);
    expect(cutShort(heeded)).toBe(0);
    expect(cutShort(await run(false, advised, options))).toBe(1);
  });

  it('a launch that fails is known at once', async () => {
    const nothing = types.slice(0, 3).map((type) => ['eu-west-1a', type, 'spot'] as const);
    const fails = (simulation: Simulation) => {
      setAvailable(simulation, settled, false, nothing);
      setAvailable(simulation, settled + 10, true, nothing.slice(2));
      interruptTheFirst(simulation);
    };
    const failedAt = settled + 0.5 + activityDelay;
    const { looks } = await run(true, fails);
    expect(looks.filter((at) => at > 600 && at < 660)).toEqual([settled + 0.5, failedAt + 0.5]);
  });

  it('of a worker that was let go wake nobody', async () => {
    const { looks, simulation } = await run(true, () => {}, {
      until: 1_500,
      arrivals: tasksAt([100, 100, 100], 120),
    });
    expect(simulation.host.instances.some(({ endedAt }) => endedAt !== null)).toBe(true);
    // The first is told of with the first event after it.
    expect(looks.slice(1).filter((at) => at % interval !== 0)).toEqual([]);
  });
});
