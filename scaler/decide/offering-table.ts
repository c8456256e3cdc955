import type { InstanceChoice } from '../../pool/pool.ts';
import type { Slots, UsdPerHour } from '../../pool/units.ts';
import { type CostBasis, costFactor, costOf, emptyingFactor, lostWorkFactor } from './cost.ts';
import { interruptionRate } from './interruption-rate.ts';
import type { JudgedBy } from './judge-offering.ts';
import type { Memory } from './memory.ts';
import type { Offering } from './observation.ts';

/**
 * All offerings of a pool, judged: what its types cost in each region and market. A fleet may have
 * 200,000 offerings and every decision judges them anew, so nothing is kept of a single one; who
 * wants to know of one judges it again, by the same rule.
 */
export interface OfferingTable {
  readonly offerings: readonly Offering[];
  readonly regions: readonly RegionOfferings[];
  /** Offerings by what keeps them out, an index of `rejectionCauses`. */
  readonly rejections: readonly number[];
  readonly costs: SharedCosts;
}

/** The types that are offered in one region, by market. */
export interface RegionOfferings {
  readonly region: string;
  readonly spot: TypeOfferings[];
  readonly onDemand: TypeOfferings[];
  readonly interruptions: Memory['interruptions'][string] | undefined;
}

/** The zones of one type in one region and market. */
export interface TypeOfferings extends JudgedBy {
  readonly region: RegionOfferings;
  /** What a group counts one instance for: the type's capacity. */
  readonly weight: Slots;
  /** They stand between these places of the list, the second not included. */
  readonly first: number;
  end: number;
  usable: number;
  priceSum: UsdPerHour;
  costSum: number;
  /** The largest cap that the pool declares for a usable one; infinite: none. */
  cap: UsdPerHour;
}

/** What the cost of all offerings of a pool has in common. */
export interface SharedCosts extends Omit<CostBasis, 'utility' | 'interruptionRate' | 'slots'> {
  readonly diskPrice: UsdPerHour;
  readonly boots: number;
}

/** What an hour's price of a type is multiplied by. On-demand is not interrupted. */
export function costFactorOf(
  costs: SharedCosts,
  type: TypeOfferings,
  bucket: number | null,
): number {
  const { boots, taskDuration, bootTime, lifetime } = costs;
  const rate = { interruptionRate: rateOf(type, bucket), taskDuration, bootTime };
  const overhead = boots * emptyingFactor({ taskDuration, lifetime, slots: type.weight });
  return costFactor(overhead, lostWorkFactor(rate), type.of.utility);
}

function rateOf({ rule, region, of }: TypeOfferings, bucket: number | null): number {
  if (rule.market === 'on-demand') return 0;
  return interruptionRate(region.interruptions?.[of.choice.type], bucket);
}

/** The types of a group, in the order in which they are listed. */
export function typesIn(
  { regions }: OfferingTable,
  { region, market }: Pick<Offering, 'region' | 'market'>,
): readonly TypeOfferings[] {
  for (const known of regions) {
    if (known.region === region) return market === 'spot' ? known.spot : known.onDemand;
  }
  return [];
}

/** Whether an offering between a type's places is of the type. */
export function isOf({ region, rule, of }: TypeOfferings, offering: Offering): boolean {
  return (
    offering.market === rule.market &&
    offering.instanceType === of.choice.type &&
    offering.region === region.region
  );
}

/** Expected USD per unit of finished work of one offering that may be used. */
export function costIn({ costs }: OfferingTable, type: TypeOfferings, offering: Offering): number {
  const factor = costFactorOf(costs, type, offering.interruptionBucket);
  return costOf(priceOf(type.of.choice, offering)!, costs.diskPrice, factor);
}

/** What the cost of a type is worked out from, by the first of its zones. */
export function costBasisOf({ costs, offerings }: OfferingTable, type: TypeOfferings): CostBasis {
  let { first } = type;
  while (first + 1 < type.end && !isOf(type, offerings[first]!)) first += 1;
  const { disk, taskDuration, bootTime, lifetime } = costs;
  const interruptionRate = rateOf(type, offerings[first]!.interruptionBucket);
  const { utility } = type.of;
  const slots = type.weight;
  return { utility, disk, interruptionRate, taskDuration, bootTime, lifetime, slots };
}

/** What an hour costs: the offering's price, less the discount that on-demand has. */
export function priceOf(choice: InstanceChoice, { market, price }: Offering): UsdPerHour | null {
  if (price === null || market === 'spot') return price;
  return price * (1 - choice.onDemandDiscount);
}
