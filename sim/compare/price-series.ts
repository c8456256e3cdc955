import type { UnixSeconds, UsdPerHour } from '../../pool/units.ts';
import type { MarketRegion, PriceSource } from '../market.ts';
import type { OfferingUsage, PolicyResult, PriceOverTime } from './result.ts';

/** More lines than that in a chart are hard to tell apart. */
const mostSeries = 6;

export interface PriceSpan {
  readonly regions: readonly MarketRegion[];
  readonly prices: PriceSource;
  readonly start: UnixSeconds;
  readonly end: UnixSeconds;
}

/** Lowest price over the zones, for the offerings that have the largest shares of the policies' costs. */
export function priceSeriesOf(
  results: readonly PolicyResult[],
  span: PriceSpan,
): readonly PriceOverTime[] {
  return usedMost(results).map(({ instanceType, market }) => ({
    instanceType,
    market,
    points: lowestOverTime(
      market === 'spot' ? spotChanges(instanceType, span) : onDemandChanges(instanceType, span),
    ),
  }));
}

type Offered = Pick<OfferingUsage, 'instanceType' | 'market'>;

function usedMost(results: readonly PolicyResult[]): readonly Offered[] {
  const shares = new Map<string, { readonly offered: Offered; readonly share: number }>();
  for (const { usage, usd } of results) {
    for (const offered of usage) {
      const key = `${offered.instanceType} ${offered.market}`;
      const share = (shares.get(key)?.share ?? 0) + offered.usd / usd;
      shares.set(key, { offered, share });
    }
  }
  return [...shares]
    .sort(([a, one], [b, other]) => other.share - one.share || (a < b ? -1 : 1))
    .slice(0, mostSeries)
    .map(([, { offered }]) => offered);
}

interface Change {
  readonly at: UnixSeconds;
  readonly zone: string;
  /** null: nothing is offered. */
  readonly price: UsdPerHour | null;
}

function spotChanges(instanceType: string, { regions, prices, end }: PriceSpan): readonly Change[] {
  const changes: Change[] = [];
  for (const { region, zones } of regions) {
    for (const zone of zones) {
      const series = prices.spot({ instanceType, region, zone });
      for (let point = series?.next(); point && !point.done; point = series?.next()) {
        const { at, price, gone } = point.value;
        if (at > end) break;
        changes.push({ at, zone, price: gone ? null : price });
      }
    }
  }
  return changes.sort((a, b) => a.at - b.at);
}

function onDemandChanges(instanceType: string, { regions, prices, start }: PriceSpan): Change[] {
  return regions.map(({ region }) => {
    return { at: start, zone: region, price: prices.onDemand(instanceType, region) };
  });
}

function lowestOverTime(changes: readonly Change[]): PriceOverTime['points'] {
  const now = new Map<string, UsdPerHour>();
  const points: { at: UnixSeconds; price: UsdPerHour }[] = [];
  for (const [index, { at, zone, price }] of changes.entries()) {
    if (price === null) now.delete(zone);
    else now.set(zone, price);
    if (changes[index + 1]?.at === at || now.size === 0) continue;
    const lowest = Math.min(...now.values());
    if (points.at(-1)?.price !== lowest) points.push({ at, price: lowest });
  }
  return points;
}
