import { describe, expect, it } from 'vitest';
import { groupName } from '../../pool/names.ts';
import type { Fleet } from '../../pool/pool.ts';
import { demoWorkload } from '../../sim/demo-workload.ts';
import { defaultParameters, type SimulationParameters } from '../../sim/parameters.ts';
import { createSimulation, type Simulation } from '../../sim/simulation.ts';
import { summarise } from '../../sim/summary.ts';
import { generateWorkload } from '../../sim/workload.ts';
import { aFleet, anInstance, aPool, group, never, start } from './small-world.ts';

const hour = 3600;
const otherGroup = groupName('ci', 'other', 'spot');
const types = [
  anInstance({ type: 'c6i.2xlarge', capacity: 2, utility: 2 }),
  anInstance({ type: 'c7g.2xlarge', architecture: 'arm64', capacity: 2, utility: 2 }),
  anInstance({ type: 'm6a.4xlarge', capacity: 4, utility: 4.4 }),
];
const fleet: Fleet = aFleet(
  [
    aPool({ capacity: { min: 2, max: 200 }, instances: types }),
    aPool({ id: 'other', name: 'other', capacity: { min: 0, max: 30 }, instances: types }),
  ],
  3,
);

/** Everything goes wrong far more often than it does. */
const rough: SimulationParameters = {
  ...defaultParameters,
  boot: { ...defaultParameters.boot, failureShare: 0.1 },
  interruptions: { ...defaultParameters.interruptions, multiplier: 300 },
  capacity: {
    ...defaultParameters.capacity,
    spot: { meanAvailable: hour, meanMissing: hour },
    depth: { from: 3, to: 15 },
  },
};

function roughSimulation(seed: number): Simulation {
  const span = { start, duration: 5 * hour };
  const arrivals = new Map(
    fleet.pools.map(({ id }) => [id, generateWorkload(seed, id, span, demoWorkload)]),
  );
  return createSimulation({ fleet, seed, start, arrivals, parameters: rough });
}

/** Changes desired capacities and ends instances blindly, and checks the books after each step. */
async function drive(simulation: Simulation, check = () => {}): Promise<string> {
  const { clock, clouds, host, workers } = simulation;
  const cloud = clouds[0]!;
  const desired = [60, 10, 120, 2, 200, 40];
  const log: unknown[] = [];
  for (let step = 0; step < 60; step++) {
    await cloud.setDesiredCapacity(group, desired[step % desired.length]!);
    await cloud.setDesiredCapacity(otherGroup, step % 2 === 0 ? 30 : 5);
    const running = host.instances.filter(({ endedAt }) => endedAt === null);
    const victim = running[(step * 7) % Math.max(1, running.length)];
    if (victim) await cloud.terminate(victim.id);
    workers.setDraining(new Set(running.filter((_, i) => i % 5 === step % 5).map(({ id }) => id)));
    await clock.run(start + (step + 1) * 360, never);
    log.push(await cloud.observe(), [...workers.heartbeats()], summarise(simulation));
    check();
  }
  return JSON.stringify(log);
}

describe('a rough run', () => {
  it('is the same to the byte for the same seed, and another for another', async () => {
    const one = await drive(roughSimulation(5));
    expect(await drive(roughSimulation(5))).toBe(one);
    expect(await drive(roughSimulation(6))).not.toBe(one);
  });

  it.each([1, 2, 3])(
    'loses no task, counts no worker twice, bills each instance: seed %d',
    async (seed) => {
      const simulation = roughSimulation(seed);
      const { host, work, clouds, workers } = simulation;
      let checks = 0;
      const check = () => {
        checks++;
        for (const [poolId, { record, pendingTasks, claimed }] of work) {
          expect(record.finished + pendingTasks + claimed).toBe(record.arrived);
          const running = host.instances
            .filter(({ pool, endedAt }) => pool?.id === poolId && endedAt === null)
            .flatMap(({ worker, capacity }) => {
              expect(worker?.attempts.length ?? 0).toBeLessThanOrEqual(capacity);
              return worker?.attempts ?? [];
            });
          expect(running).toHaveLength(claimed);
          expect(new Set(running.map(({ task }) => task)).size).toBe(claimed);
          expect(record.waits.every((wait) => wait >= 0)).toBe(true);
        }
      };
      await drive(simulation, check);
      expect(checks).toBe(60);

      const { groups } = await clouds[0]!.observe();
      const listed = groups.flatMap((each) => each.workers.map(({ instanceId }) => instanceId));
      expect(new Set(listed).size).toBe(listed.length);
      for (const id of workers.heartbeats().keys()) expect(listed).toContain(id);

      const { spend, instances, tasks } = summarise(simulation);
      const bills = host.instances.reduce((sum, instance) => sum + host.cost(instance), 0);
      expect(spend.spot + spend['on-demand']).toBeCloseTo(bills, 8);
      expect(instances.launched).toBe(host.instances.length);
      // The run was rough indeed, or the above shows little.
      expect(tasks.interrupted).toBeGreaterThan(0);
      expect(tasks.terminated).toBeGreaterThan(0);
      const silent = host.instances.filter(({ worker, endedAt }) => !worker && endedAt === null);
      expect(silent.length + instances.interrupted).toBeGreaterThan(5);
    },
  );

  it('gives back what an offering lent', async () => {
    const simulation = roughSimulation(4);
    await drive(simulation);
    for (const instance of simulation.host.instances) {
      const { offering } = instance;
      const running = simulation.host.instances.filter(
        (other) => other.offering === offering && other.endedAt === null,
      );
      expect(offering.running).toBe(running.length);
      expect(offering.running).toBeLessThanOrEqual(offering.depth);
    }
  });
});
