import type { Seconds, UnixSeconds } from '../../pool/units.ts';
import type { Offering } from './observation.ts';

/** Why an offering, or a whole group, is left alone for a while. */
export type RefusalCause = 'no-capacity' | 'price-rejected' | 'interrupted' | 'quota';

/** One refusal that is remembered. */
export interface Refusal {
  readonly cause: RefusalCause;
  readonly at: UnixSeconds;
  /** It counts until then. */
  readonly until: UnixSeconds;
  /** Refusals in a row; each doubles the time for which the next one counts. */
  readonly times: number;
}

/** By offering key; an expired one is kept while it still makes the next one longer. */
export type Refusals = Readonly<Record<string, Refusal>>;

/** Karpenter leaves an offering without capacity alone for 3 minutes (pkg/cache/cache.go). */
const firstBackOff: Seconds = 180;
const longestBackOff: Seconds = 3_600;

/** The key of an offering, or of all zones of a type, or of a whole group, in the memory. */
export function offeringKey({
  region,
  market,
  instanceType,
  zone,
}: {
  readonly region: string;
  readonly market: Offering['market'];
  readonly instanceType: string | null;
  readonly zone: string | null;
}): string {
  return `${region}/${market}/${instanceType ?? '*'}/${zone ?? '*'}`;
}

/**
 * Adds a refusal: 3 minutes the first time, twice as long each time it happens again before it has
 * been forgotten, at most an hour. `atLeast` makes it longer, as the interruption breaker does.
 */
export function addRefusal(
  refusals: Refusals,
  key: string,
  { cause, at }: Pick<Refusal, 'cause' | 'at'>,
  atLeast: Seconds = 0,
): Refusals {
  const before = refusals[key];
  if (before && at <= before.at) return refusals;
  const again = before !== undefined && at <= forgottenAt(before);
  // What is refused while it is being left alone is news of the same shortage, not a new one.
  const times = again ? before.times + (at > before.until ? 1 : 0) : 1;
  const backOff = Math.min(longestBackOff, firstBackOff * 2 ** (times - 1));
  const until = at + Math.max(backOff, atLeast);
  return { ...refusals, [key]: { cause, at, until, times } };
}

/** Drops what can no longer matter. */
export function forgetRefusals(refusals: Refusals, at: UnixSeconds): Refusals {
  const kept = Object.entries(refusals).filter(([, refusal]) => at <= forgottenAt(refusal));
  return kept.length === Object.keys(refusals).length ? refusals : Object.fromEntries(kept);
}

/**
 * Drops what said that an offering has no capacity, its own refusal and wider ones, once a worker of
 * it was launched after that. Interruptions stay: that one more came says nothing of how long it lasts.
 */
export function clearRefusals(
  refusals: Refusals,
  offering: OfferingPlace,
  launchedAt: UnixSeconds,
): Refusals {
  const keys = keysAbove(offering).filter((key) => {
    const refusal = refusals[key];
    return refusal !== undefined && refusal.cause !== 'interrupted' && refusal.at < launchedAt;
  });
  if (keys.length === 0) return refusals;
  return Object.fromEntries(Object.entries(refusals).filter(([key]) => !keys.includes(key)));
}

/** The refusals that count now for one type in one region and market. */
export interface PlaceRefusals {
  /** Of the type in every zone, or of all of its group. */
  readonly type: Refusal | null;
  readonly zones: ReadonlyMap<string, Refusal>;
}

/** A refusal that counts now, and what it is of. */
export interface ActiveRefusal {
  readonly place: ReturnType<typeof parseKey>;
  readonly refusal: Refusal;
}

/** The refusals that count now, in the order in which they are remembered. */
export function activeRefusals(refusals: Refusals, at: UnixSeconds): readonly ActiveRefusal[] {
  const active: ActiveRefusal[] = [];
  for (const key in refusals) {
    const refusal = refusals[key]!;
    if (at < refusal.until) active.push({ place: parseKey(key), refusal });
  }
  return active;
}

/** Those that keep a type, or some of its zones, from being used now; null: none. */
export function refusalsOfType(
  active: readonly ActiveRefusal[],
  { region, market, instanceType }: Omit<OfferingPlace, 'zone'>,
): PlaceRefusals | null {
  let type: Refusal | null = null;
  let zones: Map<string, Refusal> | null = null;
  for (const { place, refusal } of active) {
    if (place.region !== region || place.market !== market) continue;
    if (place.instanceType !== '*' && place.instanceType !== instanceType) continue;
    zones ??= new Map();
    if (place.zone === '*') type = refusal;
    else zones.set(place.zone, refusal);
  }
  return zones === null ? null : { type, zones };
}

function parseKey(key: string) {
  const [region, market, instanceType, zone] = key.split('/') as [string, string, string, string];
  return { region, market, instanceType, zone };
}

type OfferingPlace = Pick<Offering, 'region' | 'market' | 'instanceType' | 'zone'>;

/** An offering is refused by itself, with its type in every zone, with its zone, or with all of its group. */
function keysAbove(offering: OfferingPlace): string[] {
  return [
    offeringKey(offering),
    offeringKey({ ...offering, zone: null }),
    offeringKey({ ...offering, instanceType: null }),
    offeringKey({ ...offering, instanceType: null, zone: null }),
  ];
}

/** The count of refusals in a row is kept for as long again as the last one lasted. */
function forgottenAt({ at, until }: Refusal): UnixSeconds {
  return until + (until - at);
}
