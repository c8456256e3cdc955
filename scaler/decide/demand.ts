import type { Seconds, Slots, UnixSeconds } from '../../pool/units.ts';
import type { Cohort } from './memory.ts';

/** What can serve the queue without starting anything more. */
export interface Supply {
  /** Slots that could take a task now. */
  readonly free: Slots;
  /** Slots that run a task now. */
  readonly busy: Slots;
  /** Slots on their way, and when they are expected. */
  readonly coming: readonly { readonly readyIn: Seconds; readonly slots: Slots }[];
}

export interface DemandBasis {
  readonly at: UnixSeconds;
  /** Pending tasks, oldest first. */
  readonly waiting: readonly Cohort[];
  /** The oldest task should start within this. */
  readonly wait: Seconds;
  readonly taskDuration: Seconds;
  /** Time from asking for a worker to its first task. */
  readonly bootTime: Seconds;
}

export interface Demand {
  /** Slots to ask for on top of the supply. */
  readonly slots: Slots;
  /** Tasks that start no later for being left to the supply. */
  readonly absorbed: number;
  /** Tasks that will start late whatever is asked for now. */
  readonly late: number;
}

/**
 * The least slots to ask for now so that every task that is due within `horizon` starts in time.
 *
 * A task that arrived at time a is due at d = a + wait. With S the mean task duration, slots in use
 * come free at the rate 1/S each (Little's law), so by time t from now
 *
 *     m(t) = (busy t + free t + sum over coming slots with r <= t of (t - r)) / S   come free, expected
 *     starts(t) = free + coming slots with r <= t + sure(m(t))
 *
 * where sure(m) = m - sqrt(m): completions are taken for a Poisson count, and all but one standard
 * deviation of it is relied upon. A slot asked for now adds 1 start at the boot time B and comes free
 * at the rate 1/S from then on. Tasks start in the order in which they came, so for each task i, in
 * that order, the starts by max(d_i, B) must be at least i: a task due before B can start no earlier
 * than B by anything done now, and is then as little late as can be.
 *
 * A task due later than `horizon` is left to a later decision: until then slots may come free.
 */
export function slotsToRequest(basis: DemandBasis, supply: Supply, horizon: Seconds): Demand {
  const { at, waiting, wait, taskDuration, bootTime } = basis;
  let tasks = 0;
  let slots = 0;
  let late = 0;
  let total = 0;
  for (const cohort of waiting) {
    total += cohort.tasks;
    const due = cohort.arrivedAt + wait - at;
    if (due > horizon) continue;
    tasks += cohort.tasks;
    if (due < bootTime) {
      const starts = startsBy(Math.max(0, due), supply, taskDuration);
      late += Math.min(cohort.tasks, Math.max(0, tasks - starts.slots - sure(starts.freed)));
    }
    const start = Math.max(due, bootTime);
    const starts = startsBy(start, supply, taskDuration);
    const short = tasks - starts.slots;
    slots = Math.max(slots, slotsFor(short, starts.freed, (start - bootTime) / taskDuration));
  }
  const whole = wholeUp(slots);
  return { slots: whole, absorbed: Math.max(0, total - whole), late: wholeUp(late) };
}

/** Rounds up, with a tolerance, so that 3.0000000001 slots are three. */
function wholeUp(amount: number): number {
  return Math.max(0, Math.ceil(amount - 1e-9));
}

/** What starts by `time` from now: one task for each slot there is by then, and those that follow. */
function startsBy(time: Seconds, supply: Supply, taskDuration: Seconds) {
  let slots = supply.free;
  let slotSeconds = (supply.free + supply.busy) * time;
  for (const coming of supply.coming) {
    if (coming.readyIn > time) continue;
    slots += coming.slots;
    slotSeconds += coming.slots * (time - coming.readyIn);
  }
  return { slots, freed: slotSeconds / taskDuration };
}

/** How many of the slots expected to come free can be relied upon. */
function sure(expected: number): number {
  return Math.max(0, expected - Math.sqrt(expected));
}

/**
 * The least x >= 0 with x + sure(freed + x each) >= short, where each slot is expected to come free
 * `each` times. With u = sqrt(freed + x each) this is u^2 (1 + 1/each) - u = short + freed / each.
 */
function slotsFor(short: number, freed: number, each: number): Slots {
  if (short - sure(freed) <= 0) return 0;
  if (!(each > 0)) return short - sure(freed);
  const square = 1 + 1 / each;
  const root = (1 + Math.sqrt(1 + 4 * square * (short + freed / each))) / (2 * square);
  return Math.max(0, Math.min(short, (root * root - freed) / each));
}
