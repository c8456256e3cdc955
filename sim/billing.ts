import type { Gibibytes, UnixSeconds, UsdPerHour } from '../pool/units.ts';
import { type BillingParameters, hoursPerMonth } from './parameters.ts';

export interface BilledInstance {
  readonly market: 'spot' | 'on-demand';
  readonly launchedAt: UnixSeconds;
  /** The present, for one that still runs. */
  readonly endedAt: UnixSeconds;
  /** EC2 ended it, not the scaler. */
  readonly interrupted: boolean;
  readonly disk: Gibibytes;
  readonly priceAt: (time: UnixSeconds) => UsdPerHour;
}

/**
 * What an instance cost in USD, disk included. Per second, at least a minute; a spot instance pays, for each hour
 * of its life, the price at the start of that hour, and nothing if EC2 ended it within its first hour
 * (EC2 pricing page and "Billing for interrupted Spot Instances"). Volumes are billed by the second too,
 * at least a minute (EBS pricing page). Billed from launch, some seconds before AWS does.
 */
export function instanceCost(instance: BilledInstance, parameters: BillingParameters): number {
  const lived = instance.endedAt - instance.launchedAt;
  const billed = Math.max(lived, parameters.minimum);
  const disk = (instance.disk * parameters.ebsUsdPerGibibyteMonth * billed) / 3600 / hoursPerMonth;
  if (instance.interrupted && lived < parameters.freeIfInterruptedWithin) return disk;
  if (instance.market === 'on-demand') {
    return disk + (instance.priceAt(instance.launchedAt) * billed) / 3600;
  }
  let compute = 0;
  for (let from = 0; from < billed; from += 3600) {
    const seconds = Math.min(3600, billed - from);
    compute += (instance.priceAt(instance.launchedAt + from) * seconds) / 3600;
  }
  return disk + compute;
}
