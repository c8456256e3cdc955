import { z } from 'zod';
import type { SimulatedOffering } from '../sim/simulated-offering.ts';
import type { CloudAccount } from './account.ts';
import { AwsError } from './protocol/aws-error.ts';

const market = z.enum(['spot', 'on-demand']);
const ids = z.array(z.string()).min(1);

/**
 * What can be done to the cloud that no AWS call does. `interrupt` and `recommend-rebalance` are about
 * instances; `reclaim`, `capacity` and `quota` about the market; `boot` about instances launched from then
 * on; `limit-calls` about calls.
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
  z.strictObject({
    action: z.literal('boot'),
    /** From launch to the worker's first word, in seconds: the median. Default: as it was. */
    readySeconds: z.number().positive().optional(),
    /** From launch to `running`, in seconds; not after the worker is ready. Default: as it was. */
    runningSeconds: z.number().positive().optional(),
    /** Share of instances whose worker never speaks. Default: as it was. */
    failureShare: z.number().min(0).max(1).optional(),
  }),
  /** Whether calls are throttled by the token buckets that AWS documents. */
  z.strictObject({ action: z.literal('limit-calls'), on: z.boolean() }),
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
    case 'quota':
      account.region(action.region).market.quota(action.market).limit = action.virtualCpus;
      return;
    case 'boot': {
      const { boot } = account;
      boot.readyMedian = action.readySeconds ?? boot.readyMedian;
      boot.inService = action.runningSeconds ?? boot.inService;
      boot.failureShare = action.failureShare ?? boot.failureShare;
      return;
    }
    case 'limit-calls':
      account.limitsCalls = action.on;
      return;
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
