import { it } from 'vitest';
import { holdDay } from './day-claims.ts';

it('a short day of the real scaler over the wire, with a fifth of its calls failing', {
  timeout: 420_000,
}, async () => {
  const replay = 'npx vitest run test/cloud/day.test.ts';
  await holdDay({ seed: 1, hours: 4 }, replay);
});
