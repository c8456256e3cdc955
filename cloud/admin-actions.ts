import { z } from 'zod';
import type { SimulatedOffering } from '../sim/simulated-offering.ts';
import type { CloudAccount } from './account.ts';
import { AwsError } from './protocol/aws-error.ts';

const market = z.enum(['spot', 'on-demand']);
const ids = z.array(z.string()).min(1);

/**
 * What can be done to the cloud that no AWS call does. `interrupt`, `recommend-rebalance` and `end` are
 * about instances; `capacity` and `quota` about the market; `boot` about instances launched from then on.
 */
export const adminActionSchema = z.discriminatedUnion('action', [
  /** EC2 takes instances back, after its two-minute notice. */
  z.strictObject({ action: z.literal('interrupt'), instanceIds: ids }),
  z.strictObject({ action: z.literal('recommend-rebalance'), instanceIds: ids }),
  /** EC2 takes back all that runs of an offering. */
  z.strictObject({
    action: z.literal('reclaim'),
    zone: z.string(),
    instanceType: z.string(),
    market,
  }),
  /** Whether an offering can be had, until the market itself changes its mind. */
  z.strictObject({
    action: z.literal('capacity'),
    zone: z.string(),
    instanceType: z.string(),
    market,
    available: z.boolean(),
  }),
  /** vCPUs that a market of a region may run at once; null: no limit. */
  z.strictObject({
    action: z.literal('quota'),
    region: z.string(),
    market,
    virtualCpus: z.number().min(0).nullable(),
  }),
]);

export type AdminAction = z.infer<typeof adminActionSchema>;

/** @throws AwsError if it names what there is not */
export function act(account: CloudAccount, action: AdminAction): void {
  switch (action.action) {
    case 'interrupt':
      for (const each of instancesOf(account, action.instanceIds)) account.host.interrupt(each);
      return;
    case 'recommend-rebalance':
      for (const each of instancesOf(account, action.instanceIds)) {
        account.host.recommendRebalance(each);
      }
      return;
    case 'reclaim':
      account.host.reclaim(offeringOf(account, action));
      return;
    case 'capacity':
      offeringOf(account, action).available = action.available;
      return;
    case 'quota': {
      const { zones, market } = account.region(action.region);
      // All offerings of a market and region share one quota; this type is everywhere.
      const offering = market.find(zones[0]!, 'm5.large', action.market);
      if (offering !== undefined) offering.quota.limit = action.virtualCpus;
      return;
    }
  }
}

function instancesOf(account: CloudAccount, instanceIds: readonly string[]) {
  return instanceIds.map((id) => {
    for (const region of account.regions.values()) {
      const record = region.instances().get(id);
      if (record !== undefined) return record.instance;
    }
    throw new AwsError('InvalidInstanceID.NotFound', `The instance ID '${id}' does not exist`, 404);
  });
}

function offeringOf(
  account: CloudAccount,
  {
    zone,
    instanceType,
    market,
  }: { zone: string; instanceType: string; market: 'spot' | 'on-demand' },
): SimulatedOffering {
  const offering = account.region(zone.slice(0, -1)).market.find(zone, instanceType, market);
  if (offering !== undefined) return offering;
  throw new AwsError('InvalidParameterValue', `${instanceType} is not offered in ${zone}`, 404);
}
