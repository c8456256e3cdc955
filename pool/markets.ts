import type { MarketName } from './names.ts';
import type { Pool } from './pool.ts';

/**
 * The markets that a pool has a group for in each of its regions, the one that it normally uses
 * first. A spot pool has an on-demand group where on-demand may stand in for spot or has a part of
 * its own.
 */
export function marketsOf({ market }: Pick<Pool, 'market'>): readonly MarketName[] {
  if (market.kind === 'on-demand') return ['on-demand'];
  const { onDemandAfter, onDemandBase, onDemandShare } = market;
  const usesOnDemand = onDemandAfter !== null || onDemandBase > 0 || onDemandShare > 0;
  return usesOnDemand ? ['spot', 'on-demand'] : ['spot'];
}
