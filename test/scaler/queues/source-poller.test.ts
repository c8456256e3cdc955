import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Clock } from '../../../scaler/ports.ts';
import { type OpenSource, SourceError, type SourceReading } from '../../../scaler/queues/source.ts';
import { type PollerOptions, SourcePoller } from '../../../scaler/queues/source-poller.ts';
import { SteadyClock } from '../../../scaler/queues/steady-clock.ts';
import { ManualClock, never } from '../samples.ts';

/** A clock on which whoever sleeps moves time on at once, unless it is woken first. */
class LeapingClock implements Clock {
  #now = 1_000;
  /** Ends of sleeps, in order. */
  readonly slept: number[] = [];
  readonly limit: number;
  readonly over = new AbortController();

  constructor(seconds: number) {
    this.limit = this.#now + seconds;
  }

  now(): number {
    return this.#now;
  }

  async sleep(duration: number, signal: AbortSignal): Promise<void> {
    await sleep(0);
    if (signal.aborted) return;
    this.#now += duration;
    this.slept.push(duration);
    if (this.#now >= this.limit) this.over.abort();
  }
}

const empty: SourceReading = { pending: 0, claimed: 0 };

function poller(
  read: (startedAt: number) => SourceReading | Error,
  clock: Clock,
  change: Partial<PollerOptions<string>> = {},
) {
  const reads: number[] = [];
  const source: OpenSource<string> = {
    async read(declarations, answer) {
      reads.push(clock.now());
      const result = read(clock.now());
      if (result instanceof Error) throw result;
      for (const key of declarations.keys()) answer(key, result);
    },
  };
  const made = new SourcePoller<string>({
    name: 'test source',
    source,
    limit: 5,
    minimumInterval: 0,
    zeroHold: 0,
    interval: 10,
    steady: new SteadyClock(clock),
    clock,
    redact: (text) => text.replaceAll('s3cret', '[redacted]'),
    inLine: (work) => work(),
    random: () => 0.5,
    onAnswer: () => {},
    ...change,
  });
  made.setDeclarations(new Map([['one', 'declaration']]));
  return { made, reads };
}

const gaps = (times: readonly number[]) =>
  times.slice(1).map((time, index) => Math.round((time - (times[index] ?? 0)) * 100) / 100);

describe('polling a source', () => {
  it('is once an interval, give or take a tenth', async () => {
    const randoms = [0, 0.999_999, 0.5];
    const clock = new LeapingClock(45);
    const { made, reads } = poller(() => empty, clock, { random: () => randoms.shift() ?? 0.5 });
    await made.run(clock.over.signal);
    expect(gaps(reads).slice(0, 4)).toEqual([9, 11, 10, 10]);
  });

  it('is no more often than the source allows, poked or not', async () => {
    const clock = new LeapingClock(300);
    const { made, reads } = poller(
      () => {
        made.poke();
        return empty;
      },
      clock,
      { minimumInterval: 30 },
    );
    await made.run(clock.over.signal);
    expect(new Set(gaps(reads))).toEqual(new Set([30]));
  });

  it('is at once when poked', async () => {
    const clock = new LeapingClock(25);
    let pokes = 3;
    const { made, reads } = poller(() => {
      if (pokes-- > 0) made.poke();
      return empty;
    }, clock);
    await made.run(clock.over.signal);
    expect(gaps(reads).slice(0, 5)).toEqual([0.25, 0.25, 0.25, 10, 10]);
  });

  it('is further apart after failures in a row, up to a minute, and as before after a success', async () => {
    const clock = new LeapingClock(400);
    const { made, reads } = poller((at) => (at < 1_200 ? new Error('it is away') : empty), clock);
    await made.run(clock.over.signal);
    expect(gaps(reads).slice(0, 7)).toEqual([10, 40, 60, 60, 60, 10, 10]);
  });

  it('heeds what a throttled answer asks for', async () => {
    const clock = new LeapingClock(300);
    let answers = 0;
    const { made, reads } = poller(() => {
      answers += 1;
      return answers === 2
        ? new SourceError('throttled', 'too many calls', { retryAfter: 120 })
        : empty;
    }, clock);
    await made.run(clock.over.signal);
    expect(gaps(reads).slice(0, 3)).toEqual([10, 120, 10]);
  });
});

describe('what a poller keeps', () => {
  it('is unknown as soon as a read fails, and tells no secret', async () => {
    const clock = new ManualClock();
    let result: SourceReading | Error = { pending: 4, claimed: 1 };
    const { made } = poller(() => result, clock);
    await made.poll(never);
    expect(made.reading('one')).toMatchObject({ status: 'known', pending: 4, readAt: clock.now() });
    result = new Error('it said s3cret');
    await made.poll(never);
    expect(made.reading('one')).toEqual({
      status: 'unknown',
      error: 'test source: it said [redacted]',
    });
  });

  it('has its age, whatever the clock does', async () => {
    const clock = new ManualClock();
    const { made } = poller(() => ({ pending: 4, claimed: 1 }), clock);
    await made.poll(never);
    clock.advance(7);
    expect(made.reading('one')).toMatchObject({ readAt: clock.now() - 7 });
    clock.advance(-3_600);
    expect(made.reading('one')).toMatchObject({ readAt: clock.now() - 7 });
    clock.advance(5);
    expect(made.reading('one')).toMatchObject({ readAt: clock.now() - 12 });
  });

  it('hands out finished tasks once', async () => {
    const finishedTasks = [{ worker: null, duration: 3 }];
    const { made } = poller(() => ({ ...empty, finishedTasks }), new ManualClock());
    await made.poll(never);
    await made.poll(never);
    expect(made.reading('one')?.finishedTasks).toHaveLength(2);
    expect(made.reading('one')?.finishedTasks).toBeUndefined();
  });

  it('is unknown for what was not answered for', async () => {
    const silent: OpenSource<string> = { read: async () => {} };
    const { made } = poller(() => empty, new ManualClock(), { source: silent });
    await made.poll(never);
    expect(made.reading('one')).toMatchObject({
      status: 'unknown',
      error: 'test source: no answer for it',
    });
  });

  it('is not changed by an answer that comes after the limit', async () => {
    let late: () => void = () => {};
    const slow: OpenSource<string> = {
      read: (_declarations, answer) =>
        new Promise((resolve) => {
          late = () => {
            answer('one', { pending: 0, claimed: 0 });
            resolve();
          };
        }),
    };
    const { made } = poller(() => empty, new ManualClock(), { source: slow, limit: 0.05 });
    await made.poll(never);
    late();
    expect(made.reading('one')).toMatchObject({ status: 'unknown' });
  });
});
