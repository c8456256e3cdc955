import { describe, expect, it } from 'vitest';
import type { Simulation } from '../../sim/simulation.ts';
import { aSimulation, certain, group, never, runUntil, start, theGroup } from './small-world.ts';

const one = { instanceType: 'c6i.xlarge', weight: 1 };
const four = { instanceType: 'c6i.4xlarge', weight: 4 };
const zone = 'eu-west-1a';

async function offeringFour(simulation: Simulation) {
  const cloud = simulation.clouds[0]!;
  await cloud.setOverrides({ group, overrides: [four], spotMaxPrice: null });
  return cloud;
}

describe('a region', () => {
  it('answers nothing while it is out, and what runs there goes on', async () => {
    const outages = [{ region: 'eu-west-1', from: start + 100, until: start + 200 }];
    const simulation = aSimulation({ outages });
    const cloud = await offeringFour(simulation);
    await cloud.setDesiredCapacity(group, 4);
    await runUntil(simulation, 99);
    expect((await theGroup(simulation)).workers).toHaveLength(1);
    await runUntil(simulation, 100);
    for (const call of [
      cloud.observe(),
      cloud.setDesiredCapacity(group, 8),
      cloud.setOverrides({ group, overrides: [one], spotMaxPrice: null }),
      cloud.launch({ group, zone, slots: 4, token: 'one' }),
      cloud.terminate(simulation.host.instances[0]!.id),
    ]) {
      await expect(call).rejects.toMatchObject({ kind: 'unavailable' });
    }
    await runUntil(simulation, 200);
    const after = await theGroup(simulation);
    expect(after).toMatchObject({ desiredCapacity: 4, overrides: [four] });
    expect(after.workers).toHaveLength(1);
  });

  it('out of tokens throttles every call, and is refilled by time', async () => {
    const api = { burst: 2, perSecond: 0.1 };
    const simulation = aSimulation({ parameters: { ...certain, api } });
    const cloud = simulation.clouds[0]!;
    await cloud.observe();
    await cloud.setDesiredCapacity(group, 4);
    await expect(cloud.observe()).rejects.toMatchObject({ kind: 'throttled', code: 'Throttling' });
    await expect(cloud.setDesiredCapacity(group, 0)).rejects.toMatchObject({ kind: 'throttled' });
    await simulation.clock.run(start + 9, never);
    await expect(cloud.observe()).rejects.toMatchObject({ kind: 'throttled' });
    await simulation.clock.run(start + 10, never);
    expect((await theGroup(simulation)).desiredCapacity).toBe(4);
    await expect(cloud.observe()).rejects.toMatchObject({ kind: 'throttled' });
    // It never holds more than its burst.
    await simulation.clock.run(start + 1000, never);
    await cloud.observe();
    await cloud.observe();
    await expect(cloud.observe()).rejects.toMatchObject({ kind: 'throttled' });
  });

  it('that failed to answer tells of failed launches once it does', async () => {
    const outages = [{ region: 'eu-west-1', from: start + 1, until: start + 50 }];
    const simulation = aSimulation({ outages });
    const cloud = await offeringFour(simulation);
    simulation.prices.find(zone, 'c6i.4xlarge', 'spot')!.available = false;
    await cloud.setDesiredCapacity(group, 4);
    await runUntil(simulation, 20);
    await cloud.observe().catch(() => {});
    await runUntil(simulation, 50);
    expect((await theGroup(simulation)).launchFailures).toHaveLength(1);
  });
});
