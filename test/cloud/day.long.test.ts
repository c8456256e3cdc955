import { describe, it } from 'vitest';
import { holdDay } from './day-claims.ts';

/** A day in less than this, on a machine that does nothing else. */
const limitSeconds = 180;
/** `MUSTER_DAY_SEEDS=7,8` runs those alone. */
const seeds =
  process.env.MUSTER_DAY_SEEDS?.split(',').map(Number) ??
  Array.from({ length: 20 }, (_, index) => index + 1);

describe('a day of the real scaler over the wire, with a fifth of its calls failing', () => {
  it.each(seeds)('seed %i', { timeout: 3 * limitSeconds * 1000 }, async (seed) => {
    const replay = `MUSTER_LONG=1 MUSTER_DAY_SEEDS=${seed} npx vitest run test/cloud/day.long.test.ts`;
    await holdDay({ seed, hours: 24 }, { limitSeconds, replay });
  });
});
