import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DecisionHistory } from '../../../scaler/store/decision-history.ts';
import { DecisionRecorder } from '../../../scaler/store/decision-recorder.ts';
import type { Store } from '../../../scaler/store/store.ts';
import { aDecision, aFullPool } from '../samples.ts';
import { aState } from './state-samples.ts';
import { LaterClock, libsqlWorld, never } from './store-world.ts';

let world: ReturnType<typeof libsqlWorld>;
let clock: LaterClock;
let store: Store;
let history: DecisionHistory;
beforeEach(async () => {
  world = libsqlWorld();
  clock = new LaterClock();
  store = await world.open(clock);
  history = new DecisionHistory(store, 1_000);
});
afterEach(async () => {
  await store.close();
  await world.end();
});

const decisionAt = (sequence: number, seconds = sequence, pool = 'linux') =>
  aDecision({ pool, sequence, at: Math.floor(clock.now()) + seconds, target: sequence });
const sequencesOf = async (request: { pool: string; after?: string; limit?: number }) => {
  const { decisions, next } = await history.page(request, never);
  return { sequences: decisions.map(({ sequence }) => sequence), next };
};

describe('the history of decisions', () => {
  it('shows those of a pool with their reasons, newest first, page by page', async () => {
    for (const sequence of [1, 2, 3, 11, 100]) await history.add(decisionAt(sequence), never);
    await history.add(decisionAt(5, 5, 'linux2'), never);
    const { decisions } = await history.page({ pool: 'linux', limit: 1 }, never);
    expect(decisions).toEqual([decisionAt(100)]);
    expect(decisions[0]?.reasons.length).toBeGreaterThan(0);
    const first = await sequencesOf({ pool: 'linux', limit: 2 });
    expect(first.sequences).toEqual([100, 11]);
    const second = await sequencesOf({ pool: 'linux', limit: 2, after: first.next! });
    expect(second.sequences).toEqual([3, 2]);
    expect(await sequencesOf({ pool: 'linux', after: second.next! })).toEqual({
      sequences: [1],
      next: null,
    });
    expect((await sequencesOf({ pool: 'none' })).sequences).toEqual([]);
  });

  it('forgets what is older than its retention, and leaves out what it cannot read', async () => {
    await history.add(decisionAt(1, 0), never);
    await history.add(decisionAt(2, 500), never);
    const key = { partition: 'decisions/linux', sort: '999' };
    await store.write([{ do: 'put', key, value: { gzip: 'bm8=' }, when: 'any' }], never);
    expect((await sequencesOf({ pool: 'linux' })).sequences).toEqual([2, 1]);
    clock.advance(1_002);
    expect((await sequencesOf({ pool: 'linux' })).sequences).toEqual([2]);
  });
});

describe('what is kept of decisions', () => {
  const failures: string[] = [];
  const keep = async (...decisions: ReturnType<typeof aDecision>[]) => {
    const recorder = new DecisionRecorder(history, (doing) => failures.push(doing));
    const { observation } = aState().last.linux!;
    for (const decision of decisions) recorder.decision(aFullPool(), observation, decision);
    await recorder.flush(never);
    return (await sequencesOf({ pool: 'linux' })).sequences.toReversed();
  };

  it('is each that does or says something else, and another every ten minutes', async () => {
    const one = decisionAt(1, 0);
    const like = (sequence: number, seconds: number, change = {}) => ({
      ...one,
      sequence,
      at: one.at + seconds,
      ...change,
    });
    const kept = await keep(
      one,
      like(2, 10),
      like(3, 20, { target: 99 }),
      like(4, 30, { target: 99 }),
      like(5, 40, { target: 99, reasons: [{ kind: 'paused' }] }),
      like(6, 639, { target: 99, reasons: [{ kind: 'paused' }] }),
      like(7, 640, { target: 99, reasons: [{ kind: 'paused' }] }),
    );
    expect(kept).toEqual([1, 3, 5, 7]);
  });

  it('is told to be missing when the store is down', async () => {
    failures.length = 0;
    await store.close();
    const recorder = new DecisionRecorder(history, (doing) => failures.push(doing));
    recorder.decision(aFullPool(), aState().last.linux!.observation, decisionAt(1));
    await recorder.flush(never);
    expect(failures).toEqual(['keeping a decision']);
    store = await world.open();
  });
});
