/** Whether a schedule can be read: the form of its times and its time zone. */
import { Cron } from 'croner';
import { rejected, showValue } from './finding.ts';
import { nearest, suggestion } from './nearest.ts';

const cronForm = 'minute, hour, day of month, month and day of week, such as 0 7 * * 1-5';

/** Numbers, names of months and days, and `* , - /`: what every cron reads alike. */
const fieldsPattern = /^[0-9A-Za-z*,/-]+( [0-9A-Za-z*,/-]+){4}$/;

/** What is wrong with a cron expression; null: nothing is. */
export function cronProblem(text: string): string | null {
  if (!fieldsPattern.test(text)) return rejected(text, cronForm);
  try {
    const cron = new Cron(text, { timezone: 'UTC', paused: true });
    if (cron.nextRun(new Date(0)) !== null) return null;
    return `got ${showValue(text)}, which names no time; allowed: ${cronForm}`;
  } catch (error) {
    const why = String(error instanceof Error ? error.message : error).replace('CronPattern: ', '');
    return `got ${showValue(text)}: ${why}; allowed: ${cronForm}`;
  }
}

const timeZoneForm = 'a time zone such as Europe/Berlin, or UTC';

/** What is wrong with the IANA name of a time zone; null: nothing is. */
export function timeZoneProblem(text: string): string | null {
  const known = ['UTC', ...Intl.supportedValuesOf('timeZone')];
  // Some runtimes take offsets too, which know no daylight saving.
  if (/^[A-Za-z]/.test(text) && isTimeZone(text)) return null;
  return rejected(text, timeZoneForm, suggestion(nearest(text, known)));
}

function isTimeZone(text: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }) !== null;
  } catch {
    return false;
  }
}
