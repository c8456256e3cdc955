/** What uses the images of a region: whoever's it is, so that an image goes only when nothing names it. */
import {
  paginateDescribeAutoScalingGroups,
  paginateDescribeLaunchConfigurations,
} from '@aws-sdk/client-auto-scaling';
import {
  DescribeImageAttributeCommand,
  paginateDescribeInstances,
  paginateDescribeLaunchTemplates,
  paginateDescribeLaunchTemplateVersions,
} from '@aws-sdk/client-ec2';
import { paginateDescribeParameters, SSMClient } from '@aws-sdk/client-ssm';
import { collect } from '../scaler/aws/aws-call.ts';
import type { Place } from './fleet-resource.ts';
import { canaryVersion, imagesBefore, imagesTakenBack } from './image-history.ts';
import { readHistory, readParameter } from './image-parameter.ts';

export interface ImageUses {
  /** By image id. */
  readonly uses: ReadonlyMap<string, readonly string[]>;
  /** Images that a deployment of the fleet took back. */
  readonly takenBack: ReadonlySet<string>;
  /** What each of the fleet's own parameters holds. */
  readonly held: ReadonlyMap<string, string>;
}

const liveStates = ['pending', 'running', 'stopping', 'stopped', 'shutting-down'];

/**
 * Uses by instances, launch templates in any version, groups and SSM parameters, of the whole region; a
 * parameter's canary counts as its value does.
 * @param parameters the fleet's own, of which the image before the present one is used too: it is what
 * `muster image deploy --previous` puts back
 * @throws what the SDK throws
 */
export async function imageUses(
  place: Pick<Place, 'ec2' | 'autoScaling' | 'configuration'>,
  parameters: readonly string[],
  abortSignal: AbortSignal,
): Promise<ImageUses> {
  const uses = new Map<string, string[]>();
  const add = (id: string | undefined, use: string) => {
    if (id?.startsWith('ami-')) uses.set(id, [...(uses.get(id) ?? []), use]);
  };
  const ssm = new SSMClient(place.configuration);
  /** A template's or group's image is an id, or `resolve:ssm:NAME`, with a version or label after it. */
  const addSpecified = async (image: string | undefined, use: string) => {
    const name = image?.match(/^resolve:ssm:(.+)$/)?.[1];
    const isId = name === undefined;
    add(isId ? image : (await readParameter(ssm, name, abortSignal))?.value, use);
  };
  await addInstances(place, add, abortSignal);
  await addTemplates(place, addSpecified, abortSignal);
  await addGroups(place, addSpecified, abortSignal);
  const described = await collect(
    paginateDescribeParameters({ client: ssm, pageSize: 50 }, {}, { abortSignal }),
    (page) => page.Parameters,
  );
  const ofImages = described
    .filter(({ DataType }) => DataType === 'aws:ec2:image')
    .map(({ Name = '' }) => Name);
  const takenBack = new Set<string>();
  const held = new Map<string, string>();
  for (const name of new Set([...ofImages, ...parameters])) {
    const history = await readHistory(ssm, name, abortSignal);
    if (history === null) continue;
    add(history[0].value, `parameter ${name}`);
    const canary = canaryVersion(history)?.value;
    if (canary !== history[0].value) add(canary, `parameter ${name}, as its canary`);
    if (!parameters.includes(name)) continue;
    held.set(name, history[0].value);
    for (const image of imagesBefore(history)) {
      add(image, `parameter ${name}, before the present one`);
    }
    for (const image of imagesTakenBack(history)) takenBack.add(image);
  }
  return { uses, takenBack, held };
}

/** Whom an image is shared with, such as `account 111122223333`. @throws what the SDK throws */
export async function imageShares(
  { ec2 }: Pick<Place, 'ec2'>,
  ImageId: string,
  abortSignal: AbortSignal,
): Promise<string[]> {
  const { LaunchPermissions = [] } = await ec2.send(
    new DescribeImageAttributeCommand({ ImageId, Attribute: 'launchPermission' }),
    { abortSignal },
  );
  return LaunchPermissions.flatMap(({ UserId, Group, OrganizationArn, OrganizationalUnitArn }) => [
    ...(UserId === undefined ? [] : [`account ${UserId}`]),
    ...(Group === undefined ? [] : ['everyone']),
    ...[OrganizationArn, OrganizationalUnitArn].filter((arn) => arn !== undefined),
  ]).map((who) => `the share with ${who}`);
}

type AddSpecified = (image: string | undefined, use: string) => Promise<void>;

async function addInstances(
  { ec2: client }: Pick<Place, 'ec2'>,
  add: (id: string | undefined, use: string) => void,
  abortSignal: AbortSignal,
): Promise<void> {
  const Filters = [{ Name: 'instance-state-name', Values: liveStates }];
  const pages = paginateDescribeInstances(
    { client, pageSize: 1_000 },
    { Filters },
    { abortSignal },
  );
  const reservations = await collect(pages, ({ Reservations }) => Reservations);
  for (const { InstanceId, ImageId } of reservations.flatMap(({ Instances = [] }) => Instances)) {
    add(ImageId, `instance ${InstanceId}`);
  }
}

async function addTemplates(
  { ec2: client }: Pick<Place, 'ec2'>,
  addSpecified: AddSpecified,
  abortSignal: AbortSignal,
): Promise<void> {
  const templates = await collect(
    paginateDescribeLaunchTemplates({ client, pageSize: 200 }, {}, { abortSignal }),
    ({ LaunchTemplates }) => LaunchTemplates,
  );
  for (const { LaunchTemplateId, LaunchTemplateName } of templates) {
    const versions = await collect(
      paginateDescribeLaunchTemplateVersions(
        { client, pageSize: 200 },
        { LaunchTemplateId },
        { abortSignal },
      ),
      ({ LaunchTemplateVersions }) => LaunchTemplateVersions,
    );
    for (const { VersionNumber, LaunchTemplateData } of versions) {
      const use = `launch template ${LaunchTemplateName} version ${VersionNumber}`;
      await addSpecified(LaunchTemplateData?.ImageId, use);
    }
  }
}

async function addGroups(
  { autoScaling: client }: Pick<Place, 'autoScaling'>,
  addSpecified: AddSpecified,
  abortSignal: AbortSignal,
): Promise<void> {
  const groups = await collect(
    paginateDescribeAutoScalingGroups({ client, pageSize: 100 }, {}, { abortSignal }),
    ({ AutoScalingGroups }) => AutoScalingGroups,
  );
  for (const { AutoScalingGroupName, MixedInstancesPolicy } of groups) {
    for (const { ImageId } of MixedInstancesPolicy?.LaunchTemplate?.Overrides ?? []) {
      await addSpecified(ImageId, `group ${AutoScalingGroupName}`);
    }
  }
  const configurations = await collect(
    paginateDescribeLaunchConfigurations({ client, pageSize: 100 }, {}, { abortSignal }),
    ({ LaunchConfigurations }) => LaunchConfigurations,
  );
  for (const { LaunchConfigurationName, ImageId } of configurations) {
    await addSpecified(ImageId, `launch configuration ${LaunchConfigurationName}`);
  }
}
