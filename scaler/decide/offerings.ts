import type { InstanceChoice } from '../../pool/pool.ts';
import type { UsdPerHour } from '../../pool/units.ts';
import type { Offering, PoolPolicy } from './observation.ts';
import type { RejectionCause } from './reason.ts';

/** An offering that may be used, with what it costs for the work it does. */
export interface RankedOffering {
  readonly offering: Offering;
  readonly choice: InstanceChoice;
  readonly price: UsdPerHour;
  /** USD per hour / utility. */
  readonly pricePerUtility: number;
}

export interface RejectedOffering {
  readonly offering: Offering;
  readonly because: RejectionCause;
}

export interface Ranking {
  /** Cheapest per utility first; ties by type, region and zone. */
  readonly ranked: readonly RankedOffering[];
  readonly rejected: readonly RejectedOffering[];
}

/** Ranks a pool's offerings by price per utility; what is not ranked keeps its reason. */
export function rankOfferings(pool: PoolPolicy, offerings: readonly Offering[]): Ranking {
  const choices = new Map(pool.instances.map((choice) => [choice.type, choice]));
  const ranked: RankedOffering[] = [];
  const rejected: RejectedOffering[] = [];
  for (const offering of offerings) {
    const choice = choices.get(offering.instanceType);
    if (!choice) continue;
    const because = rejectionOf(pool, offering);
    if (because !== null) {
      rejected.push({ offering, because });
      continue;
    }
    const price = offering.price as UsdPerHour;
    ranked.push({ offering, choice, price, pricePerUtility: price / choice.utility });
  }
  ranked.sort(byPricePerUtility);
  return { ranked, rejected };
}

function rejectionOf(pool: PoolPolicy, { market, price }: Offering): RejectionCause | null {
  if (!marketAllowed(pool, market)) return 'market-not-allowed';
  if (price === null || !(price > 0) || !Number.isFinite(price)) return 'no-price';
  if (market === 'spot' && pool.market.kind === 'spot' && pool.market.maxPrice !== null) {
    if (price > pool.market.maxPrice) return 'above-max-price';
  }
  return null;
}

/** Whether a pool may use a market at all. */
export function marketAllowed(pool: PoolPolicy, market: Offering['market']): boolean {
  if (pool.market.kind === 'on-demand') return market === 'on-demand';
  return market === 'spot' || pool.market.onDemandAfter !== null;
}

function byPricePerUtility(a: RankedOffering, b: RankedOffering): number {
  return (
    a.pricePerUtility - b.pricePerUtility ||
    compareText(a.offering.instanceType, b.offering.instanceType) ||
    compareText(a.offering.region, b.offering.region) ||
    compareText(a.offering.zone, b.offering.zone)
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
