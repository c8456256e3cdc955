import { currentPrice } from '../sim/simulated-offering.ts';
import type { CloudAccount } from './account.ts';

/** Of each group, the latest so many activities are told. */
const latestActivities = 20;

/** All that a person wants to see of the cloud now: groups, their instances and activities, offerings in use. */
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
        state: instance.state,
        lifecycleState: instance.lifecycleState,
        isProtected: instance.isProtected,
        launchedAt: instance.launchedAt,
        noticedAt: instance.noticedAt,
        endedAt: instance.endedAt,
        usdPerHour: currentPrice(instance.offering),
      })),
    })),
  };
}
