import { it } from 'vitest';
import { histories } from './store-properties.ts';
import { libsqlWorld } from './store-world.ts';
import { WholeSecondsClock } from './whole-seconds-clock.ts';

it('does in every history what a map would do', { timeout: 60_000 }, async () => {
  const world = libsqlWorld();
  const clock = new WholeSecondsClock();
  const store = await world.open(clock);
  await histories(store, clock, 400);
  await store.close();
  await world.end();
});
