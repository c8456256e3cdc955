import type { UnixSeconds } from '../pool/units.ts';

/** Something that will happen. Setting `cancelled` keeps it from happening. */
export interface ScheduledEvent {
  readonly at: UnixSeconds;
  /** Events of the same time happen in the order in which they were added. */
  readonly sequence: number;
  readonly happen: () => void;
  cancelled: boolean;
}

/** Events ordered by time: a binary heap in an array. */
export class EventQueue {
  private readonly heap: ScheduledEvent[] = [];
  private added = 0;

  add(at: UnixSeconds, happen: () => void): ScheduledEvent {
    const event: ScheduledEvent = { at, sequence: this.added++, happen, cancelled: false };
    this.heap.push(event);
    this.rise(this.heap.length - 1);
    return event;
  }

  /** Takes the next event that is not cancelled and is due by `until`; null: there is none. */
  take(until: UnixSeconds): ScheduledEvent | null {
    for (let first = this.heap[0]; first; first = this.heap[0]) {
      if (!first.cancelled && first.at > until) return null;
      const last = this.heap.pop()!;
      if (this.heap.length > 0) {
        this.heap[0] = last;
        this.sink(0);
      }
      if (!first.cancelled) return first;
    }
    return null;
  }

  private rise(start: number): void {
    const event = this.heap[start]!;
    let index = start;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!isBefore(event, this.heap[parent]!)) break;
      this.heap[index] = this.heap[parent]!;
      index = parent;
    }
    this.heap[index] = event;
  }

  private sink(start: number): void {
    const event = this.heap[start]!;
    let index = start;
    for (let child = 1; child < this.heap.length; child = 2 * index + 1) {
      const right = child + 1;
      if (right < this.heap.length && isBefore(this.heap[right]!, this.heap[child]!)) child = right;
      if (!isBefore(this.heap[child]!, event)) break;
      this.heap[index] = this.heap[child]!;
      index = child;
    }
    this.heap[index] = event;
  }
}

function isBefore(one: ScheduledEvent, other: ScheduledEvent): boolean {
  return one.at < other.at || (one.at === other.at && one.sequence < other.sequence);
}
