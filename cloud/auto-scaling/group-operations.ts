import type {
  AutoScalingGroupNamesType,
  AutoScalingGroupsType,
  CreateAutoScalingGroupType,
  DeleteAutoScalingGroupType,
  SetDesiredCapacityType,
  UpdateAutoScalingGroupType,
} from '@aws-sdk/client-auto-scaling';
import { filtered } from '../filters.ts';
import { CloudGroup, type GroupPlaces } from '../group.ts';
import type { GroupSettings } from '../group-settings.ts';
import { nothing } from '../operation.ts';
import { AwsError, validationError } from '../protocol/aws-error.ts';
import { lazily } from '../protocol/lazily.ts';
import { pageOf } from '../protocol/page.ts';
import type { CloudRegion } from '../region.ts';
import { describeGroup } from './describe-group.ts';
import { findGroup, invalidToken } from './find.ts';
import { putHook } from './hook-operations.ts';
import { setTags } from './tag-operations.ts';

export const groupOperations = {
  DescribeAutoScalingGroups(
    { groups }: CloudRegion,
    input: AutoScalingGroupNamesType,
  ): AutoScalingGroupsType {
    const { AutoScalingGroupNames, Filters, NextToken, MaxRecords = 50 } = input;
    const named = AutoScalingGroupNames?.flatMap((name) => groups.get(name) ?? []);
    const all = named ?? [...groups.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
    const tagged = all.map((group) => ({
      group,
      tags: new Map([...group.tags].map(([key, { value }]) => [key, value])),
    }));
    const found = filtered(tagged, Filters, () => null);
    const page = pageOf(found, NextToken, MaxRecords, invalidToken);
    const withInstances = input.IncludeInstances ?? true;
    return {
      AutoScalingGroups: lazily(page.items, ({ group }) => describeGroup(group, withInstances)),
      NextToken: page.next,
    };
  },

  async CreateAutoScalingGroup(region: CloudRegion, input: CreateAutoScalingGroupType) {
    const {
      AutoScalingGroupName: name = '',
      Tags,
      LifecycleHookSpecificationList,
      ...settings
    } = input;
    if (/[:]/.test(name)) throw validationError('The name of a group must not contain a colon.');
    refuseExisting(region, name);
    const places = await placesOf(region, settings);
    refuseExisting(region, name);
    const group = new CloudGroup(name, settings, places, region);
    region.groups.set(name, group);
    try {
      setTags(group, Tags ?? []);
      for (const hook of LifecycleHookSpecificationList ?? []) putHook(group, hook);
    } catch (error) {
      group.delete();
      throw error;
    }
    return nothing;
  },

  async UpdateAutoScalingGroup(region: CloudRegion, input: UpdateAutoScalingGroupType) {
    const { AutoScalingGroupName: name = '', ...change } = input;
    const group = findGroup(region, name);
    const settings = mergedSettings(group.settings, change);
    const places = await placesOf(region, settings);
    group.update(settings, places);
    return nothing;
  },

  DeleteAutoScalingGroup(region: CloudRegion, input: DeleteAutoScalingGroupType) {
    const group = findGroup(region, input.AutoScalingGroupName!);
    if (!input.ForceDelete && group.simulated.instances.length > 0) {
      throw new AwsError(
        'ResourceInUse',
        'You cannot delete an AutoScalingGroup while there are instances or pending Spot instance ' +
          'request(s) still in the group.',
      );
    }
    group.delete();
    return nothing;
  },

  SetDesiredCapacity(region: CloudRegion, input: SetDesiredCapacityType) {
    const group = findGroup(region, input.AutoScalingGroupName!);
    group.simulated.setDesiredCapacity(input.DesiredCapacity!, {
      honorCooldown: input.HonorCooldown ?? false,
    });
    return nothing;
  },
};

function refuseExisting({ groups }: CloudRegion, name: string): void {
  if (!groups.has(name)) return;
  throw new AwsError(
    'AlreadyExists',
    `AutoScalingGroup by this name already exists - A group with the name ${name} already exists`,
  );
}

/**
 * What is left out stays; a template in place of a policy, or the other way round, replaces it. Of a
 * policy's distribution and template, too, what is left out stays; an empty spot max price removes it.
 */
function mergedSettings(before: GroupSettings, change: GroupSettings): GroupSettings {
  const { MixedInstancesPolicy: policy, LaunchTemplate, VPCZoneIdentifier, ...rest } = change;
  const { DesiredCapacity: _, ...kept } = before;
  const old = before.MixedInstancesPolicy;
  const from = policy === undefined && LaunchTemplate === undefined ? before : change;
  return {
    ...kept,
    // Zones that stood for themselves do not outlast subnets, which have their own.
    ...(VPCZoneIdentifier !== undefined && { VPCZoneIdentifier, AvailabilityZones: undefined }),
    ...rest,
    LaunchTemplate: from.LaunchTemplate,
    MixedInstancesPolicy:
      policy === undefined
        ? from.MixedInstancesPolicy
        : {
            LaunchTemplate: { ...old?.LaunchTemplate, ...policy.LaunchTemplate },
            InstancesDistribution: {
              ...old?.InstancesDistribution,
              ...policy.InstancesDistribution,
            },
          },
  };
}

async function placesOf(region: CloudRegion, settings: GroupSettings): Promise<GroupPlaces> {
  const { AvailabilityZones = [], VPCZoneIdentifier = '' } = settings;
  const subnets = VPCZoneIdentifier.split(',').filter((id) => id !== '');
  if (subnets.length === 0) {
    if (AvailabilityZones.length === 0) {
      throw validationError('At least one Availability Zone or VPC Subnet is required.');
    }
    refuseOtherZones(region, AvailabilityZones);
    return { zones: AvailabilityZones, subnetByZone: new Map() };
  }
  const zones = await region.account.subnets.zonesOf(region.name, subnets);
  refuseOtherZones(region, zones);
  const subnetByZone = new Map(zones.map((zone, index) => [zone, subnets[index]!]));
  return { zones: [...subnetByZone.keys()], subnetByZone };
}

function refuseOtherZones(region: CloudRegion, zones: readonly string[]): void {
  const other = zones.find((zone) => !region.zones.includes(zone));
  if (other === undefined) return;
  throw validationError(
    `Invalid Availability Zones: ${other} is none of ${region.zones.join(', ')}`,
  );
}
