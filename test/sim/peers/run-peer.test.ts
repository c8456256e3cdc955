/** What holds for every peer's run on a small cloud without chance. */
import { describe, expect, it } from 'vitest';
import { keda } from '../../../sim/peers/keda.ts';
import { peers } from '../../../sim/peers/peers.ts';
import { runPeer } from '../../../sim/peers/run-peer.ts';
import { workerManager } from '../../../sim/peers/worker-manager.ts';
import { summarise } from '../../../sim/summary.ts';
import { every } from '../scenario.ts';
import { aFleet, aPool, aSimulation, certain, never, start } from '../small-world.ts';
import { lives, runCase, theWork } from './peer-world.ts';

const names = peers.map((peer) => [peer.name, peer] as const);

/** Bursts, with sizes that overlap the boots of the ones before. */
const offsets = [...every(600, 7200, 3), ...every(90, 1800, 2), 9000].toSorted((a, b) => a - b);

describe.each(names)('%s', (_name, peer) => {
  const fleet = aFleet([aPool({ capacity: { min: 2, max: 40 } })], 3);

  it('finishes every task, and is then at the minimum', async () => {
    const outcome = await runCase(peer, { fleet, offsets, duration: 400 });
    const { simulation, tally, endedAt } = outcome;
    expect(theWork(outcome).finished).toBe(offsets.length);
    expect(theWork(outcome).lost).toEqual({ interrupted: 0, terminated: 0 });
    expect(endedAt).toBeLessThan(20_000);
    expect(tally.iterations).toBeGreaterThan(100);
    const running = () => [...simulation.host.running].map(({ capacity }) => capacity);
    const whole = () => running().reduce((sum, capacity) => sum + capacity, 0);
    if (peer.scalesIn) expect(whole() - Math.min(...running())).toBeLessThan(2);
    // A group replaces what ended by itself.
    await simulation.clock.run(simulation.clock.now() + 30, never);
    expect(whole()).toBeGreaterThanOrEqual(2);
  });

  it('does the same again with the same seed', async () => {
    const parameters = { ...certain, boot: { ...certain.boot, readySigma: 0.5 } };
    const run = async () => {
      const outcome = await runCase(peer, { fleet, offsets, duration: 400, parameters });
      return JSON.stringify([lives(outcome), summarise(outcome.simulation), outcome.tally.calls]);
    };
    expect(await run()).toBe(await run());
  });
});

it('refuses a pool whose workers send no heartbeats', async () => {
  const fleet = aFleet([aPool({ heartbeats: false })]);
  const run = { arrivalsEnd: start, limit: start, tasks: new Map(), seed: 1 };
  await expect(runPeer(fleet, aSimulation({ fleet }), keda, run)).rejects.toThrow(
    'pool linux: its workers send no heartbeats',
  );
});

describe('a cloud that does not answer', () => {
  it('ends the rounds of that time, and no more', async () => {
    const outages = [{ region: 'eu-west-1', from: start, until: start + 100 }];
    const outcome = await runCase(workerManager, { outages, offsets: [5], duration: 100 });
    // The iterations from 0 to 90.
    expect([...outcome.tally.failedCalls]).toEqual([['ServiceUnavailable', 10]]);
    expect(lives(outcome)[0]?.[0]).toBe(100);
  });
});
