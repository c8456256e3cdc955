/** A pool of the file as the old API shows it: the definition that comes nearest to it. */
import type { Pool } from './pool.ts';
import type { WorkerType } from './worker-type.ts';

const nothing = { launchSpec: {}, secrets: {}, userData: {}, scopes: [] };

/** What the API takes for "no limit", in USD per hour and utility. */
const noLimit = 1_000;

/** An image that is only found when a worker starts has no id to show. */
const noImageId = 'ami-00000000';

/** For reading only: a pool can say more than a definition. */
export function workerTypeOfPool(pool: Pool): WorkerType {
  return {
    ...nothing,
    description: pool.description,
    owner: pool.owner,
    minCapacity: pool.capacity.min,
    maxCapacity: pool.capacity.max,
    scalingRatio: pool.scaling.kind === 'ratio' ? pool.scaling.ratio : 0,
    ...pricesOf(pool),
    canUseSpot: pool.market.kind === 'spot',
    canUseOndemand: pool.market.kind === 'on-demand' || pool.market.onDemandAfter !== null,
    instanceTypes: pool.instances.map(({ type, capacity, utility }) => ({
      instanceType: type,
      capacity,
      utility,
      ...nothing,
    })),
    regions: pool.regions.map((region) => ({
      region,
      ...nothing,
      launchSpec: { ImageId: imageIdOf(pool, region) },
    })),
  };
}

function pricesOf({ market, instances }: Pool): { minPrice: number; maxPrice: number } {
  if (market.kind === 'on-demand') return { minPrice: 0, maxPrice: noLimit };
  const { price } = market;
  if (price.kind === 'bid') return { minPrice: price.minPrice, maxPrice: price.maxPrice };
  const least = Math.min(...instances.map(({ utility }) => utility));
  const perInstance = price.maxPrice === null ? noLimit : price.maxPrice / least;
  return {
    minPrice: 0,
    maxPrice: Math.min(noLimit, perInstance, price.maxPricePerUtility ?? noLimit),
  };
}

function imageIdOf({ image }: Pool, region: string): string {
  if (image.kind !== 'id') return noImageId;
  const ids = image.ids[region];
  return ids?.x86_64 ?? ids?.arm64 ?? noImageId;
}
