import { expect, it } from 'vitest';
import { parameters, run } from '../../bench/cloud.ts';

const mebibyte = 1024 * 1024;
/** Of the process, with what runs TypeScript in it. */
const mostBytes = 150e6;

it('5,000 instances in 200 groups fit in 150 MB, at their most', { timeout: 120_000 }, async () => {
  const { rows } = await run(parameters);
  console.log(JSON.stringify(rows));
  expect(rows).toHaveLength(1);
  const { groups, instances, peakMebibytes } = rows[0]!;
  expect([groups, instances]).toEqual([200, 5000]);
  expect(Number(peakMebibytes) * mebibyte).toBeLessThan(mostBytes);
});
