import type { Seconds, Slots, UnixSeconds } from '../../pool/units.ts';
import { type BootTimes, bootTimeOf, readiness } from './boot-times.ts';
import { soonestBootShare } from './constants.ts';
import type { Cohort } from './memory.ts';

/** What can serve the queue without starting anything more. */
export interface Supply {
  /** Slots that could take a task now. */
  readonly free: Slots;
  /** Slots that run a task now. */
  readonly busy: Slots;
  /** Slots on their way, and since when. */
  readonly coming: readonly { readonly age: Seconds; readonly slots: Slots }[];
}

export interface DemandBasis {
  readonly at: UnixSeconds;
  /** Pending tasks, oldest first. */
  readonly waiting: readonly Cohort[];
  /** The oldest task should start within this. */
  readonly wait: Seconds;
  /** How long a slot in use stays so, on average. */
  readonly slotTime: Seconds;
  /** What boots take; shortest first, at least one. */
  readonly boots: BootTimes;
  /** Slots are asked for as if this share more tasks waited. */
  readonly margin: number;
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
 * The least slots to ask for now so that every task that is due within `horizon` may be expected to
 * start in time.
 *
 * A task that arrived at time a is due at d = a + wait. P(t | age) is the share of boots that are done
 * within t, of those that took longer than the boot's age, and T(t | age) the time that is then left
 * of t, on average. With S the time that a slot stays in use, slots come free at the rate 1/S each
 * (Little's law), so by time t from now
 *
 *     m(t) = ((busy + free) t + sum over coming slots of T(t | age)) / S     come free, expected
 *     starts(t) = free + sum over coming slots of P(t | age) + sure(m(t))
 *
 * where sure(m) = m - sqrt(m): completions are taken for a Poisson count, and all but one standard
 * deviation of it is relied upon. A slot asked for now adds P(t | 0) starts and comes free
 * T(t | 0) / S times. Tasks start in the order in which they came, so for each task i, in that order,
 * the starts by max(d_i, B) must be at least i (1 + margin), with B the time in which three of four
 * boots are done: a task due before B is then as little late as can be.
 *
 * A task due later than `horizon` is left to a later decision: until then slots may come free.
 */
export function slotsToRequest(basis: DemandBasis, supply: Supply, horizon: Seconds): Demand {
  const { at, waiting, wait, slotTime, boots, margin } = basis;
  const soonest = bootTimeOf(boots, soonestBootShare);
  let tasks = 0;
  let slots = 0;
  let late = 0;
  let total = 0;
  for (const cohort of waiting) {
    total += cohort.tasks;
    const due = cohort.arrivedAt + wait - at;
    if (due > horizon) continue;
    tasks += cohort.tasks;
    if (due < soonest) {
      const starts = startsBy(Math.max(0, due), supply, basis);
      late += Math.min(cohort.tasks, Math.max(0, tasks - starts.slots - sure(starts.freed)));
    }
    const start = Math.max(due, soonest);
    const starts = startsBy(start, supply, basis);
    const short = (1 + margin) * tasks - starts.slots;
    const { share, time } = readiness(boots, start, 0);
    slots = Math.max(slots, slotsFor(short, starts.freed, share, time / slotTime));
  }
  // To the nearest: half a task more or less is within what is not known. Beside what is on its way only
  // whole slots count, or a half that was left out would be asked for at the next look.
  const coming = supply.coming.some((some) => some.slots > 0);
  const whole = coming ? Math.floor(slots + 1e-9) : Math.round(slots);
  return { slots: whole, absorbed: Math.max(0, total - whole), late: wholeUp(late) };
}

/** Rounds up, with a tolerance, so that 3.0000000001 slots are three. */
function wholeUp(amount: number): number {
  return Math.max(0, Math.ceil(amount - 1e-9));
}

/** What starts by `time` from now: one task for each slot there is by then, and those that follow. */
function startsBy(time: Seconds, supply: Supply, { boots, slotTime }: DemandBasis) {
  let slots = supply.free;
  let slotSeconds = (supply.free + supply.busy) * time;
  for (const coming of supply.coming) {
    const ready = readiness(boots, time, coming.age);
    slots += coming.slots * ready.share;
    slotSeconds += coming.slots * ready.time;
  }
  return { slots, freed: slotSeconds / slotTime };
}

/** How many of the slots expected to come free can be relied upon. */
function sure(expected: number): number {
  return Math.max(0, expected - Math.sqrt(expected));
}

/**
 * The least x >= 0 with share x + sure(freed + each x) >= short: a slot is ready with probability
 * `share`, and comes free `each` times. With u = sqrt(freed + each x) this is
 * u^2 (1 + share / each) - u = short + freed share / each.
 */
function slotsFor(short: number, freed: number, share: number, each: number): Slots {
  if (short - sure(freed) <= 0) return 0;
  // Smaller than that it is lost in rounding, and so would be the answer.
  if (!(each > 1e-9)) return (short - sure(freed)) / share;
  const square = 1 + share / each;
  const root = (1 + Math.sqrt(1 + 4 * square * (short + (share * freed) / each))) / (2 * square);
  return Math.max(0, Math.min(short / share, (root * root - freed) / each));
}
