import { describe, expect, it } from 'vitest';
import { runLoop } from '../../scaler/loop.ts';
import type { World } from '../../scaler/ports.ts';
import { DecisionTally } from '../../sim/decision-tally.ts';
import { MemoryState } from '../../sim/memory-state.ts';
import { aFleet, aSimulation, never, start } from './small-world.ts';

/** Looking takes 5 s, every 10 s; a stop comes 12 s after the start, in the second look. */
async function stopped(how: 'stop' | 'signal') {
  const simulation = aSimulation();
  const { clock, queues, clouds, events, prices, workers, notifier } = simulation;
  const slow: World['queues'] = {
    async read(pools, signal) {
      await clock.sleep(5, signal);
      return queues.read(pools, signal);
    },
  };
  const recorder = new DecisionTally();
  const state = new MemoryState();
  const world = { clock, clouds, events, prices, workers, notifier, state, recorder };
  const asked = new AbortController();
  clock.at(start + 12, () => asked.abort());
  const options = how === 'stop' ? { stop: asked.signal } : {};
  const signal = how === 'signal' ? asked.signal : never;
  let at = Number.NaN;
  const loop = runLoop(aFleet(), { ...world, queues: slow }, signal, options).then((ended) => {
    at = clock.now() - start;
    return ended;
  });
  await clock.run(start + 100, never);
  return { ended: await loop, iterations: recorder.iterations, at };
}

describe('a loop that is to end', () => {
  it('ends with the iteration under way when it is to stop', async () => {
    expect(await stopped('stop')).toEqual({ ended: true, iterations: 2, at: 15 });
  });

  it('ends at once, without it, when its signal fires', async () => {
    expect(await stopped('signal')).toEqual({ ended: false, iterations: 1, at: 12 });
  });
});
