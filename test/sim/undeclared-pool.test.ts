import { describe, expect, it } from 'vitest';
import { hour, minute, runLoopUntil } from './scenario.ts';
import { aFleet, anInstance, aPool, aSimulation } from './small-world.ts';

const instances = [anInstance()];
const kept = aPool({ id: 'kept', name: 'kept', instances, capacity: { min: 1, max: 5 } });
const scaling = { kind: 'fixed', slots: 3 } as const;
const gone = aPool({ id: 'gone', name: 'gone', instances, scaling, capacity: { min: 0, max: 5 } });

describe('a pool that is no longer declared', () => {
  it.each([
    ['speak', true],
    ['are silent', false],
  ])('ends its workers, where they %s, and nobody else', async (_, heartbeats) => {
    const fleet = aFleet([
      { ...kept, heartbeats },
      { ...gone, heartbeats },
    ]);
    const simulation = aSimulation({ fleet });
    await runLoopUntil(fleet, simulation, 20 * minute);
    const left = (id: string) =>
      simulation.host.instances.filter(({ pool, endedAt }) => pool?.id === id && endedAt === null);
    expect([left('kept').length, left('gone').length]).toEqual([1, 3]);

    const without = { ...fleet, pools: fleet.pools.filter(({ id }) => id === 'kept') };
    await runLoopUntil(without, simulation, 30 * minute);
    // They are given a quarter of an hour to finish what they may have.
    expect(left('gone')).toHaveLength(3);
    await runLoopUntil(without, simulation, hour);
    expect([left('kept').length, left('gone').length]).toEqual([1, 0]);
  });
});
