import { describe, expect, it } from 'vitest';
import { emptyMemory } from '../../scaler/decide/empty-memory.ts';
import { EventInbox } from '../../scaler/event-inbox.ts';
import type { EventPort, FleetEvent, State } from '../../scaler/ports.ts';
import { VirtualClock } from '../../sim/virtual-clock.ts';
import { aWorkerMemory } from '../decide/situations.ts';

const start = 1_700_000_000;
const region = 'eu-west-1';

/** Keeps what it is told to settle, and hands over what a test tells it. */
class Port implements EventPort {
  readonly settled: string[] = [];
  tell: (events: readonly FleetEvent[]) => void = () => {};

  async listen(hear: (events: readonly FleetEvent[]) => void): Promise<void> {
    this.tell = hear;
  }

  async settle(events: readonly FleetEvent[]): Promise<void> {
    this.settled.push(...events.map(({ id }) => id));
  }
}

const state: State = {
  memories: {
    linux: {
      ...emptyMemory,
      workers: {
        'i-1': aWorkerMemory(),
        'i-2': aWorkerMemory(),
        'i-ended': aWorkerMemory({ ended: true }),
        'i-advised': aWorkerMemory({ warning: { at: start - 10, kind: 'rebalance' } }),
      },
    },
  },
  last: {},
  launched: [],
};

const of = (instanceId: string, kind: 'interruption' | 'rebalance' | 'ending', at = start) => ({
  ...{ id: `${instanceId} ${kind}`, region, at, kind, instanceId },
});

async function listening() {
  const clock = new VirtualClock(start);
  const port = new Port();
  const inbox = new EventInbox(port, clock, state);
  const stop = new AbortController();
  await inbox.listen(stop.signal);
  /** When the wait for the next iteration, 30 s after the last one's start, is over. */
  const wokenAt = async (lastStart = start - 20): Promise<number> => {
    let at = Number.NaN;
    const slept = inbox.sleep(lastStart, lastStart + 30, stop.signal).then(() => {
      at = clock.now() - start;
    });
    await clock.run(start + 100, stop.signal);
    await slept;
    return at;
  };
  return { clock, port, inbox, stop, wokenAt };
}

describe('the inbox of events', () => {
  it.each([
    ['a notice', of('i-1', 'interruption'), 3.5],
    ['advice', of('i-1', 'rebalance'), 3.5],
    ['an end that was not asked for', of('i-1', 'ending'), 3.5],
    ['a notice after advice', of('i-advised', 'interruption'), 3.5],
    ['advice again', of('i-advised', 'rebalance'), 10],
    ['an end that was', of('i-ended', 'ending'), 10],
    ['a notice of an instance that nobody knows', of('i-9', 'interruption'), 10],
  ])('wakes the loop for %s or not: %s, after %d s', async (_, event, expected) => {
    const { clock, port, wokenAt } = await listening();
    clock.at(start + 3, () => port.tell([event]));
    expect(await wokenAt()).toBe(expected);
  });

  it('wakes the loop for a launch that failed', async () => {
    const { clock, port, wokenAt } = await listening();
    const failure = { instanceType: null, zone: null, cause: 'quota' } as const;
    const failed = { id: 'f', region, at: start, kind: 'launch-failed', group: 'g' } as const;
    clock.at(start + 3, () => port.tell([{ ...failed, ...failure }]));
    expect(await wokenAt()).toBe(3.5);
  });

  it('goes on at once where something came during the iteration, two seconds from its start', async () => {
    const { port, wokenAt } = await listening();
    port.tell([of('i-1', 'interruption')]);
    expect(await wokenAt(start - 0.25)).toBe(1.75);
  });

  it('never sleeps longer than until the next iteration is due', async () => {
    const { clock, port, wokenAt } = await listening();
    clock.at(start + 9.9, () => port.tell([of('i-1', 'interruption')]));
    expect(await wokenAt()).toBe(10);
  });

  it('sleeps on for news that were taken', async () => {
    const { port, inbox, wokenAt } = await listening();
    port.tell([of('i-1', 'interruption')]);
    expect(inbox.take()).toHaveLength(1);
    expect(await wokenAt()).toBe(10);
  });

  it('tells an event until the state that holds it is saved', async () => {
    const { port, inbox, stop } = await listening();
    const events = [of('i-1', 'interruption'), of('i-2', 'rebalance')];
    port.tell(events);
    expect(inbox.take()).toEqual(events);
    expect(inbox.take()).toEqual(events);
    expect(port.settled).toEqual([]);
    await inbox.settle(events.slice(0, 1), stop.signal);
    expect(inbox.take()).toEqual(events.slice(1));
    expect(port.settled).toEqual(['i-1 interruption']);
  });

  it('settles at once what concerns nobody it knows, but tells it once more', async () => {
    const { port, inbox } = await listening();
    port.tell([of('i-9', 'interruption'), of('i-1', 'interruption')]);
    expect(port.settled).toEqual(['i-9 interruption']);
    expect(inbox.take()).toHaveLength(2);
  });

  it('forgets what is older than ten minutes, and the oldest of very many', async () => {
    const { clock, port, inbox, stop } = await listening();
    port.tell([of('i-1', 'interruption', start), of('i-2', 'interruption', start + 5)]);
    await clock.run(start + 601, stop.signal);
    expect(inbox.take()).toEqual([of('i-2', 'interruption', start + 5)]);
    port.tell(
      Array.from({ length: 6_000 }, (_, index) => of(`i-x${index}`, 'ending', start + 600)),
    );
    expect(inbox.take()).toHaveLength(5_000);
  });

  it('ends its sleep when it is to stop', async () => {
    const { clock, inbox, stop } = await listening();
    const slept = inbox.sleep(start, start + 30, stop.signal);
    stop.abort();
    await slept;
    expect(clock.now()).toBe(start);
  });
});
