/** Which workers of an older image go, when, and what comes in their place. */
import { describe, expect, it } from 'vitest';
import { decide } from '../../scaler/decide/decide.ts';
import type { Memory } from '../../scaler/decide/memory.ts';
import type { WorkerObservation } from '../../scaler/decide/observation.ts';
import { type Case, decideOn, desired, kinds, letGo } from './deciding.ts';
import {
  aChoice,
  aGroupOf,
  aHeartbeat,
  aMemory,
  anObservation,
  anOffering,
  aPool,
  busyWorkers,
  idleWorkers,
  known,
  now,
  remembered,
  workers,
} from './situations.ts';
import { afterDecision, later } from './world-model.ts';

const old = (count: number) => idleWorkers(count, { outdated: true });
const fresh = (count: number) => workers(count, { heartbeat: aHeartbeat() }, 'new');
const ofMinimum = (min: number, max = 100) => aPool({ capacity: { min, max } });

/** Of workers that have been idle for no longer than they may be. */
const idleFor = (list: readonly WorkerObservation[], seconds = 10, change: Partial<Memory> = {}) =>
  aMemory({ workers: remembered(list, { idleSince: now - seconds }), ...change });

function decideFor(list: readonly WorkerObservation[], one: Case & { max?: number } = {}) {
  const { max = 100, ...rest } = one;
  const pool = ofMinimum(list.length, max);
  return decideOn({ groups: [aGroupOf(list)] }, { pool, memory: idleFor(list), ...rest });
}

