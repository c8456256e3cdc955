/**
 * Durations, sizes and prices as people write them. Nothing is rounded: text that would lose
 * something, or that could be read in two ways, is refused with the way to write it.
 */
import type { Gibibytes, Seconds, UsdPerHour } from './units.ts';

/** What text stands for, or what is wrong with it and how to write it. */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: string };

const durationUnits = [
  { unit: 'd', seconds: 86_400, below: Number.POSITIVE_INFINITY },
  { unit: 'h', seconds: 3_600, below: 24 },
  { unit: 'm', seconds: 60, below: 60 },
  { unit: 's', seconds: 1, below: 60 },
] as const;

/** What people write for a unit when they do not write the unit. */
const durationWords: Readonly<Record<string, string>> = {
  ...{ sec: 's', secs: 's', second: 's', seconds: 's', S: 's' },
  ...{ min: 'm', mins: 'm', minute: 'm', minutes: 'm', M: 'm' },
  ...{ hr: 'h', hrs: 'h', hour: 'h', hours: 'h', H: 'h', day: 'd', days: 'd', D: 'd' },
};

const longestDuration: Seconds = 3_650 * 86_400;

/** `90s`, `5m`, `1h30m`, `2d`: whole d, h, m and s, large to small, each at most once; up to 3650d. */
export function parseDuration(text: string): Parsed<Seconds> {
  const parts = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(text)?.slice(1);
  if (!parts || text === '') return refused(durationProblem(text));
  if (parts.some((part) => part !== undefined && /^0\d/.test(part))) {
    return refused('a number starts with a superfluous 0');
  }
  let total = 0;
  let carries = false;
  for (const [index, { seconds, below }] of durationUnits.entries()) {
    const count = parts[index] === undefined ? 0 : Number(parts[index]);
    carries ||= total > 0 && count >= below;
    total += count * seconds;
  }
  if (total > longestDuration) return refused(`allowed: at most ${printDuration(longestDuration)}`);
  if (carries) return refused(`a part is worth more than its unit; write ${printDuration(total)}`);
  return { ok: true, value: total };
}

function durationProblem(text: string): string {
  if (/^\d+$/.test(text)) return `a bare number; a duration needs a unit: ${text}s`;
  if (/\d[.,]\d/.test(text)) return 'no fractions; write 1h30m, not 1.5h';
  for (const [, count = '', unit = ''] of text.matchAll(/(\d+)\s*([\p{L}_]+)/gu)) {
    if (durationUnits.some((known) => known.unit === unit)) continue;
    const meant = Object.hasOwn(durationWords, unit) ? durationWords[unit] : undefined;
    const fix = meant ? `; did you mean ${count}${meant}?` : `, such as ${count}s`;
    return `unknown unit ${JSON.stringify(unit)}; allowed: d, h, m, s${fix}`;
  }
  return 'allowed: a duration such as 90s, 5m, 1h30m or 2d (units from large to small, no spaces)';
}

/** Whole seconds as the shortest text that {@link parseDuration} reads back. */
export function printDuration(duration: Seconds): string {
  let rest = duration;
  let text = '';
  for (const { unit, seconds } of durationUnits) {
    const count = Math.floor(rest / seconds);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * seconds;
  }
  return text || '0s';
}

/** `20GiB`, `1TiB`: whole binary units, as EC2 counts volume sizes; up to 1048576 GiB. */
export function parseSize(text: string): Parsed<Gibibytes> {
  const [, count, unit] = /^(0|[1-9]\d{0,6})(GiB|TiB)$/.exec(text) ?? [];
  if (count === undefined) return refused(sizeProblem(text));
  const value = Number(count) * (unit === 'TiB' ? 1024 : 1);
  return value > 1_048_576 ? refused('allowed: at most 1024TiB') : { ok: true, value };
}

function sizeProblem(text: string): string {
  if (/^\d+$/.test(text)) return `a bare number; a size needs a unit: ${text}GiB`;
  if (/^\d+[.,]\d+/.test(text)) return 'no fractions; write 1536GiB, not 1.5TiB';
  const [, count, unit = ''] = /^(\d+)\s*([\p{L}]+)$/u.exec(text) ?? [];
  if (count === undefined) return 'allowed: a size such as 20GiB or 1TiB';
  const meant = /^[gt]/i.test(unit) ? `${unit[0]?.toUpperCase()}iB` : null;
  const fix = meant ? `; did you mean ${count}${meant}?` : '';
  return meant === unit
    ? `allowed: a size such as ${count}${unit} (no spaces)`
    : `unknown unit ${JSON.stringify(unit)}; allowed: GiB, TiB (1GiB is 1024^3 bytes)${fix}`;
}

/** Whole gibibytes as text that {@link parseSize} reads back. */
export function printSize(size: Gibibytes): string {
  return size > 0 && size % 1024 === 0 ? `${size / 1024}TiB` : `${size}GiB`;
}

/** `0.30`: US dollars, without a sign, with at most 6 decimals (as many as EC2 prices have). */
export function parsePrice(text: string): Parsed<UsdPerHour> {
  if (/^(0|[1-9]\d{0,5})(\.\d{1,6})?$/.test(text)) return { ok: true, value: Number(text) };
  if (/^\d+\.\d{7,}$/.test(text)) return refused('more than 6 decimals; EC2 prices have at most 6');
  const bare = text.replace(/[$\s]|USD|\/h(our)?$/g, '');
  const fix = bare !== text && parsePrice(bare).ok ? `; did you mean ${bare}?` : '';
  return refused(`allowed: USD per instance-hour such as 0.30${fix}`);
}

/** A price of at most 6 decimals as text that {@link parsePrice} reads back. */
export function printPrice(price: UsdPerHour): string {
  return price.toFixed(6).replace(/\.?0+$/, '');
}

function refused(problem: string): { ok: false; problem: string } {
  return { ok: false, problem };
}
