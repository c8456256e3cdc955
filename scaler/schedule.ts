import { Cron } from 'croner';
import type { ScheduledMinimum } from '../pool/pool.ts';
import type { Slots, UnixSeconds } from '../pool/units.ts';

/**
 * The minimum that a schedule sets at a time: the largest of the entries that hold. An entry holds
 * from each time that its cron expression names, in its time zone, for as long as it lasts.
 */
export function scheduledMinimum(schedule: readonly ScheduledMinimum[], at: UnixSeconds): Slots {
  let min = 0;
  for (const entry of schedule) {
    if (entry.min > min && holds(entry, at)) min = entry.min;
  }
  return min;
}

function holds(entry: ScheduledMinimum, at: UnixSeconds): boolean {
  const { cron, timeZone, duration } = entry;
  const known = answers.get(entry);
  if (known && at >= known.from && at < known.until) return known.holds;
  // The first start after the moment that lies one duration back: has it come by now?
  const run = cronOf(cron, timeZone).nextRun(new Date((at - duration) * 1000));
  const start = run === null ? Number.POSITIVE_INFINITY : run.getTime() / 1000;
  const answer =
    start <= at
      ? { holds: true, from: at, until: start + duration }
      : { holds: false, from: at, until: start };
  answers.set(entry, answer);
  return answer.holds;
}

/** An answer stands until the entry ends or starts: a time zone's calendar is slow to ask. */
interface Answer {
  readonly holds: boolean;
  readonly from: UnixSeconds;
  readonly until: UnixSeconds;
}

const answers = new WeakMap<ScheduledMinimum, Answer>();

const crons = new Map<string, Cron>();

function cronOf(expression: string, timeZone: string): Cron {
  const key = `${timeZone} ${expression}`;
  const known = crons.get(key) ?? new Cron(expression, { timezone: timeZone, paused: true });
  crons.set(key, known);
  return known;
}
