import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DemandBasis, slotsToRequest } from '../../scaler/decide/demand.ts';

const at = 1_000;
const nothing = { free: 0, busy: 0, coming: [] };

function basis(change: Partial<DemandBasis> = {}): DemandBasis {
  return {
    at,
    waiting: [{ arrivedAt: at, tasks: 10 }],
    wait: 120,
    taskDuration: 300,
    bootTime: 60,
    ...change,
  };
}

describe('slotsToRequest', () => {
  it.each([
    ['nothing waits', { waiting: [] }, nothing, 200, 0],
    ['all are due within the horizon', {}, nothing, 120, 10],
    ['none is due within the horizon', {}, nothing, 119, 0],
    ['free slots take them', {}, { ...nothing, free: 10 }, 120, 0],
    ['some free slots take some', {}, { ...nothing, free: 4 }, 120, 6],
    // 1,000 busy slots: 400 come free in 120 s, sqrt(400) = 20 less is sure: all 10 are absorbed.
    ['busy slots come free in time', {}, { ...nothing, busy: 1_000 }, 120, 0],
    // 25 busy slots: 10 come free in 120 s, sqrt(10) = 3.2 less is 6.8. Three more slots,
    // ready at 60 s, come free 0.6 times by 120 s: 3 + 10.6 - sqrt(10.6) = 10.3.
    ['few busy slots absorb a part', {}, { ...nothing, busy: 25 }, 120, 3],
    // Late already: whatever starts by the boot time counts, as nothing can start earlier.
    ['late tasks ask for a slot each', { wait: 0 }, nothing, 60, 10],
    [
      'coming slots count when they come',
      {},
      { ...nothing, coming: [{ readyIn: 90, slots: 10 }] },
      120,
      0,
    ],
    [
      'not when they come too late',
      {},
      { ...nothing, coming: [{ readyIn: 121, slots: 10 }] },
      120,
      10,
    ],
  ] as const)('%s', (_, change, supply, horizon, slots) => {
    expect(slotsToRequest(basis(change), supply, horizon).slots).toBe(slots);
  });

  it('counts the tasks that start late whatever is done', () => {
    expect(slotsToRequest(basis({ wait: 30 }), nothing, 60).late).toBe(10);
    expect(slotsToRequest(basis({ wait: 60 }), nothing, 60).late).toBe(0);
  });

  const anyBasis = fc.record({
    at: fc.constant(at),
    waiting: fc.array(
      fc.record({
        arrivedAt: fc.double({ min: at - 1e4, max: at, noNaN: true }),
        tasks: fc.nat(500),
      }),
      { maxLength: 8 },
    ),
    wait: fc.nat(3_600),
    taskDuration: fc.double({ min: 1, max: 1e4, noNaN: true }),
    bootTime: fc.double({ min: 0, max: 600, noNaN: true }),
  });
  const anySupply = fc.record({
    free: fc.nat(500),
    busy: fc.nat(500),
    coming: fc.array(
      fc.record({ readyIn: fc.double({ min: 0, max: 600, noNaN: true }), slots: fc.nat(50) }),
      { maxLength: 5 },
    ),
  });
  const anyHorizon = fc.oneof(fc.nat(4_000), fc.constant(Number.POSITIVE_INFINITY));

  it('asks for whole slots, no more than there are tasks', () => {
    fc.assert(
      fc.property(anyBasis, anySupply, anyHorizon, (given, supply, horizon) => {
        const { slots } = slotsToRequest(given, supply, horizon);
        const tasks = given.waiting.reduce((sum, cohort) => sum + cohort.tasks, 0);
        expect(Number.isInteger(slots)).toBe(true);
        expect(slots).toBeGreaterThanOrEqual(0);
        expect(slots).toBeLessThanOrEqual(tasks);
      }),
      { numRuns: 2_000 },
    );
  });

  it('asks for no fewer when more tasks wait, and no more when more slots are free', () => {
    fc.assert(
      fc.property(anyBasis, anySupply, anyHorizon, fc.nat(50), (given, supply, horizon, more) => {
        const before = slotsToRequest(given, supply, horizon).slots;
        const waiting = [...given.waiting, { arrivedAt: at, tasks: more }];
        expect(slotsToRequest({ ...given, waiting }, supply, horizon).slots).toBeGreaterThanOrEqual(
          before,
        );
        const freer = { ...supply, free: supply.free + more };
        expect(slotsToRequest(given, freer, horizon).slots).toBeLessThanOrEqual(before);
      }),
      { numRuns: 2_000 },
    );
  });
});