describe('a worker of an older image', () => {
  it('goes at the minimum too, and its replacement is launched while it drains', () => {
    const seen = anObservation({ groups: [aGroupOf(old(2))] });
    const pool = ofMinimum(2);
    const first = decide(pool, seen, idleFor(old(2)));
    expect(letGo(first)).toEqual(['idle-1 outdated']);
    expect(desired(first)).toEqual([2]);
    const draining = afterDecision(seen, first.decision);
    const second = decide(pool, { ...draining, at: now + 5 }, first.memory);
    expect(letGo(second)).toEqual([]);
    expect(desired(second)).toEqual([3]);
    const third = decide(pool, later(afterDecision(draining, second.decision), 20), second.memory);
    expect(letGo(third)).toEqual(['idle-1 drained']);
    expect(desired(third)).toEqual([2]);
  });

  it('makes room for its replacement first where the pool is at its maximum', () => {
    const pool = ofMinimum(2, 2);
    const seen = anObservation({ groups: [aGroupOf(old(2), { max: 2 })] });
    const first = decide(pool, seen, idleFor(old(2)));
    expect(letGo(first)).toEqual(['idle-1 outdated']);
    const second = decide(pool, later(afterDecision(seen, first.decision), 20), first.memory);
    expect(letGo(second)).toEqual(['idle-1 drained']);
    const left = later(afterDecision(seen, second.decision), 30);
    const third = decide(pool, left, second.memory);
    expect(letGo(third)).toEqual([]);
    expect(desired(third)).toEqual([2]);
  });

  it('goes at the maximum though the buffer asks for more than may be', () => {
    const pool = { ...ofMinimum(2, 2), buffer: 5 };
    expect(letGo(decideFor(old(2), { pool }))).toEqual(['idle-1 outdated']);
  });

  it.each([
    [1, 0, 1],
    [9, 0, 1],
    [60, 0, 1],
    [9, 1, 1],
    [18, 1, 1],
    [19, 1, 2],
    [59, 1, 6],
  ])('of %i, with %i of the current image up, %i go', (outdated, current, gone) => {
    expect(letGo(decideFor([...old(outdated), ...fresh(current)]))).toHaveLength(gone);
  });

  it.each<[string, readonly WorkerObservation[], Partial<Memory>]>([
    ['one that boots', workers(1, { launchedAt: now - 30 }), {}],
    ['one that ends', workers(1, { phase: 'terminating', outdated: true }, 'ending'), {}],
    [
      'one that drains for the same',
      idleWorkers(1, { instanceId: 'drains', outdated: true }),
      remembersDrain('outdated'),
    ],
    [
      'one that drains as it is not needed',
      idleWorkers(1, { instanceId: 'drains', outdated: true }),
      remembersDrain('surplus'),
    ],
  ])('stays while %s is away', (_, away, change) => {
    const list = [...old(3), ...away];
    const memory = idleFor(old(3), 10);
    const seen = { groups: [aGroupOf(list)] };
    const all = { ...memory, workers: { ...memory.workers, ...change.workers } };
    expect(letGo(decideOn(seen, { pool: ofMinimum(3), memory: all }))).toEqual([]);
    expect(letGo(decideFor(old(3)))).toHaveLength(1);
  });

  function remembersDrain(drainBecause: 'outdated' | 'surplus'): Partial<Memory> {
    const drains = idleWorkers(1, { instanceId: 'drains' });
    return { workers: remembered(drains, { drainingSince: now - 5, drainBecause }) };
  }

  it('stays while slots are asked for and do not come', () => {
    const groups = [aGroupOf(old(3), { desiredCapacity: 4 })];
    const pool = ofMinimum(4);
    expect(letGo(decideOn({ groups }, { pool, memory: idleFor(old(3)) }))).toEqual([]);
  });

  it('waits for one of its own architecture and region, as that has another image', () => {
    const types = { arm64: 'c7g.large', x86_64: 'c6i.large' } as const;
    const instances = (['arm64', 'x86_64'] as const).map((architecture) =>
      aChoice({ type: types[architecture], architecture }),
    );
    const pool = { ...ofMinimum(40), instances };
    const offerings = [anOffering({ instanceType: types.x86_64 })];
    const arm = workers(30, { instanceType: types.arm64, heartbeat: aHeartbeat(), outdated: true });
    const up = (instanceType: string) =>
      workers(10, { instanceType, heartbeat: aHeartbeat() }, 'new');
    const gone = (list: readonly WorkerObservation[], region: string) => {
      const groups = [aGroupOf(arm), aGroupOf(list, { region })];
      const memory = idleFor([...arm, ...list]);
      return letGo(decideOn({ groups, offerings }, { pool, memory })).length;
    };
    expect(gone(up(types.arm64), 'eu-west-1')).toBe(4);
    expect(gone(up(types.x86_64), 'eu-west-1')).toBe(1);
    expect(gone(up(types.arm64), 'us-east-1')).toBe(1);
  });

  it.each<[string, Parameters<typeof decideOn>[0], Case]>([
    ['it is busy', { groups: [aGroupOf(busyWorkers(1, { outdated: true }))] }, {}],
    ['it has not spoken of late', { groups: [aGroupOf(silent())] }, {}],
    ['tasks wait', { queue: known(1) }, {}],
    ['the queue is not known', { queue: { status: 'unknown', error: 'throttled' } }, {}],
    ['the pool is paused', {}, { pool: { ...ofMinimum(1), paused: true } }],
    [
      'boots fail',
      {},
      { memory: idleFor(old(1), 10, { failedBoots: [now - 3, now - 2, now - 1] }) },
    ],
    ['no launch is left to the pool', { allowance: 0 }, {}],
    ['nothing can be launched', { offerings: [] }, {}],
    ['its group is being refreshed', { groups: [aGroupOf(old(1), { instanceRefresh: true })] }, {}],
    ['its group ends nothing', { groups: [aGroupOf(old(1), { terminateSuspended: true })] }, {}],
  ])('stays while %s', (_, seen, one) => {
    const all = { groups: [aGroupOf(old(1))], ...seen };
    expect(letGo(decideOn(all, { pool: ofMinimum(1), memory: idleFor(old(1)), ...one }))).toEqual(
      [],
    );
    expect(letGo(decideFor(old(1)))).toEqual(['idle-1 outdated']);
  });

  function silent() {
    return old(1).map((worker) => ({ ...worker, heartbeat: aHeartbeat({ at: now - 61 }) }));
  }

  it('goes at the minimum though the budget is spent, and above it as surplus only', () => {
    const budget = { usd: 1, per: 'day', alertAt: 0.8, cap: true } as const;
    const spend = { since: now - (now % 86_400), usd: 2, at: now - 10 };
    const memory = idleFor(old(2), 10, { spend: { day: spend, month: spend } });
    const gone = (min: number) =>
      letGo(decideFor(old(2), { pool: { ...ofMinimum(min), buffer: 2, budget }, memory }));
    expect(gone(2)).toEqual(['idle-1 outdated']);
    expect(gone(1)).toEqual([]);
  });

  it('is surplus where it would go as that, and else takes its part of the surplus with it', () => {
    const list = [...old(1), ...fresh(2)];
    const long = idleFor(list, 9_000);
    const pool = ofMinimum(2);
    expect(letGo(decideFor(list, { pool, memory: long }))).toEqual(['idle-1 surplus']);
    const short = remembered(old(1), { idleSince: now - 10 });
    const memory = { ...long, workers: { ...long.workers, ...short } };
    expect(letGo(decideFor(list, { pool, memory }))).toEqual(['idle-1 outdated']);
  });

  it('goes from a group at its own minimum, where AWS starts another at once', () => {
    const groups = [aGroupOf(old(2), { min: 2 })];
    const made = decideOn({ groups }, { pool: ofMinimum(2), memory: idleFor(old(2)) });
    expect(letGo(made)).toEqual(['idle-1 outdated']);
  });

  it('is ended where no worker speaks, two minutes after the last task', () => {
    const list = workers(2, { outdated: true });
    const pool = { ...ofMinimum(2), heartbeats: false };
    const gone = (quiet: number) => {
      const memory = aMemory({ workers: remembered(list), quietSince: now - quiet });
      return decideOn({ groups: [aGroupOf(list)] }, { pool, memory });
    };
    expect(letGo(gone(119))).toEqual([]);
    expect(letGo(gone(120))).toEqual(['i-1 outdated']);
    expect(gone(120).decision.drain).toEqual([]);
  });
});

