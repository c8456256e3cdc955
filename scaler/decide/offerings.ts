import type { InstanceChoice, SpotPriceRule } from '../../pool/pool.ts';
import type { UnixSeconds, UsdPerHour, Utility } from '../../pool/units.ts';
import { type CostBasis, costFactor, costOf, hourlyDisk } from './cost.ts';
import { type InterruptionRecord, interruptionRate } from './interruption-rate.ts';
import type { Memory } from './memory.ts';
import type { Observation, Offering, PoolPolicy } from './observation.ts';
import { declaredCap } from './price-cap.ts';
import type { RejectionCause } from './reason.ts';
import { type PlaceRefusals, refusalsOfType } from './refusals.ts';
import { correctedUtility } from './utility.ts';

/** What offerings are judged by. */
export interface OfferingBasis {
  readonly pool: PoolPolicy;
  readonly memory: Memory;
  readonly at: UnixSeconds;
}

/**
 * All offerings of a pool, judged. Kept in columns beside the observation's list, since a fleet may
 * have 200,000 of them and every decision judges them anew.
 */
export interface OfferingTable {
  readonly offerings: readonly Offering[];
  /** Expected USD per unit of finished work; NaN where the offering may not be used. */
  readonly costs: Float64Array;
  /** Why it may not be used, as an index of {@link rejectionCauses}. */
  readonly causes: Uint8Array;
  readonly types: readonly TypeOfferings[];
  /** Offerings by that index. */
  readonly rejections: Uint32Array;
}

/** The zones of one type in one region and market. */
export interface TypeOfferings {
  readonly choice: InstanceChoice;
  /** As the list writes it: the same string as that of its neighbours, so comparing is cheap. */
  readonly instanceType: string;
  readonly region: string;
  readonly market: Offering['market'];
  readonly utility: Utility;
  /** They stand between these places of the list, the second included. */
  readonly first: number;
  last: number;
  usable: number;
  priceSum: UsdPerHour;
  costSum: number;
  /** The largest cap that the pool declares for a usable one; infinite: none. */
  cap: UsdPerHour;
  /** What the cost of its zones has in common; the bucket is that of the one judged last. */
  readonly basis: CostBasis;
  readonly record: InterruptionRecord | undefined;
  bucket: number | null;
  costFactor: number;
  readonly diskPrice: UsdPerHour;
  /** What is left of the price: 1, or less the discount that on-demand has. */
  readonly priceShare: number;
  /** The spot price's rule; null: on-demand, which has none. */
  readonly priceRule: SpotPriceRule | null;
  readonly mayPassOnDemand: boolean;
  /** Why none of them may be used, as a code; 0: some may. */
  readonly refusedAll: number;
  readonly refusedZones: PlaceRefusals['zones'] | null;
}

/** Why an offering is not used, in the order of their codes; 0 stands for a usable one. */
export const rejectionCauses: readonly (RejectionCause | null)[] = [
  null,
  'no-price',
  'above-max-price',
  'market-not-allowed',
  'no-capacity',
  'price-rejected',
  'interrupted',
  'quota',
];

const codes = new Map(rejectionCauses.map((cause, code) => [cause, code]));
const noPrice = codes.get('no-price')!;
const aboveMaxPrice = codes.get('above-max-price')!;
const marketNotAllowed = codes.get('market-not-allowed')!;

/** Judges every offering once, in one pass. Offerings of other types than the pool's are left out. */
export function judgeOfferings(basis: OfferingBasis, { offerings }: Observation): OfferingTable {
  const costs = new Float64Array(offerings.length).fill(Number.NaN);
  const causes = new Uint8Array(offerings.length);
  const rejections = new Uint32Array(rejectionCauses.length);
  const types: TypeOfferings[] = [];
  const byChoice = new Map<string, TypeOfferings[]>();
  for (const choice of basis.pool.instances) byChoice.set(choice.type, []);
  let spot: TypeOfferings | null = null;
  let onDemand: TypeOfferings | null = null;
  for (let place = 0; place < offerings.length; place += 1) {
    const offering = offerings[place]!;
    const isSpot = offering.market === 'spot';
    let type: TypeOfferings | null = isSpot ? spot : onDemand;
    // Lists come type by type and region by region, so the one before is nearly always it.
    if (type === null || !isOf(type, offering)) {
      type = findType(basis, byChoice, types, offering, place);
      if (type === null) continue;
      if (isSpot) spot = type;
      else onDemand = type;
    }
    type.last = place;
    const code = judge(type, offering, costs, place);
    causes[place] = code;
    rejections[code] = rejections[code]! + 1;
  }
  return { offerings, costs, causes, types, rejections };
}

function isOf(type: TypeOfferings, offering: Offering): boolean {
  return type.instanceType === offering.instanceType && type.region === offering.region;
}

/** The type, region and market of an offering, opened when it is the first of them. */
function findType(
  basis: OfferingBasis,
  byChoice: ReadonlyMap<string, TypeOfferings[]>,
  types: TypeOfferings[],
  offering: Offering,
  place: number,
): TypeOfferings | null {
  const known = byChoice.get(offering.instanceType);
  if (known === undefined) return null;
  for (const type of known) {
    if (type.market === offering.market && type.region === offering.region) return type;
  }
  const choice =
    known[0]?.choice ?? basis.pool.instances.find(({ type }) => type === offering.instanceType)!;
  const type = openType(basis, choice, offering, place);
  known.push(type);
  types.push(type);
  return type;
}

