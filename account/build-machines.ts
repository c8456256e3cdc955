/** Machines, keys and security groups of builds whose command was killed: nothing else would end them. */
import {
  DescribeKeyPairsCommand,
  type EC2Client,
  paginateDescribeInstances,
  paginateDescribeSecurityGroups,
  type Tag,
} from '@aws-sdk/client-ec2';
import { imageTagKeys } from '../pool/image-tags.ts';
import { tagKeys } from '../pool/names.ts';
import { collect } from '../scaler/aws/aws-call.ts';
import type { BuildMachine } from './image-to-clean.ts';

const liveStates = ['pending', 'running', 'stopping', 'stopped'];

/** By build, in one region. @throws what the SDK throws */
export async function buildMachines(
  client: EC2Client,
  { fleet, region }: { readonly fleet: string; readonly region: string },
  abortSignal: AbortSignal,
): Promise<BuildMachine[]> {
  const Filters = machineFilters(fleet);
  const builds = new Map<string, { items: string[]; times: number[] }>();
  const add = (item: string, tags: readonly Tag[] = [], time: Date | undefined) => {
    const build = tags.find(({ Key }) => Key === imageTagKeys.build)?.Value ?? '';
    const { items, times } = builds.get(build) ?? { items: [], times: [] };
    items.push(item);
    if (time !== undefined) times.push(time.getTime() / 1_000);
    builds.set(build, { items, times });
  };
  const live = { Name: 'instance-state-name', Values: liveStates };
  const pages = paginateDescribeInstances(
    { client, pageSize: 1_000 },
    { Filters: [...Filters, live] },
    { abortSignal },
  );
  const reservations = await collect(pages, ({ Reservations }) => Reservations);
  for (const { InstanceId, Tags, LaunchTime } of reservations.flatMap(
    (one) => one.Instances ?? [],
  )) {
    add(`instance ${InstanceId}`, Tags, LaunchTime);
  }
  const groups = await collect(
    paginateDescribeSecurityGroups({ client, pageSize: 1_000 }, { Filters }, { abortSignal }),
    ({ SecurityGroups }) => SecurityGroups,
  );
  for (const { GroupId, Tags } of groups) add(`security group ${GroupId}`, Tags, undefined);
  const { KeyPairs = [] } = await client.send(new DescribeKeyPairsCommand({ Filters }), {
    abortSignal,
  });
  for (const { KeyPairId, Tags, CreateTime } of KeyPairs) {
    add(`key pair ${KeyPairId}`, Tags, CreateTime);
  }
  return [...builds].map(([build, { items, times }]) => ({
    ...{ region, build, items },
    lastMadeAt: times.length === 0 ? null : Math.max(...times),
  }));
}

/** Of one build, or of all. */
export function machineFilters(fleet: string, build?: string) {
  return [
    { Name: `tag:${tagKeys.fleet}`, Values: [fleet] },
    build === undefined
      ? { Name: 'tag-key', Values: [imageTagKeys.build] }
      : { Name: `tag:${imageTagKeys.build}`, Values: [build] },
  ];
}
