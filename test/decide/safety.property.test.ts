import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide } from '../../scaler/decide/decide.ts';
import type { LeaveCause } from '../../scaler/decide/decision.ts';
import type { Observation, QueueReading } from '../../scaler/decide/observation.ts';
import { anyStory, memoryOf } from './arbitraries.ts';
import { runs, unhurried } from './arbitrary-pool.ts';

/** Instances that run a task by a word of the last minute. */
function busyByTheirWord({ at, groups }: Observation): ReadonlySet<string> {
  const workers = groups.flatMap((group) => group.workers);
  return new Set(
    workers
      .filter(({ heartbeat }) => heartbeat && at - heartbeat.at <= 60 && heartbeat.busySlots > 0)
      .map(({ instanceId }) => instanceId),
  );
}

const isOfEc2 = (because: LeaveCause) => because === 'interruption' || because === 'rebalance';

describe('safety', unhurried, () => {
  it('a worker that is busy by its own fresh word is never ended, nor let go as surplus', () => {
    fc.assert(
      fc.property(anyStory, (story) => {
        const { decision } = decide(story.pool, story.observation, memoryOf(story));
        const busy = busyByTheirWord(story.observation);
        const named = [
          ...decision.terminate,
          ...decision.drain.filter(({ because }) => because !== 'over-age' && !isOfEc2(because)),
        ];
        expect(named.filter(({ instanceId }) => busy.has(instanceId))).toEqual([]);
      }),
      runs,
    );
  });

  it('nobody is to drain by the word of EC2 that it has not said that of', () => {
    fc.assert(
      fc.property(anyStory, (story) => {
        const { decision } = decide(story.pool, story.observation, memoryOf(story));
        const looks = [...story.before, story.observation];
        const warned = new Set(
          looks.flatMap(({ warnings }) =>
            warnings.map(({ instanceId, kind }) => `${instanceId} ${kind}`),
          ),
        );
        for (const { instanceId, because } of decision.drain) {
          if (isOfEc2(because)) expect(warned).toContain(`${instanceId} ${because}`);
        }
      }),
      runs,
    );
  });

  it('nobody is named twice, and nobody who is not there', () => {
    fc.assert(
      fc.property(anyStory, (story) => {
        const { decision } = decide(story.pool, story.observation, memoryOf(story));
        const named = [...decision.drain, ...decision.terminate];
        expect(new Set(named.map(({ instanceId }) => instanceId)).size).toBe(named.length);
        for (const { instanceId, group, region } of named) {
          const there = story.observation.groups
            .filter((seen) => seen.name === group && seen.region === region)
            .flatMap(({ workers }) => workers)
            .find((worker) => worker.instanceId === instanceId);
          expect(there?.phase).toMatch(/^(pending|in-service)$/);
        }
      }),
      runs,
    );
  });

  it('an unknown or stale queue lowers nothing, drains nobody and ends nobody', () => {
    const unread = (at: number): fc.Arbitrary<QueueReading> =>
      fc.oneof(
        fc.constant({ status: 'unknown' as const, error: 'throttled' }),
        fc.record({
          status: fc.constant('known' as const),
          readAt: fc.double({ min: 121, max: 9_999, noNaN: true }).map((age) => at - age),
          pending: fc.nat(50),
          claimed: fc.option(fc.nat(50)),
          oldestPendingAge: fc.constant(null),
        }),
      );
    const story = anyStory.chain((one) =>
      unread(one.observation.at).map((queue) => ({
        ...one,
        observation: { ...one.observation, queue },
      })),
    );
    fc.assert(
      fc.property(story, ({ pool, before, observation }) => {
        const { decision } = decide(pool, observation, memoryOf({ pool, before }));
        expect([...decision.drain, ...decision.terminate]).toEqual([]);
        for (const [index, { desiredCapacity }] of decision.groups.entries()) {
          const seen = observation.groups[index]!;
          expect(desiredCapacity).toBeGreaterThanOrEqual(Math.min(seen.desiredCapacity, seen.max));
        }
      }),
      runs,
    );
  });

  it('a paused pool is left exactly as it is', () => {
    fc.assert(
      fc.property(anyStory, (story) => {
        const { observation } = story;
        const pool = { ...story.pool, paused: true };
        const { decision } = decide(pool, observation, memoryOf(story));
        expect([...decision.drain, ...decision.terminate]).toEqual([]);
        for (const [index, group] of decision.groups.entries()) {
          const { desiredCapacity, spotMaxPrice } = observation.groups[index]!;
          expect(group).toMatchObject({
            ...{ desiredCapacity, spotMaxPrice, addedSlots: 0, launches: [], overrides: null },
          });
        }
        expect(decision.reasons).toContainEqual({ kind: 'paused' });
      }),
      runs,
    );
  });

  it('nobody is drained or let go in a group that would refuse, or that is being refreshed', () => {
    fc.assert(
      fc.property(anyStory, (story) => {
        const { pool, observation } = story;
        const { decision } = decide(pool, observation, memoryOf(story));
        for (const group of observation.groups) {
          const here = ({ group: name, region }: { group: string; region: string }) =>
            name === group.name && region === group.region;
          if (group.terminateSuspended) {
            expect([...decision.drain, ...decision.terminate].filter(here)).toEqual([]);
          }
          if (group.instanceRefresh) {
            const letGo = [...decision.drain, ...decision.terminate].filter(
              ({ because }) => because === 'surplus' || because === 'not-yet-booted',
            );
            expect(letGo.filter(here)).toEqual([]);
          }
        }
      }),
      runs,
    );
  });
});
