import { describe, expect, it } from 'vitest';
import type { Decision } from '../../scaler/decide/decision.ts';
import { demoWorkload } from '../../sim/demo-workload.ts';
import { defaultParameters, type SimulationParameters } from '../../sim/parameters.ts';
import { simulateLoop } from '../../sim/simulate-loop.ts';
import { createSimulation, type Simulation } from '../../sim/simulation.ts';
import { summarise } from '../../sim/summary.ts';
import { generateWorkload } from '../../sim/workload.ts';
import { isBusy, runLoopUntil } from './scenario.ts';
import {
  activityDelay,
  aFleet,
  aPool,
  aSimulation,
  bootTime,
  group,
  start,
  tasksAt,
} from './small-world.ts';

const hour = 3600;
const fleet = aFleet([aPool({ capacity: { min: 3, max: 150 } })], 3);

/** Some hours of the demo workload, and then time to come to rest. */
async function run(
  seed: number,
  parameters: SimulationParameters,
  onDecision = noCheck,
  hours = 2,
) {
  const span = { start, duration: hours * hour };
  const arrivals = new Map([['linux', generateWorkload(seed, 'linux', span, demoWorkload)]]);
  const simulation = createSimulation({ fleet, seed, start, arrivals, parameters });
  const tally = await simulateLoop(fleet, simulation, {
    arrivalsEnd: start + span.duration,
    limit: start + (hours + 10) * hour,
    onIteration: ({ last }) => onDecision(last.get('linux')!.decision, simulation),
  });
  return { simulation, tally };
}

function noCheck(_decision: Decision, _simulation: Simulation): void {}

const troubled: SimulationParameters = {
  ...defaultParameters,
  boot: { ...defaultParameters.boot, failureShare: 0.05 },
  interruptions: { ...defaultParameters.interruptions, multiplier: 200 },
};

describe('the production loop on the simulated cloud', () => {
  it('starts one worker for one task, and lets it go again', async () => {
    const single = aFleet([aPool({ instances: [aPool().instances[0]!] })]);
    const simulation = aSimulation({ fleet: single, arrivals: tasksAt([5], 300) });
    const tally = await simulateLoop(single, simulation, {
      arrivalsEnd: start + 10,
      limit: start + 2 * hour,
    });
    // The task arrives at 5 s and is seen at 10 s.
    expect(summarise(simulation).wait.longest).toBe(5 + activityDelay + bootTime);
    expect(simulation.host.instances).toHaveLength(1);
    expect(simulation.host.instances[0]?.endedBecause).toBe('terminated');
    expect(tally.failures.size).toBe(0);
    expect(simulation.clock.now() - start).toBeLessThan(hour);
  });

  it.each([
    ['calm', 11, defaultParameters],
    ['calm', 12, defaultParameters],
    ['troubled', 13, troubled],
    ['troubled', 14, troubled],
  ])(
    '%s, seed %d: does every task, ends no busy worker, comes back to the minimum',
    async (_, seed, parameters) => {
      let named = 0;
      const { simulation, tally } = await run(seed, parameters, (decision, { host }) => {
        const ending = new Set(decision.terminate.map(({ instanceId }) => instanceId));
        for (const { id, worker } of host.instances) {
          if (!ending.has(id)) continue;
          named++;
          expect(worker?.attempts ?? []).toEqual([]);
        }
        expect(decision.target).toBeLessThanOrEqual(150 + 3);
      });
      const { tasks } = summarise(simulation);
      expect(tasks.arrived).toBeGreaterThan(50);
      expect(tasks).toMatchObject({
        finished: tasks.arrived,
        pending: 0,
        claimed: 0,
        terminated: 0,
      });
      expect(named).toBeGreaterThan(5);
      expect(tally.failures.size).toBe(0);
      const left = simulation.host.instances.filter(({ endedAt }) => endedAt === null);
      const slots = left.reduce((sum, { capacity }) => sum + capacity, 0);
      expect(slots).toBeGreaterThanOrEqual(3);
      expect(slots - Math.min(...left.map(({ capacity }) => capacity))).toBeLessThan(3);
      expect(simulation.clock.now()).toBeLessThan(start + 12 * hour);
    },
  );

  it.each([
    [10, 4],
    [10, 19],
    [20, 4],
    [30, 11],
  ])(
    'workers that speak every %d s alone, 24 h, seed %d: ends no busy one, recalled or not',
    { timeout: 60_000 },
    async (heartbeatInterval, seed) => {
      const worker = { ...defaultParameters.worker, speaksOnChange: false, heartbeatInterval };
      const recalled = new Set<string>();
      const endedBusy: string[] = [];
      let endedRecalled = 0;
      const check = ({ at, reasons, terminate }: Decision, { host }: Simulation) => {
        for (const reason of reasons) {
          if (reason.kind === 'drain-cancelled') recalled.add(reason.instanceId);
        }
        const ending = new Set(terminate.map(({ instanceId }) => instanceId));
        for (const instance of ending.size === 0 ? [] : host.running) {
          if (!ending.has(instance.id)) continue;
          if (recalled.has(instance.id)) endedRecalled++;
          if (isBusy(instance)) endedBusy.push(`${instance.id} at ${at - start} s`);
        }
      };
      const parameters = { ...defaultParameters, worker };
      const { simulation } = await run(seed, parameters, check, 24);
      expect(endedBusy).toEqual([]);
      const { tasks } = summarise(simulation);
      expect(tasks).toMatchObject({ finished: tasks.arrived, terminated: 0 });
      // Enough were told to drain, then to go on, and let go later.
      expect(endedRecalled).toBeGreaterThan(20);
    },
  );

  it('shows a decision each worker as the cloud has it, with its last word', async () => {
    const pool = aPool({ scaling: { kind: 'fixed', slots: 8 } });
    const fixed = aFleet([pool]);
    const simulation = aSimulation({ fleet: fixed });
    simulation.clock.at(start + 300, () => {
      const [instance] = simulation.host.instances;
      instance!.seen = { ...instance!.seen, outdated: true };
      // Any change makes the group look at its instances anew; and with this one the worker stays.
      simulation.clouds[0]!.group(group)!.suspend(['Terminate']);
    });
    const tally = await runLoopUntil(fixed, simulation, 310);
    const [seen] = tally.last.get('linux')!.observation.groups;
    const { groups } = await simulation.clouds[0]!.observe();
    expect(seen?.workers.map(({ outdated }) => outdated)).toContain(true);
    const words = simulation.workers.heartbeats();
    expect(seen?.workers.map(({ heartbeat }) => heartbeat)).not.toContain(null);
    expect(seen?.workers).toEqual(
      groups[0]!.workers.map((worker) => ({
        ...worker,
        heartbeat: words.get(worker.instanceId) ?? null,
      })),
    );
  });

  it('counts a reason once for each decision that has it', async () => {
    const counted = new Map<string, number>();
    const { tally } = await run(11, defaultParameters, ({ reasons }) => {
      for (const kind of new Set(reasons.map((reason) => reason.kind))) {
        counted.set(kind, (counted.get(kind) ?? 0) + 1);
      }
    });
    expect(tally.byReason).toEqual(counted);
    expect(tally.byReason.get('demand')).toBe(tally.decisions);
  });

  it('is the same for the same seed', async () => {
    const [one, two] = [await run(21, troubled), await run(21, troubled)];
    expect(summarise(two.simulation)).toEqual(summarise(one.simulation));
    expect([...two.tally.byReason]).toEqual([...one.tally.byReason]);
    expect(two.tally.last).toEqual(one.tally.last);
  });
});
