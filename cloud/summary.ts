import type { MarketName } from '../pool/names.ts';
import { currentPrice } from '../sim/simulated-offering.ts';
import type { CloudAccount } from './account.ts';
import type { CloudRegion } from './region.ts';

/** Of each group, the latest so many activities are told. */
const latestActivities = 20;

/** All that a person wants to see of the cloud now: groups, their instances and activities, and their market. */
export function summary(account: CloudAccount) {
  const now = account.clock.now();
  return {
    now,
    regions: [...account.regions.values()].map((region) => ({
      region: region.name,
      groups: [...region.groups.values()].map(({ name, simulated }) => ({
        name,
        market: simulated.declaration.market,
        min: simulated.declaration.min,
        max: simulated.declaration.max,
        desiredCapacity: simulated.desiredCapacity,
        overrides: simulated.overrides,
        spotMaxPrice: simulated.spotMaxPrice,
        activities: simulated.activities.list(now).slice(0, latestActivities),
      })),
      instances: [...region.instances().values()].map(({ instance, group }) => ({
        instanceId: instance.id,
        group,
        instanceType: instance.offering.instanceType,
        zone: instance.offering.zone,
        market: instance.offering.market,
        weight: instance.seen.weight,
        state: instance.state,
        lifecycleState: instance.lifecycleState,
        isProtected: instance.isProtected,
        isHealthy: instance.isHealthy,
        launchedAt: instance.launchedAt,
        rebalanceRecommendedAt: instance.rebalanceRecommendedAt,
        noticedAt: instance.noticedAt,
        endedAt: instance.endedAt,
        usdPerHour: currentPrice(instance.offering),
      })),
      market: offeringsInUse(region),
      quotas: (['spot', 'on-demand'] as const).map((market) => {
        const { limit, used } = region.market.quota(market);
        return { market, virtualCpus: limit, usedVirtualCpus: used };
      }),
    })),
  };
}

/** What runs, and what a group may launch: somebody may have asked for the prices of every type there is. */
function offeringsInUse(region: CloudRegion) {
  const wanted = new Set<string>();
  for (const { simulated } of region.groups.values()) {
    const { market, zones } = simulated.declaration;
    for (const { instanceType } of simulated.overrides) {
      for (const zone of zones) wanted.add(keyOf(market, zone, instanceType));
    }
  }
  return region.market
    .list()
    .filter((one) => one.running > 0 || wanted.has(keyOf(one.market, one.zone, one.instanceType)))
    .map((offering) => ({
      instanceType: offering.instanceType,
      zone: offering.zone,
      market: offering.market,
      available: offering.available,
      running: offering.running,
      usdPerHour: currentPrice(offering),
    }));
}

function keyOf(market: MarketName, zone: string, instanceType: string): string {
  return `${market} ${zone} ${instanceType}`;
}
