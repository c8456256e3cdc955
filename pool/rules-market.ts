/** What must hold of the market of a pool. */
import type { PoolDraft } from './draft.ts';
import type { Finding, Path } from './finding.ts';
import { capKeys, defaultPriceStatistic } from './schema-market.ts';

type MarketDraft = Extract<PoolDraft['market'], object>;
type SpotDraft = NonNullable<MarketDraft['spot']>;

export function marketFindings({ market, capacity }: PoolDraft, path: Path): Finding[] {
  if (typeof market !== 'object') return [];
  const at = [...path, 'market'];
  return [
    ...(market.spot === undefined ? [] : spotFindings(market.spot, [...at, 'spot'])),
    ...baseFindings(market, capacity?.max, at),
  ];
}

function spotFindings(spot: SpotDraft, path: Path): Finding[] {
  return [
    ...capFindings(spot, path),
    ...bidFindings(spot, path),
    ...(spot.window !== undefined && (spot.price ?? defaultPriceStatistic) === 'latest'
      ? [
          {
            path: [...path, 'window'],
            at: 'key' as const,
            message: 'got a window for the latest price; allowed: with price: mean or max',
          },
        ]
      : []),
  ];
}

/** A mapping that says of both caps that they are nothing is a slip: a missing cap is left out. */
function capFindings(spot: SpotDraft, path: Path): Finding[] {
  if (spot.maxPrice !== null || spot.priceMultiplier !== null) return [];
  const message =
    'maxPrice and priceMultiplier are both nothing; allowed: a value for one, or leave out both';
  return [{ path, at: 'key', message }];
}

function bidFindings(spot: SpotDraft, path: Path): Finding[] {
  const { bid } = spot;
  if (bid === undefined) return [];
  const findings = capKeys
    .filter((key) => spot[key] !== undefined)
    .map((key): Finding => {
      const message = `got ${key} and bid; allowed: a bid, or caps without a bid`;
      return { path: [...path, key], at: 'key', message };
    });
  const { minPrice = 0, maxPrice } = bid;
  if (maxPrice !== undefined && minPrice > maxPrice) {
    const message =
      `got ${minPrice}, above maxPrice ${maxPrice}; ` +
      `allowed: 0 to ${maxPrice}, or a higher maxPrice`;
    findings.push({ path: [...path, 'bid', 'minPrice'], at: 'value', message });
  }
  return findings;
}

function baseFindings(
  { onDemandBase }: MarketDraft,
  max: number | undefined,
  path: Path,
): Finding[] {
  if (onDemandBase === undefined || max === undefined || onDemandBase <= max) return [];
  const message = `got ${onDemandBase}, above capacity.max ${max}; allowed: 0 to ${max}`;
  return [{ path: [...path, 'onDemandBase'], at: 'value', message }];
}
