import { findInstanceType } from '../pool/catalogue.ts';
import type { Fleet } from '../pool/pool.ts';
import type { PriceSource } from './market.ts';
import type { SimulationParameters } from './parameters.ts';

/** Something that the simulation cannot be built from. */
export class SimulationError extends Error {
  override readonly name = 'SimulationError';
}

/** A pool none of whose types has a price could never launch anything, without a word why. */
export function refuseUnpricedPools(fleet: Fleet, prices: PriceSource): void {
  for (const pool of fleet.pools) {
    const types = pool.instances.map(({ type }) => type);
    const priced = pool.regions.some((region) =>
      types.some((type) => prices.onDemand(type, region) !== null),
    );
    if (!priced) {
      throw new SimulationError(
        `pool ${pool.name}: no price is known for ${types.join(', ')} in ${pool.regions.join(', ')}; ` +
          'built-in prices are for us-east-1, us-east-2, us-west-2, eu-west-1 and eu-central-1',
      );
    }
  }
}

/** A quota counts vCPUs, so each type's must be known. */
export function refuseUncountedTypes({ pools }: Fleet, { quotas }: SimulationParameters): void {
  if (quotas.spot === null && quotas.onDemand === null) return;
  const types = pools.flatMap(({ instances }) => instances.map(({ type }) => type));
  const unknown = types.find((type) => findInstanceType(type) === null);
  if (unknown === undefined) return;
  throw new SimulationError(
    `${unknown}: its number of vCPUs is not known, so no quota can count it; leave out the quota or the type`,
  );
}
