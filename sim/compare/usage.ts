import { instanceCost } from '../billing.ts';
import type { SimulatedInstance } from '../instance-host.ts';
import type { BillingParameters } from '../parameters.ts';
import { priceAt } from '../price-window.ts';
import type { Simulation } from '../simulation.ts';
import type { OfferingUsage } from './result.ts';

/** What a simulation paid for until now, by type and market; most expensive first. */
export function usageOf({ clock, host }: Simulation): readonly OfferingUsage[] {
  const now = clock.now();
  const byOffering = new Map<string, OfferingUsage>();
  for (const instance of host.instances) {
    const { offering, capacity, launchedAt, endedAt } = instance;
    const { instanceType, market } = offering;
    const key = `${instanceType} ${market}`;
    const before = byOffering.get(key) ?? { instances: 0, slotHours: 0, usd: 0 };
    byOffering.set(key, {
      instanceType,
      market,
      instances: before.instances + 1,
      slotHours: before.slotHours + (capacity * ((endedAt ?? now) - launchedAt)) / 3600,
      usd: before.usd + host.cost(instance),
    });
  }
  return [...byOffering]
    .sort(([a, one], [b, other]) => other.usd - one.usd || (a < b ? -1 : 1))
    .map(([, usage]) => usage);
}

/** USD that was not billed because EC2 took spot instances back within their first hour. */
export function refundedOf({ host }: Simulation, billing: BillingParameters): number {
  let refunded = 0;
  for (const instance of host.instances) {
    if (instance.endedBecause === 'interrupted') {
      refunded += costAsIfKept(instance, billing) - host.cost(instance);
    }
  }
  return refunded;
}

function costAsIfKept(
  { offering, disk, launchedAt, endedAt }: SimulatedInstance,
  billing: BillingParameters,
): number {
  const priceThen = (time: number) => priceAt(offering.prices, time);
  const life = { launchedAt, endedAt: endedAt!, interrupted: false };
  return instanceCost({ market: offering.market, ...life, disk, priceAt: priceThen }, billing);
}
