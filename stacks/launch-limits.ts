import type { Fleet } from '../pool/pool.ts';
import { accountIdReference, partitionOf } from './arns.ts';
import { existingGroupLimits } from './existing-group-limits.ts';
import { arn, hasFleetTag, inAccount, type Limit, unique } from './policy-limits.ts';

/**
 * AWS checks a launch against each resource that it involves. The launch template and the security
 * group must carry the fleet's tag, subnets are the declared ones, and nothing may be launched
 * without a launch template; as the template must be ours, its image and volumes are too.
 */
export function launchLimits(fleet: Fleet): Limit[] {
  const fromTemplate = {
    ArnLike: { 'ec2:LaunchTemplate': inAccount(fleet, 'launch-template') },
  };
  return [
    {
      Sid: 'LaunchTemplates',
      Resource: taggedAtLaunch(fleet),
      Condition: hasFleetTag(fleet),
    },
    { Sid: 'Launches', Resource: launchedParts(fleet), Condition: fromTemplate },
    { Sid: 'LaunchSubnets', Resource: subnetsOf(fleet), Condition: fromTemplate },
    ...existingGroupLimits(fleet, 'Launch'),
  ];
}

/**
 * EC2 Fleet launches from templates only, and each must carry the fleet's tag. Where AWS says which
 * template a resource is launched from, that must be in this account too.
 */
export function fleetRequestLimits(fleet: Fleet): Limit[] {
  const template = inAccount(fleet, 'launch-template');
  return [
    {
      Sid: 'FleetTemplates',
      Resource: taggedAtLaunch(fleet),
      Condition: hasFleetTag(fleet),
    },
    {
      Sid: 'FleetRequests',
      Resource: [
        ...['fleet', 'spot-instances-request'].map((type) => inAccount(fleet, type)),
        ...launchedParts(fleet),
      ],
      Condition: { ArnLikeIfExists: { 'ec2:LaunchTemplate': template } },
    },
    { Sid: 'FleetSubnets', Resource: subnetsOf(fleet) },
    ...existingGroupLimits(fleet, 'Fleet'),
  ];
}

function taggedAtLaunch(fleet: Fleet): string[] {
  // The ids of subnets that the fleet makes are not known here; they carry its tag.
  const makesSubnets = fleet.regions.some(({ network }) => network.kind === 'created');
  const types = ['launch-template', 'security-group', ...(makesSubnets ? ['subnet'] : [])];
  return types.map((type) => inAccount(fleet, type));
}

function launchedParts(fleet: Fleet): string[] {
  return [
    ...['instance', 'volume', 'network-interface', 'key-pair'].map((type) =>
      inAccount(fleet, type),
    ),
    `${arn(fleet, 'ec2')}::image/*`,
    `${arn(fleet, 'ec2')}::snapshot/*`,
  ];
}

function subnetsOf(fleet: Fleet): string[] {
  return unique(
    fleet.regions.flatMap(({ name, network }) =>
      network.kind === 'created'
        ? []
        : network.subnetIds.map(
            (id) => `arn:${partitionOf(name)}:ec2:${name}:${accountIdReference}:subnet/${id}`,
          ),
    ),
  );
}
