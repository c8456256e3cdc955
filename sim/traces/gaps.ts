import type { Seconds } from '../../pool/units.ts';

/** A time in which no task arrives. */
export interface Silence {
  /** Of the task that ends it, counted from 0. */
  readonly index: number;
  readonly duration: Seconds;
}

const hour: Seconds = 3600;
const day: Seconds = 24 * hour;

/** No shorter silence is a gap. */
const shortestGap: Seconds = 15 * 60;
/** A silence of this length can be a night. */
const night = { from: 4 * hour, to: 16 * hour };
/** From Friday evening to Tuesday morning: a weekend with a holiday. */
const longestWeekend: Seconds = 90 * hour;
/** A silence stands out if it is so many times as long as the next shorter one ... */
const timesNext = 4;
/** ... and that much longer than it, in mean excesses of the silences that follow. */
const excesses = 10;
/** Next shorter silences that the excess is a mean of; with fewer than the least, nothing stands out. */
const compared = { most: 20, least: 10 };
/** As many that stand out and are alike are no rhythm yet, however short the trace. */
const rare = 3;

/**
 * The times without arrivals that a trace's own rhythm does not explain: a recorder was down, or rows
 * are lost. Longest first. Such a time is longer than 15 minutes and stands out from the other
 * silences: at least 4 times as long as the next shorter one, and longer by 10 mean excesses of the
 * 20 that follow it. (The excess over a threshold has a steady mean where silences come at random, so
 * the longest of a thousand is about seven mean excesses long: Balkema and de Haan 1974, Pickands
 * 1975.) Not a gap is what stands out and
 * - comes back: more often than every second day and than three times, each less than 4 times as
 *   long as another; or
 * - is a night, or a weekend of at most 90 h: nights of 4 to 16 h are silent at least every second
 *   day. In a trace of under two days one night is enough.
 *
 * @param arrivals ascending
 */
export function findGaps(arrivals: readonly Seconds[]): readonly Silence[] {
  const span = (arrivals.at(-1) ?? 0) - (arrivals[0] ?? 0);
  const outstanding = outstandingSilences(silencesOf(arrivals));
  const days = span / day;
  const nights = outstanding.filter(
    ({ duration }) => duration >= night.from && duration <= night.to,
  );
  const nightsAreQuiet = nights.length >= Math.max(1, Math.floor(days / 2));
  return outstanding.filter(({ duration }) => {
    if (nightsAreQuiet && duration >= night.from && duration <= longestWeekend) return false;
    const alike = outstanding.filter(
      (other) => other.duration < timesNext * duration && duration < timesNext * other.duration,
    );
    return alike.length <= Math.max(rare, days / 2);
  });
}

/** The longest time without an arrival; null: there are fewer than two tasks. */
export function longestSilence(arrivals: readonly Seconds[]): Silence | null {
  let longest: Silence | null = null;
  for (let index = 1; index < arrivals.length; index++) {
    const duration = arrivals[index]! - arrivals[index - 1]!;
    if (longest === null || duration > longest.duration) longest = { index, duration };
  }
  return longest;
}

/** Longest first. */
function silencesOf(arrivals: readonly Seconds[]): readonly Silence[] {
  const silences: Silence[] = [];
  for (let index = 1; index < arrivals.length; index++) {
    silences.push({ index, duration: arrivals[index]! - arrivals[index - 1]! });
  }
  return silences.sort((a, b) => b.duration - a.duration || a.index - b.index);
}

/** All down to the last one that stands out from those after it. */
function outstandingSilences(silences: readonly Silence[]): readonly Silence[] {
  let count = 0;
  for (let place = 0; place < silences.length; place++) {
    const { duration } = silences[place]!;
    if (duration <= shortestGap) break;
    if (standsOut(duration, silences.slice(place + 1, place + 2 + compared.most)))
      count = place + 1;
  }
  return silences.slice(0, count);
}

/** @param next the next shorter ones, longest first */
function standsOut(duration: Seconds, next: readonly Silence[]): boolean {
  if (next.length < compared.least) return false;
  const longest = next[0]!.duration;
  const threshold = next.at(-1)!.duration;
  const above = next.slice(0, -1);
  const excess = above.reduce((sum, one) => sum + one.duration - threshold, 0) / above.length;
  return duration >= timesNext * longest && duration >= longest + excesses * excess;
}
