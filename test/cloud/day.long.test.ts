import { describe, it } from 'vitest';
import { holdDay } from './day-claims.ts';

/**
 * Of a day with faults and one without. Each takes less than three minutes on a machine that does nothing
 * else, and tells how long it took; a day that hangs ends itself long before.
 */
const limitSeconds = 7200;
/** `MUSTER_DAY_SEEDS=7,8` runs those alone. */
const seeds =
  process.env.MUSTER_DAY_SEEDS?.split(',').map(Number) ??
  Array.from({ length: 20 }, (_, index) => index + 1);
/** `MUSTER_DAYS_AT_ONCE=2` runs two seeds side by side. */
const atOnce = Number(process.env.MUSTER_DAYS_AT_ONCE ?? '1');

const days = Array.from({ length: Math.max(1, atOnce) }, (_, lane) =>
  seeds.filter((_seed, index) => index % Math.max(1, atOnce) === lane),
);

describe('a day of the real scaler over the wire, with a fifth of its calls failing', () => {
  describe.concurrent.each(days.map((lane) => ({ lane })))('seeds $lane', ({ lane }) => {
    for (const seed of lane) {
      it.sequential(`seed ${seed}`, { timeout: limitSeconds * 1000 }, async () => {
        const replay = `MUSTER_LONG=1 MUSTER_DAY_SEEDS=${seed} npx vitest run test/cloud/day.long.test.ts`;
        await holdDay({ seed, hours: 24 }, replay);
      });
    }
  });
});
