/** The workers that a deployment is about, as AWS and the scaler tell of them. */
import { AutoScalingClient, type AutoScalingGroup } from '@aws-sdk/client-auto-scaling';
import { EC2Client, type Instance } from '@aws-sdk/client-ec2';
import ky, { HTTPError } from 'ky';
import * as z from 'zod';
import { tagKeys } from '../pool/names.ts';
import type { Fleet, Pool } from '../pool/pool.ts';
import type { Slots } from '../pool/units.ts';
import { clientConfiguration } from '../scaler/aws/client-configuration.ts';
import { describeGroups, describeInstances } from '../scaler/aws/describe-fleet.ts';
import type { DeployedWorker } from './deploy-image-progress.ts';

const answerLimitMilliseconds = 10_000;

/** What of `/api/v2/pools/POOL/workers` counts here. */
const workersSchema = z.object({
  workers: z.array(z.object({ instanceId: z.string(), heardAt: z.number().nullable() })),
});

export interface DeployedWorkers {
  readonly workers: readonly DeployedWorker[];
  /** What the pools' groups are to have and do not have yet, and what they lack of the pools' minimum. */
  readonly awaited: Slots;
}

/** @throws CloudError, or what the scaler's API answers */
export async function lookAtWorkers(
  of: {
    readonly fleet: Fleet;
    readonly pools: readonly Pool[];
    /** null: AWS alone is asked. */
    readonly scaler: URL | null;
  },
  signal: AbortSignal,
): Promise<DeployedWorkers> {
  const { fleet, pools, scaler } = of;
  const heard = scaler === null ? null : await heardWorkers(scaler, pools, signal);
  const regions = fleet.regions.filter(({ name }) =>
    pools.some((pool) => pool.regions.includes(name)),
  );
  const found = await Promise.all(
    regions.map(async ({ name: region, credentials }) => {
      const configuration = clientConfiguration(credentials, region);
      const place = { fleet: fleet.name, region, caller: 'person' as const };
      const groups = await describeGroups(new AutoScalingClient(configuration), place, signal);
      const instances = await describeInstances(new EC2Client(configuration), place, signal);
      const own = groups.filter((group) => poolOf(group, pools) !== undefined);
      const inService = new Set(own.flatMap(idsInService));
      const workers = instances
        .filter((instance) => poolOf(instance, pools) !== undefined)
        .map((instance) => describe(instance, region, inService, heard));
      return { workers, groups: own };
    }),
  );
  const groups = found.flatMap((region) => region.groups);
  return {
    workers: found.flatMap((region) => region.workers),
    awaited: awaitedSlots(groups, pools),
  };
}

function poolOf(
  { Tags = [] }: Pick<AutoScalingGroup, 'Tags'> | Pick<Instance, 'Tags'>,
  pools: readonly Pool[],
): Pool | undefined {
  const tag = Tags.find(({ Key }) => Key === tagKeys.pool);
  return pools.find(({ id }) => id === tag?.Value);
}

function idsInService({ Instances = [] }: AutoScalingGroup): string[] {
  return Instances.filter(({ LifecycleState }) => LifecycleState === 'InService').map(
    ({ InstanceId = '' }) => InstanceId,
  );
}

function describe(
  { InstanceId: instanceId = '', ImageId: imageId = '', LaunchTime, State, StateReason }: Instance,
  region: string,
  inService: ReadonlySet<string>,
  heard: ReadonlySet<string> | null,
): DeployedWorker {
  const hasEnded = !['pending', 'running'].includes(State?.Name ?? '');
  return {
    ...{ instanceId, region, imageId },
    launchedAt: (LaunchTime?.getTime() ?? 0) / 1_000,
    endedBecause: hasEnded ? (StateReason?.Code ?? State?.Name ?? 'unknown') : null,
    inService: inService.has(instanceId),
    heard: heard === null ? null : heard.has(instanceId),
  };
}

function awaitedSlots(groups: readonly AutoScalingGroup[], pools: readonly Pool[]): Slots {
  const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0);
  const missing = groups.map(({ DesiredCapacity = 0, Instances = [] }) => {
    const staying = Instances.filter(
      ({ LifecycleState = '' }) => !LifecycleState.startsWith('Terminat'),
    );
    const has = sum(staying.map(({ WeightedCapacity }) => Number(WeightedCapacity ?? 1)));
    return Math.max(0, DesiredCapacity - has);
  });
  const belowMinimum = pools.map((pool) => {
    const own = groups.filter((group) => poolOf(group, pools) === pool);
    return Math.max(
      0,
      pool.capacity.min - sum(own.map(({ DesiredCapacity = 0 }) => DesiredCapacity)),
    );
  });
  return sum([...missing, ...belowMinimum]);
}

async function heardWorkers(
  scaler: URL,
  pools: readonly Pool[],
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const token = process.env.MUSTER_TOKEN;
  const heard = new Set<string>();
  for (const { name } of pools) {
    const url = new URL(`/api/v2/pools/${encodeURIComponent(name)}/workers`, scaler);
    const answer = await ky
      .get(url, {
        ...{ timeout: answerLimitMilliseconds, retry: { limit: 2 }, signal },
        headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      })
      .json()
      .catch((error: Error) => {
        throw new Error(`the scaler at ${url} ${describeFault(error)}`);
      });
    const parsed = workersSchema.safeParse(answer);
    if (!parsed.success) throw new Error(`the scaler at ${url} answers as no scaler of muster`);
    for (const { instanceId, heardAt } of parsed.data.workers) {
      if (heardAt !== null) heard.add(instanceId);
    }
  }
  return heard;
}

function describeFault(error: Error): string {
  if (error instanceof SyntaxError) return 'answers with no JSON';
  if (!(error instanceof HTTPError)) {
    const cause = error.cause instanceof Error ? error.cause.message : error.message;
    return `does not answer: ${cause}`;
  }
  const { status } = error.response;
  const fixes: Readonly<Record<number, string>> = {
    401: '; set MUSTER_TOKEN to a token of its API',
    403: '; the token in MUSTER_TOKEN may not see this pool',
    404: '; it knows no such pool',
  };
  return `answers with status ${status}${fixes[status] ?? ''}`;
}
