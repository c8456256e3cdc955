import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide } from '../../scaler/decide/decide.ts';
import type { Memory } from '../../scaler/decide/memory.ts';
import type { Observation } from '../../scaler/decide/observation.ts';
import { anyStory, memoryOf } from './arbitraries.ts';
import { runs, unhurried } from './arbitrary-pool.ts';
import {
  aGroup,
  aHeartbeat,
  anObservation,
  aPool,
  aSpotMarket,
  aWorker,
  known,
  now,
} from './situations.ts';
import { afterDecision, asAwsHasIt } from './world-model.ts';

function pendingIs(observation: Observation, pending: number): Observation {
  const { queue, at } = observation;
  const known = queue.status === 'known' ? queue : { claimed: 0, oldestPendingAge: null };
  return { ...observation, queue: { ...known, status: 'known', readAt: at, pending } };
}

describe('demand', unhurried, () => {
  it('more pending tasks never make the first target smaller', () => {
    fc.assert(
      fc.property(anyStory, fc.nat(60), fc.nat(60), ({ pool, observation }, pending, more) => {
        const targetOf = (tasks: number) =>
          decide(pool, pendingIs(observation, tasks), null).decision.target;
        expect(targetOf(pending + more)).toBeGreaterThanOrEqual(targetOf(pending));
      }),
      runs,
    );
  });

  it('a world that has done what was asked is asked for nothing more', () => {
    fc.assert(
      fc.property(anyStory, (story) => {
        const { pool } = story;
        const observation = asAwsHasIt(story.observation);
        // With no time at all for spot, on-demand takes over in the very next decision.
        fc.pre(pool.market.kind === 'on-demand' || pool.market.onDemandAfter !== 0);
        const first = decide(pool, observation, memoryOf(story));
        const kinds = first.decision.reasons.map(({ kind }) => kind);
        // A worker that is too old is replaced by the decision after the one that drains it, and the
        // next worker that does not work is not judged before that one is replaced.
        fc.pre(first.decision.drain.every(({ because }) => because === 'surplus'));
        // What a group's own minimum adds, or a worker that is called back, is only then counted.
        fc.pre(!kinds.includes('group-minimum') && !kinds.includes('drain-cancelled'));
        // Where a limit holds back what is wanted, what is let go makes room for it.
        fc.pre(!kinds.includes('maximum') && !kinds.includes('group-maximum'));
        // An on-demand base that a worker was part of is filled again once that one is ended.
        const { terminate } = first.decision;
        fc.pre(terminate.length === 0 || pool.market.kind === 'on-demand');
        // The old formula takes what boots off what runs, anew each time.
        fc.pre(pool.scaling.kind !== 'ratio' || first.decision.drain.length === 0);
        const seen = afterDecision(observation, first.decision);
        const second = decide(pool, seen, first.memory).decision;
        const desired = (decision: typeof second) =>
          decision.groups.map(({ desiredCapacity }) => desiredCapacity);
        expect(desired(second)).toEqual(desired(first.decision));
        expect(second.groups.map(({ addedSlots }) => addedSlots)).toEqual(
          second.groups.map(() => 0),
        );
        expect(second.drain).toEqual([]);
        expect(second.terminate).toEqual([]);
      }),
      runs,
    );
  });

  it('what is asked for is not taken back while the same tasks wait and nothing comes', () => {
    const waits = fc.record({
      wait: fc.nat(900),
      tasks: fc.integer({ min: 1, max: 60 }),
      busy: fc.nat(10),
      every: fc.integer({ min: 5, max: 60 }),
    });
    fc.assert(
      fc.property(waits, ({ wait, tasks, busy, every }) => {
        const pool = aPool({ wait, market: aSpotMarket({ onDemandAfter: null }) });
        let desiredCapacity = busy;
        let memory: Memory | null = null;
        for (let at = now; at < now + 600; at += every) {
          const workers = Array.from({ length: busy }, (_, index) =>
            aWorker({ instanceId: `i-${index}`, heartbeat: aHeartbeat({ at, busySlots: 1 }) }),
          );
          const groups = [aGroup({ desiredCapacity, workers })];
          const queue = known(tasks, busy, { readAt: at });
          const made = decide(pool, anObservation({ at, queue, groups }), memory);
          const { target } = made.decision;
          expect(target).toBeGreaterThanOrEqual(desiredCapacity);
          desiredCapacity = target;
          memory = made.memory;
        }
      }),
      runs,
    );
  });
});
