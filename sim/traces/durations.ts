import type { Seconds, UnixSeconds } from '../../pool/units.ts';

const units = [
  { name: 'days', seconds: 86_400 },
  { name: 'h', seconds: 3_600 },
  { name: 'min', seconds: 60 },
] as const;

/** A length of time for people, to one decimal of the largest unit that it has twice: `2.5 h`. */
export function showDuration(duration: Seconds): string {
  const unit = units.find(({ seconds }) => duration >= 2 * seconds);
  return unit
    ? `${(duration / unit.seconds).toFixed(1)} ${unit.name}`
    : `${Math.round(duration)} s`;
}

/** `2023-03-06T00:00:00Z`, to the second. */
export function showTime(time: UnixSeconds): string {
  return new Date(Math.round(time) * 1000).toISOString().replace('.000Z', 'Z');
}
