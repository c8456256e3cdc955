import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shortestFirst } from '../../scaler/decide/boot-times.ts';
import { type DemandBasis, slotsToRequest } from '../../scaler/decide/demand.ts';

const at = 1_000;
const nothing = { free: 0, busy: 0, coming: [] };
/** Three of four are done in 60 s. */
const uneven = [40, 60, 60, 100];

function basis(change: Partial<DemandBasis> = {}): DemandBasis {
  return {
    at,
    waiting: [{ arrivedAt: at, tasks: 10 }],
    wait: 60,
    slotTime: 300,
    boots: [60],
    margin: 0,
    ...change,
  };
}

function coming(age: number, slots: number) {
  return { ...nothing, coming: [{ age, slots }] };
}

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
  slotTime: fc.double({ min: 1, max: 1e4, noNaN: true }),
  boots: fc
    .array(fc.double({ min: 0.1, max: 600, noNaN: true }), { minLength: 1, maxLength: 20 })
    .map(shortestFirst),
  margin: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1, noNaN: true })),
});
const anySupply = fc.record({
  free: fc.nat(500),
  busy: fc.nat(500),
  coming: fc.array(
    fc.record({ age: fc.double({ min: 0, max: 600, noNaN: true }), slots: fc.nat(50) }),
    { maxLength: 5 },
  ),
});
const anyHorizon = fc.oneof(fc.nat(4_000), fc.constant(Number.POSITIVE_INFINITY));

describe('slotsToRequest', () => {
  it.each([
    ['nothing waits', { waiting: [] }, nothing, 200, 0],
    ['all are due within the horizon', {}, nothing, 60, 10],
    ['none is due within the horizon', {}, nothing, 59, 0],
    ['free slots take them', {}, { ...nothing, free: 10 }, 60, 0],
    // 4 free slots come free 0.8 times by 60 s, and less than once is not relied upon.
    ['some free slots take some', {}, { ...nothing, free: 4 }, 60, 6],
    // 1,000 busy slots: 200 come free in 60 s, sqrt(200) = 14 less is sure: all 10 are absorbed.
    ['busy slots come free in time', {}, { ...nothing, busy: 1_000 }, 60, 0],
    // 25 busy slots: 10 come free in 120 s, sqrt(10) = 3.2 less is 6.8. Three more slots,
    // ready at 60 s, come free 0.6 times by 120 s: 3 + 10.6 - sqrt(10.6) = 10.3; two would give 9.2.
    ['few busy slots absorb a part', { wait: 120 }, { ...nothing, busy: 25 }, 120, 3],
    // Late already: whatever starts by the boot time counts, as nothing can start earlier.
    ['late tasks ask for a slot each', { wait: 0 }, nothing, 60, 10],
    ['slots that come in time count', {}, coming(30, 10), 60, 0],
    ['a share of boots is not done by then: 10 / 0.75 = 13.3', { boots: uneven }, nothing, 60, 13],
    // 30 s on, the boots have 10, 30, 30 and 70 s left: 7.5 of 10 by 60 s. 2.5 / 0.75 = 3.3.
    ['what comes counts as it is likely to', { boots: uneven }, coming(30, 10), 60, 3],
    // The one boot that took longer than 60 s has 40 s left.
    ['the longer it boots, the less is left', { boots: uneven }, coming(60, 10), 60, 0],
    ['a boot longer than all of them gives nothing', { boots: uneven }, coming(100, 10), 60, 13],
    ['a margin asks for as much more', { margin: 0.5 }, nothing, 60, 15],
    // 7.25 to the nearest; and 7.5.
    ['rounds down', { waiting: [{ arrivedAt: at, tasks: 5 }], margin: 0.45 }, nothing, 60, 7],
    ['rounds half up', { waiting: [{ arrivedAt: at, tasks: 5 }], margin: 0.5 }, nothing, 60, 8],
  ] as const)('%s', (_, change, supply, horizon, slots) => {
    expect(slotsToRequest(basis(change), supply, horizon).slots).toBe(slots);
  });

  it('counts the tasks that start late whatever is done', () => {
    expect(slotsToRequest(basis({ wait: 30 }), nothing, 60).late).toBe(10);
    expect(slotsToRequest(basis({ wait: 60 }), nothing, 60).late).toBe(0);
    // One of four boots is done by 30 s: 2.5 of 10 start in time.
    const boots = [20, 60, 60, 60];
    expect(slotsToRequest(basis({ wait: 30, boots }), coming(0, 10), 60).late).toBe(8);
  });

  it('asks for no more once what was asked for is on its way', () => {
    fc.assert(
      fc.property(anyBasis, anySupply, anyHorizon, (given, supply, horizon) => {
        const { slots } = slotsToRequest(given, supply, horizon);
        const then = { ...supply, coming: [...supply.coming, { age: 0, slots }] };
        expect(slotsToRequest(given, then, horizon).slots).toBe(0);
      }),
      { numRuns: 2_000 },
    );
  });

  it('asks for whole slots, no more than the tasks and their margin, each at least three times in four', () => {
    fc.assert(
      fc.property(anyBasis, anySupply, anyHorizon, (given, supply, horizon) => {
        const { slots } = slotsToRequest(given, supply, horizon);
        const tasks = given.waiting.reduce((sum, cohort) => sum + cohort.tasks, 0);
        expect(Number.isInteger(slots)).toBe(true);
        expect(slots).toBeGreaterThanOrEqual(0);
        expect(slots).toBeLessThanOrEqual(Math.round((tasks * (1 + given.margin)) / 0.75));
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
