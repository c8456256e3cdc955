import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide } from '../../scaler/decide/decide.ts';
import type { Decision } from '../../scaler/decide/decision.ts';
import type { GroupObservation } from '../../scaler/decide/observation.ts';
import { anyStory, memoryOf } from './arbitraries.ts';
import { runs, unhurried } from './arbitrary-pool.ts';

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}

/** Slots that a group has or has been asked for. */
function held({ desiredCapacity, workers }: GroupObservation): number {
  const present = workers.filter(({ phase }) => phase === 'pending' || phase === 'in-service');
  return Math.max(
    desiredCapacity,
    sum(present, ({ weight }) => weight),
  );
}

/** Slots that only moved from spot to on-demand. */
function moved({ reasons }: Decision): number {
  return sum(reasons, (reason) => (reason.kind === 'on-demand-stands-in' ? reason.moved : 0));
}

describe('limits', unhurried, () => {
  it('each group gets a whole number of slots within its maximum', () => {
    fc.assert(
      fc.property(anyStory, (story) => {
        const { pool, observation } = story;
        const { decision } = decide(pool, observation, memoryOf(story));
        expect(decision.groups).toHaveLength(observation.groups.length);
        expect(decision.target).toBe(sum(decision.groups, (group) => group.desiredCapacity));
        for (const [index, group] of decision.groups.entries()) {
          const seen = observation.groups[index]!;
          expect(Number.isInteger(group.desiredCapacity)).toBe(true);
          expect(group.desiredCapacity).toBeGreaterThanOrEqual(0);
          const most = pool.paused ? seen.desiredCapacity : seen.max;
          expect(group.desiredCapacity).toBeLessThanOrEqual(most);
        }
      }),
      runs,
    );
  });

  it('what is asked for stays within the maximum of the pool', () => {
    fc.assert(
      fc.property(anyStory, (story) => {
        const { pool, observation } = story;
        const { decision } = decide(pool, observation, memoryOf(story));
        const before = sum(observation.groups, held);
        const raised = sum(decision.reasons, (reason) =>
          reason.kind === 'group-minimum' ? reason.to - reason.from : 0,
        );
        expect(decision.target).toBeLessThanOrEqual(Math.max(before, pool.capacity.max) + raised);
      }),
      runs,
    );
  });

  it('no more is launched than what all pools share allows', () => {
    fc.assert(
      fc.property(anyStory, fc.nat(20), (story, allowance) => {
        const observation = { ...story.observation, allowance };
        const { decision } = decide(story.pool, observation, memoryOf(story));
        expect(sum(decision.groups, (group) => group.addedSlots)).toBeLessThanOrEqual(allowance);
      }),
      runs,
    );
  });

  it('an open breaker or a spent budget launches nothing that is not below the minimum', () => {
    fc.assert(
      fc.property(anyStory, (story) => {
        const { pool, observation } = story;
        const { decision } = decide(pool, observation, memoryOf(story));
        const kinds = decision.reasons.map(({ kind }) => kind);
        const added = sum(decision.groups, (group) => group.addedSlots);
        if (kinds.includes('boots-fail')) expect(added).toBe(0);
        if (kinds.includes('budget-spent')) {
          const { requested, booting, idle, busy } = decision.capacity;
          const floor = Math.max(pool.capacity.min, observation.scheduledMin);
          const usable = requested + booting + idle + busy;
          expect(added).toBeLessThanOrEqual(Math.max(0, floor - usable));
        }
      }),
      runs,
    );
  });

  it('zones that are named share out what is added, in whole slots', () => {
    fc.assert(
      fc.property(anyStory, (story) => {
        const { decision } = decide(story.pool, story.observation, memoryOf(story));
        for (const { launches, addedSlots, overrides } of decision.groups) {
          for (const { slots } of launches) expect(Number.isInteger(slots) && slots > 0).toBe(true);
          if (launches.length > 0) expect(sum(launches, ({ slots }) => slots)).toBe(addedSlots);
          const named = overrides?.map(({ instanceType }) => instanceType) ?? [];
          expect(new Set(named).size).toBe(named.length);
          expect(named.length).toBeLessThanOrEqual(40);
        }
        expect(moved(decision)).toBeGreaterThanOrEqual(0);
      }),
      runs,
    );
  });
});