describe('a worker of an older image that drains', () => {
  const drains = idleWorkers(1, { outdated: true });
  const since = (seconds: number) =>
    aMemory({
      workers: remembered(drains, {
        ...{ drainingSince: now - seconds, drainBecause: 'outdated' },
        idleSince: now - 60,
      }),
    });

  it('is not called back for the minimum or the buffer, which its replacement is for', () => {
    const pool = { ...ofMinimum(1), buffer: 1 };
    const made = decideOn({ groups: [aGroupOf(drains)] }, { pool, memory: since(0) });
    expect(kinds(made)).not.toContain('drain-cancelled');
    expect(made.decision.groups[0]!.addedSlots).toBe(1);
    const rule = { ...pool, scaling: { kind: 'fixed', slots: 1 } } as const;
    const fixed = decideOn({ groups: [aGroupOf(drains)] }, { pool: rule, memory: since(0) });
    expect(kinds(fixed)).not.toContain('drain-cancelled');
  });

  it('is called back for a task that waits and would wait for a boot', () => {
    const memory = { ...since(0), waiting: [{ arrivedAt: now - 10, tasks: 1 }] };
    const seen = { queue: known(1), groups: [aGroupOf(drains)] };
    const made = decideOn(seen, { pool: aPool({ wait: 20 }), memory });
    expect(made.decision.reasons).toContainEqual({ kind: 'drain-cancelled', instanceId: 'idle-1' });
    expect(made.decision.groups[0]!.addedSlots).toBe(0);
    expect(made.memory.workers['idle-1']).toMatchObject({ drainingSince: null });
  });

  it('is taken back when it still works after the time to drain', () => {
    const busy = [{ ...drains[0]!, heartbeat: aHeartbeat({ busySlots: 1, taking: false }) }];
    const seen = { queue: known(0, 1), groups: [aGroupOf(busy)] };
    expect(kinds(decideOn(seen, { memory: since(900) }))).not.toContain('drain-cancelled');
    expect(kinds(decideOn(seen, { memory: since(901) }))).toContain('drain-cancelled');
  });
});