function openType(
  { pool, memory, at }: OfferingBasis,
  choice: InstanceChoice,
  offering: Offering,
  place: number,
): TypeOfferings {
  const { market } = offering;
  const utility = correctedUtility(pool, choice, memory);
  const basis = costBasis({ pool, memory, at }, utility, offering);
  const refusals = refusalsOfType(memory.refusals, offering, at);
  const refused = refusals?.type ? codes.get(refusals.type.cause)! : 0;
  const rule = market === 'spot' && pool.market.kind === 'spot' ? pool.market.price : null;
  return {
    choice,
    instanceType: offering.instanceType,
    region: offering.region,
    market,
    utility,
    first: place,
    last: place,
    usable: 0,
    priceSum: 0,
    costSum: 0,
    cap: 0,
    basis,
    record: interruptionRecord(memory, offering),
    bucket: offering.interruptionBucket,
    costFactor: costFactor(basis),
    diskPrice: hourlyDisk(basis),
    priceShare: market === 'spot' ? 1 : 1 - choice.onDemandDiscount,
    priceRule: rule,
    mayPassOnDemand: rule === null || (rule.kind === 'cap' && rule.aboveOnDemand),
    refusedAll: marketAllowed(pool, market) ? refused : marketNotAllowed,
    refusedZones: refusals?.zones ?? null,
  };
}

function interruptionRecord(memory: Memory, offering: Offering): InterruptionRecord | undefined {
  return memory.interruptions[offering.region]?.[offering.instanceType];
}

/** What the cost of a type's zones is worked out from, but for their price. */
function costBasis(
  { pool, memory }: OfferingBasis,
  utility: Utility,
  offering: Offering,
): CostBasis {
  const spot = offering.market === 'spot';
  return {
    utility,
    disk: pool.disk.root + (pool.disk.data ?? 0),
    interruptionRate: spot
      ? interruptionRate(interruptionRecord(memory, offering), offering.interruptionBucket)
      : 0,
    taskDuration: memory.taskDuration.mean,
    bootTime: memory.bootTime.mean,
    lifetime: memory.lifetime.mean,
  };
}

/** Adds one offering to its type, or says why it may not be used. */
function judge(
  type: TypeOfferings,
  offering: Offering,
  costs: Float64Array,
  place: number,
): number {
  if (type.refusedAll === marketNotAllowed) return marketNotAllowed;
  const listed = offering.price;
  if (listed === null || !(listed > 0) || listed === Number.POSITIVE_INFINITY) return noPrice;
  const price = listed * type.priceShare;
  let cap = Number.POSITIVE_INFINITY;
  if (type.priceRule !== null) {
    const { meanPrice, onDemandPrice } = offering;
    cap = declaredCap(type.priceRule, price, type.utility, meanPrice, type.choice.maxPrice);
    if (price > cap) return aboveMaxPrice;
    if (!type.mayPassOnDemand && onDemandPrice !== null && price > onDemandPrice) {
      return aboveMaxPrice;
    }
  }
  if (type.refusedAll !== 0) return type.refusedAll;
  if (type.refusedZones !== null) {
    const refusal = type.refusedZones.get(offering.zone);
    if (refusal !== undefined) return codes.get(refusal.cause)!;
  }
  if (offering.interruptionBucket !== type.bucket) rejudge(type, offering);
  const cost = costOf(price, type.diskPrice, type.costFactor);
  costs[place] = cost;
  type.usable += 1;
  type.priceSum += price;
  type.costSum += cost;
  if (cap > type.cap) type.cap = cap;
  return 0;
}

/** A zone whose published interruption frequency is another than its neighbour's. */
function rejudge(type: TypeOfferings, { interruptionBucket }: Offering): void {
  type.bucket = interruptionBucket;
  if (type.market === 'on-demand') return;
  const rate = interruptionRate(type.record, interruptionBucket);
  type.costFactor = costFactor({ ...type.basis, interruptionRate: rate });
}

/** What an hour costs: the offering's price, less the discount that on-demand has. */
export function priceOf(choice: InstanceChoice, { market, price }: Offering): UsdPerHour | null {
  if (price === null || market === 'spot') return price;
  return price * (1 - choice.onDemandDiscount);
}

/** Whether a pool may use a market at all. */
function marketAllowed({ market: policy }: PoolPolicy, market: Offering['market']): boolean {
  if (policy.kind === 'on-demand') return market === 'on-demand';
  if (market === 'spot') return policy.onDemandShare < 1;
  return policy.onDemandAfter !== null || policy.onDemandBase > 0 || policy.onDemandShare > 0;
}

/** USD per hour of a worker's own offering, or of its type's cheapest zone; null: not known. */
export function workerPrice(
  { types, offerings }: OfferingTable,
  worker: { readonly instanceType: string; readonly zone: string },
  place: Pick<Offering, 'region' | 'market'>,
): { readonly price: UsdPerHour; readonly pricePerUtility: number } | null {
  for (const type of types) {
    if (type.market !== place.market || type.region !== place.region) continue;
    if (type.choice.type !== worker.instanceType) continue;
    let price: UsdPerHour | null = null;
    for (let index = type.first; index <= type.last; index += 1) {
      const offering = offerings[index]!;
      if (!isOf(type, offering) || offering.market !== type.market) continue;
      const known = priceOf(type.choice, offering);
      if (known === null || !(known > 0) || known === Number.POSITIVE_INFINITY) continue;
      if (offering.zone === worker.zone) {
        price = known;
        break;
      }
      if (price === null || known < price) price = known;
    }
    return price === null ? null : { price, pricePerUtility: price / type.utility };
  }
  return null;
}
