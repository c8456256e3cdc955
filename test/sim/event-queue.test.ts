import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventQueue } from '../../sim/event-queue.ts';

function drain(queue: EventQueue, until = Number.POSITIVE_INFINITY): number[] {
  const times: number[] = [];
  for (let event = queue.take(until); event; event = queue.take(until)) {
    times.push(event.at);
    event.happen();
  }
  return times;
}

describe('the event queue', () => {
  it('gives events by time, those of the same time as they were added', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20)), (times) => {
        const queue = new EventQueue();
        const happened: number[] = [];
        times.forEach((time, index) => {
          queue.add(time, () => happened.push(index));
        });
        drain(queue);
        const expected = times.map((_, index) => index).sort((a, b) => times[a]! - times[b]!);
        expect(happened).toEqual(expected);
      }),
    );
  });

  it('keeps back what is not yet due, and forgets what was cancelled', () => {
    const queue = new EventQueue();
    const first = queue.add(1, () => {});
    queue.add(2, () => {});
    queue.add(3, () => {});
    first.cancelled = true;
    expect(drain(queue, 2)).toEqual([2]);
    expect(drain(queue)).toEqual([3]);
  });
});
