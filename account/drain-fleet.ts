/** Empties the groups of a fleet: no launch any more, and each worker ends after what it runs. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  AutoScalingClient,
  type AutoScalingGroup,
  SuspendProcessesCommand,
  TerminateInstanceInAutoScalingGroupCommand,
  UpdateAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling';
import pLimit from 'p-limit';
import { tagKeys } from '../pool/names.ts';
import type { Fleet, Region } from '../pool/pool.ts';
import type { Seconds } from '../pool/units.ts';
import { clientConfiguration } from '../scaler/aws/client-configuration.ts';
import { describeGroups } from '../scaler/aws/describe-fleet.ts';
import { cloudErrorOf } from '../scaler/aws/errors.ts';
import { personCall } from './person-call.ts';

/** Ends asked for at once in a region, so that the scaler's own calls still get through. */
const callsAtOnce = 5;

/** One group as it is now. */
export interface GroupToDrain {
  readonly region: string;
  readonly name: string;
  readonly pool: string;
  /** Instances that nothing has told to end. */
  readonly running: readonly string[];
  /** Instances that are ending: they may be finishing tasks, for as long as the hook lets them. */
  readonly ending: readonly string[];
  /** Whether nothing launches into it: suspended, and minimum, maximum and desired capacity 0. */
  readonly closed: boolean;
}

export interface DrainOptions {
  readonly fleet: Fleet;
  /** Ids of the pools; null: all, those that are no longer declared too. */
  readonly poolIds: ReadonlySet<string> | null;
  /** Time between two looks. */
  readonly interval: Seconds;
  /** Told after each look. */
  readonly onLook: (groups: readonly GroupToDrain[]) => void;
}

/** What a drain would act on; changes nothing. @throws CloudError */
export function groupsToDrain(
  options: Pick<DrainOptions, 'fleet' | 'poolIds'>,
  signal: AbortSignal,
): Promise<GroupToDrain[]> {
  return withClients(options.fleet, (clients) => look(clients, options, signal));
}

/**
 * Closes the groups and ends their instances, until none is left. Instances end through Auto Scaling,
 * so the groups' hook lets each finish its tasks. May be called again at any time.
 *
 * @returns the groups, all of them empty
 * @throws CloudError when AWS refuses a call, or when the signal fires before all is empty.
 */
export async function drainFleet(
  options: DrainOptions,
  signal: AbortSignal,
): Promise<GroupToDrain[]> {
  return withClients(options.fleet, async (clients) => {
    for (;;) {
      const groups = await look(clients, options, signal);
      options.onLook(groups);
      const open = groups.filter(({ closed }) => !closed);
      const done = open.length === 0 && groups.every(isEmpty);
      if (done) return groups;
      for (const group of open) await close(clients, group, signal);
      await endAll(clients, groups, signal);
      await sleep(options.interval * 1000, undefined, { signal });
    }
  });
}

export function isEmpty({ running, ending }: GroupToDrain): boolean {
  return running.length + ending.length === 0;
}

interface RegionClient {
  readonly region: Region;
  readonly client: AutoScalingClient;
}

async function withClients<T>(
  { regions }: Fleet,
  use: (clients: readonly RegionClient[]) => Promise<T>,
): Promise<T> {
  const clients = regions.map((region) => ({
    region,
    client: new AutoScalingClient(clientConfiguration(region.credentials, region.name)),
  }));
  try {
    return await use(clients);
  } finally {
    for (const { client } of clients) client.destroy();
  }
}

async function look(
  clients: readonly RegionClient[],
  { fleet, poolIds }: Pick<DrainOptions, 'fleet' | 'poolIds'>,
  signal: AbortSignal,
): Promise<GroupToDrain[]> {
  const found = await Promise.all(
    clients.map(async ({ client, region }) => {
      const of = { fleet: fleet.name, region: region.name };
      const groups = await describeGroups(client, { ...of, caller: 'person' }, signal);
      return groups.flatMap((group) => describe(group, region.name));
    }),
  );
  return found.flat().filter(({ pool }) => poolIds === null || poolIds.has(pool));
}

/** None for a group that is of no pool: the scaler's own stays until its stack goes. */
function describe(group: AutoScalingGroup, region: string): GroupToDrain[] {
  const pool = group.Tags?.find(({ Key }) => Key === tagKeys.pool)?.Value ?? null;
  const { AutoScalingGroupName: name, Instances = [], SuspendedProcesses = [] } = group;
  if (pool === null || name === undefined) return [];
  const isEnding = (state = '') => state.startsWith('Terminat');
  const ids = (ending: boolean) =>
    Instances.filter(({ LifecycleState }) => isEnding(LifecycleState) === ending)
      .map(({ InstanceId = '' }) => InstanceId)
      .sort();
  const suspended = SuspendedProcesses.some(({ ProcessName }) => ProcessName === 'Launch');
  const { MinSize, MaxSize, DesiredCapacity } = group;
  const none = [MinSize, MaxSize, DesiredCapacity].every((size) => size === 0);
  return [
    { region, name, pool, running: ids(false), ending: ids(true), closed: suspended && none },
  ];
}

/**
 * A maximum of 0 holds where the suspension does not: a scaler that still runs cannot set a desired
 * capacity above it, nor launch by name.
 */
async function close(
  clients: readonly RegionClient[],
  { name: AutoScalingGroupName, region }: GroupToDrain,
  signal: AbortSignal,
): Promise<void> {
  const client = clientOf(clients, region);
  await personCall(`suspending launches of ${AutoScalingGroupName} in ${region}`, signal, (abort) =>
    client.send(
      new SuspendProcessesCommand({ AutoScalingGroupName, ScalingProcesses: ['Launch'] }),
      { abortSignal: abort },
    ),
  );
  const sizes = { MinSize: 0, MaxSize: 0, DesiredCapacity: 0 };
  await personCall(`setting ${AutoScalingGroupName} in ${region} to 0`, signal, (abortSignal) =>
    client.send(new UpdateAutoScalingGroupCommand({ AutoScalingGroupName, ...sizes }), {
      abortSignal,
    }),
  );
}

/** What AWS cannot do now is asked for again at the next look. */
async function endAll(
  clients: readonly RegionClient[],
  groups: readonly GroupToDrain[],
  signal: AbortSignal,
): Promise<void> {
  const limit = pLimit(callsAtOnce);
  const ends = groups.flatMap(({ region, running }) =>
    running.map((InstanceId) =>
      limit(async () => {
        const client = clientOf(clients, region);
        try {
          await personCall(`ending ${InstanceId} in ${region}`, signal, (abortSignal) =>
            client.send(
              // The desired capacity is 0 already, and AWS refuses to lower it further.
              new TerminateInstanceInAutoScalingGroupCommand({
                InstanceId,
                ShouldDecrementDesiredCapacity: false,
              }),
              { abortSignal },
            ),
          );
        } catch (error) {
          const { kind, code } = cloudErrorOf(error, `ending ${InstanceId}`);
          // An instance that has gone, or is not yet in the group for good, is no valid one.
          if (kind === 'refused' && code !== 'ValidationError') throw error;
          signal.throwIfAborted();
        }
      }),
    ),
  );
  await Promise.all(ends);
}

function clientOf(clients: readonly RegionClient[], region: string): AutoScalingClient {
  return clients.find(({ region: { name } }) => name === region)?.client as AutoScalingClient;
}
