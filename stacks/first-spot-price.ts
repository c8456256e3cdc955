import type { InstanceChoice, Pool } from '../pool/pool.ts';

/**
 * What a spot group's max price is when it is made, in USD per weighted unit and hour; null: none that
 * is known before any price is. From then on the scaler sets it: the rule is the scaler's, the largest
 * cap / weight, of caps that do not follow a price.
 */
export function firstSpotMaxPrice({ market, instances }: Pool): string | null {
  if (market.kind !== 'spot') return null;
  const { price } = market;
  const capOf = ({ maxPrice, utility }: InstanceChoice) => {
    const own = maxPrice ?? Number.POSITIVE_INFINITY;
    if (price.kind === 'bid') return Math.min(own, price.maxPrice * utility);
    return Math.min(
      own,
      price.maxPrice ?? Number.POSITIVE_INFINITY,
      (price.maxPricePerUtility ?? Number.POSITIVE_INFINITY) * utility,
    );
  };
  const most = Math.max(...instances.map((choice) => capOf(choice) / choice.capacity));
  if (!Number.isFinite(most)) return null;
  // AWS reads six decimals; more would be a value that it never gives back.
  return String(Number((Math.ceil(most * 1e6 - 1e-6) / 1e6).toFixed(6)));
}
