import { describe, expect, it } from 'vitest';
import { run as runDecide } from '../../bench/decide.ts';
import { run as runSynth } from '../../bench/synth.ts';

/** Each bench at its smallest: that it runs and measures, never how fast. */
describe('benches', () => {
  it('decide: times a pass and looks at the heap', async () => {
    const { rows } = await runDecide({ pools: 2, rounds: 1, decisions: 20 });
    expect(rows.map(({ measure }) => measure)).toEqual([
      'one pass',
      'one pass',
      'one pass, new prices',
      'heap in use',
    ]);
    expect(rows[0]).toMatchObject({ pools: 2, offerings: 2 * 192 });
  });

  it('synth: our stacks and the raw ones hold the same resources', {
    timeout: 60_000,
  }, async () => {
    const { rows } = await runSynth({ pools: 2, rounds: 1 });
    expect(rows.map(({ variant }) => variant)).toEqual(['muster', 'raw']);
    expect(rows[0]?.resources).toBe(rows[1]?.resources);
  });
});
