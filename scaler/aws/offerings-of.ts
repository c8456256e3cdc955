import type { Offering } from '../decide/observation.ts';
import type { OnDemandPrice } from './on-demand-prices.ts';
import type { ZonePrice } from './spot-prices.ts';

/** What is known of one type in one region. */
export interface KnownPrices {
  readonly region: string;
  readonly instanceType: string;
  /** Zones in which the fleet's groups launch; empty: not known. */
  readonly zones: readonly string[];
  /** null: not known; empty: AWS was asked and offers none. */
  readonly spot: readonly ZonePrice[] | null;
  readonly onDemand: OnDemandPrice | null;
  /** 0 to 4; null: nothing was published, or not given. */
  readonly interruptionBucket: number | null;
}

/**
 * Offerings of one type. Where the zones of the groups are known, only these can be launched in;
 * else those with a spot price stand in. A spot price degrades from live to last known to the
 * on-demand price (its practical ceiling since 2017) to none.
 */
export function offeringsOf(known: KnownPrices): Offering[] {
  const { spot } = known;
  const zones = known.zones.length > 0 ? known.zones : (spot ?? []).map(({ zone }) => zone);
  return zones.flatMap((zone) => {
    const zonePrice = spot?.find((candidate) => candidate.zone === zone);
    // A zone that is left out while others have a spot price is taken not to have the type at all.
    const offered = spot === null || spot.length === 0 || zonePrice !== undefined;
    return [spotOffering(known, zone, zonePrice), onDemandOffering(known, zone, offered)];
  });
}

function spotOffering(
  { region, instanceType, spot, onDemand, interruptionBucket }: KnownPrices,
  zone: string,
  zonePrice: ZonePrice | undefined,
): Offering {
  const onDemandPrice = onDemand?.price ?? null;
  const place = { instanceType, region, zone, market: 'spot' } as const;
  const known = { ...place, meanPrice: null, onDemandPrice, interruptionBucket };
  if (zonePrice !== undefined) {
    const { price, source, meanPrice } = zonePrice;
    return { ...known, price, priceSource: source, meanPrice };
  }
  if (spot === null && onDemandPrice !== null) {
    return { ...known, price: onDemandPrice, priceSource: 'on-demand' };
  }
  // Asked for and not listed: this zone does not offer the type.
  return { ...known, price: null, priceSource: 'none' };
}

function onDemandOffering(
  { region, instanceType, onDemand }: KnownPrices,
  zone: string,
  offered: boolean,
): Offering {
  const known = offered ? onDemand : null;
  return {
    instanceType,
    region,
    zone,
    market: 'on-demand',
    price: known?.price ?? null,
    priceSource: known?.source ?? 'none',
    // Of spot alone: on-demand has one price, and AWS does not take it back.
    meanPrice: null,
    onDemandPrice: known?.price ?? null,
    interruptionBucket: null,
  };
}
