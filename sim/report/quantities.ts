/** Quantities as text for people. What is not finite is a dash: there was nothing to measure. */
import type { Seconds, UnixSeconds } from '../../pool/units.ts';

export const absent = '–';

/** `1,234.5`; digits after the point are kept even when they are zero. */
export function decimal(value: number, digits = 0): string {
  if (!Number.isFinite(value)) return absent;
  return value.toLocaleString('en-US', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}

/** Cents below 100 USD, whole dollars above. */
export function usd(value: number): string {
  return decimal(value, Math.abs(value) < 100 ? 2 : 0);
}

export function percent(share: number): string {
  return Number.isFinite(share) ? `${decimal(100 * share, 1)} %` : absent;
}

/** A wait, in a unit that needs few digits: `2.4 s`, `157 s`, `12.5 min`, `3 h`. */
export function duration(seconds: Seconds): string {
  if (!Number.isFinite(seconds)) return absent;
  const [size, unit] = unitFor(seconds);
  const value = seconds / size;
  return `${decimal(value, Number.isInteger(value) || value >= 100 ? 0 : 1)} ${unit}`;
}

function unitFor(seconds: Seconds): readonly [Seconds, string] {
  if (seconds <= 600) return [1, 's'];
  return seconds < 2 * 3600 ? [60, 'min'] : [3600, 'h'];
}

/** A length of time that is chosen, not measured, in the largest unit that divides it: `30 min`, `1 day`. */
export function span(seconds: Seconds): string {
  if (seconds > 0 && seconds % 86_400 === 0) return count(seconds / 86_400, 'day');
  if (seconds > 0 && seconds % 3600 === 0) return `${decimal(seconds / 3600)} h`;
  return seconds > 0 && seconds % 60 === 0 ? `${decimal(seconds / 60)} min` : duration(seconds);
}

/** `2023-03-06 00:10`, in UTC. */
export function minute(at: UnixSeconds): string {
  return new Date(at * 1000).toISOString().slice(0, 16).replace('T', ' ');
}

/** For an axis: the day where one begins, else the time of day; UTC. */
export function tickTime(at: UnixSeconds): string {
  const date = new Date(at * 1000);
  if (at % 86_400 !== 0) return date.toISOString().slice(11, 16);
  return date.toLocaleDateString('en-US', { month: 'short', day: 'numeric', timeZone: 'UTC' });
}

/** `1 policy`, `2 policies`. */
export function count(number: number, one: string, several = `${one}s`): string {
  return `${decimal(number)} ${number === 1 ? one : several}`;
}
