/** What the contract of the cloud's ports is tried on: one group of one pool, as the stacks make it. */
import { groupName } from '../../pool/names.ts';
import type { Fleet } from '../../pool/pool.ts';
import type { CloudGroup, CloudPort, PricePort } from '../../scaler/ports.ts';
import { aFleet, anInstance, aPool } from '../sim/small-world.ts';

/** Of weight 1 and 4. The group begins with the first alone. */
export const one = { instanceType: 'c6i.xlarge', weight: 1 };
export const four = { instanceType: 'c6i.4xlarge', weight: 4 };
export const region = 'eu-west-1';
export const zones = ['eu-west-1a', 'eu-west-1b'] as const;
export const limits = { min: 0, max: 20 };

export const fleet: Fleet = aFleet(
  [
    aPool({
      capacity: limits,
      instances: [
        anInstance({ type: one.instanceType }),
        anInstance({ type: four.instanceType, capacity: 4, utility: 4 }),
      ],
    }),
  ],
  zones.length,
);

/** Its instances are protected from scale-in; its zones are {@link zones}. */
export const group = groupName('ci', 'linux', 'spot');

/** A cloud that holds {@link group}, with overrides {@link one} and a desired capacity of 0. */
export interface ContractWorld {
  readonly cloud: CloudPort;
  readonly prices: PricePort;
  /** Time enough for the group to do what it was asked, and for describing to tell of it. */
  settle(): Promise<void>;
  /** From now on nothing of a type can be had on spot. */
  exhaust(instanceType: string): Promise<void>;
  /** The calls that follow are more than the API takes. */
  throttle(): Promise<void>;
  stop(): Promise<void>;
}

export const never = new AbortController().signal;

/** The group, as the cloud tells of it now. */
export async function theGroup({ cloud }: ContractWorld): Promise<CloudGroup> {
  const { groups } = await cloud.observe(never);
  const found = groups.find(({ name }) => name === group);
  if (found === undefined) throw new Error(`${group} is not among ${groups.length} groups`);
  return found;
}
