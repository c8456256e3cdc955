import { awsCalls, type CallScope } from '../pool/aws-calls.ts';
import { metricNamespace, tagKeys, workerRolePath } from '../pool/names.ts';
import type { Fleet } from '../pool/pool.ts';
import {
  accountIdReference,
  ec2ServicePrincipal,
  parameterArn,
  partitionOf,
  queueArn,
} from './arns.ts';
import { imageParameterNames } from './image.ts';
import type { Statement } from './policy-document.ts';

/**
 * What the scaler may do: the calls it makes and what AWS checks for them, each limited to this fleet
 * as far as IAM supports it.
 */
export function scalerStatements(fleet: Fleet): Statement[] {
  const actions = new Map<CallScope, Set<string>>();
  const add = (scope: CallScope, action: string) =>
    actions.set(scope, (actions.get(scope) ?? new Set()).add(action));
  for (const call of awsCalls) {
    add(call.scope, call.action);
    for (const dependent of call.dependents) add(dependent.scope, dependent.action);
  }
  return [...actions]
    .flatMap(([scope, names]) => {
      return limitsByScope[scope](fleet).map(
        (limit): Statement => ({ ...limit, Effect: 'Allow', Action: [...names].sort() }),
      );
    })
    .filter(({ Resource }) => Resource.length > 0);
}

type Limit = Omit<Statement, 'Effect' | 'Action'>;

const hasFleetTag = (fleet: Fleet) => ({
  StringEquals: { [`aws:ResourceTag/${tagKeys.fleet}`]: fleet.name },
});

const limitsByScope: Readonly<Record<CallScope, (fleet: Fleet) => Limit[]>> = {
  anything: () => [{ Sid: 'Read', Resource: ['*'] }],
  'groups-of-fleet': (fleet) => [
    {
      Sid: 'Groups',
      Resource: [
        `${arn(fleet, 'autoscaling')}:${accountIdReference}:autoScalingGroup:*:autoScalingGroupName/*`,
      ],
      Condition: hasFleetTag(fleet),
    },
  ],
  'queues-of-fleet': (fleet) => [
    {
      Sid: 'Queues',
      Resource: unique(
        fleet.pools.flatMap(({ queue }) => (queue.kind === 'sqs' ? [queueArn(queue)] : [])),
      ),
    },
  ],
  'metric-namespace': () => [
    {
      Sid: 'Metrics',
      Resource: ['*'],
      Condition: { StringEquals: { 'cloudwatch:namespace': metricNamespace } },
    },
  ],
  'launches-of-fleet': launchLimits,
  'tags-at-launch': (fleet) => [
    {
      Sid: 'TagLaunches',
      Resource: [`${arn(fleet, 'ec2')}:${accountIdReference}:*/*`],
      Condition: {
        StringEquals: {
          'ec2:CreateAction': 'RunInstances',
          [`aws:RequestTag/${tagKeys.fleet}`]: fleet.name,
        },
      },
    },
  ],
  'worker-roles': (fleet) => [
    {
      Sid: 'WorkerRoles',
      Resource: [
        `arn:${partitionOf(homeRegion(fleet))}:iam::${accountIdReference}:role${workerRolePath(fleet.name)}*`,
      ],
      Condition: {
        StringEquals: { 'iam:PassedToService': ec2ServicePrincipal(homeRegion(fleet)) },
      },
    },
  ],
  'image-parameters': (fleet) => [
    {
      Sid: 'ImageParameters',
      Resource: unique(
        fleet.pools.flatMap((pool) =>
          pool.regions.flatMap((region) =>
            imageParameterNames(pool).map((name) => parameterArn(region, name)),
          ),
        ),
      ),
    },
  ],
};

/**
 * AWS checks a launch against each resource that it involves. The launch template and the security
 * group must carry the fleet's tag, subnets are the declared ones, and nothing may be launched
 * without a launch template; as the template must be ours, its image and volumes are too.
 */
function launchLimits(fleet: Fleet): Limit[] {
  const owned = (type: string) => `${arn(fleet, 'ec2')}:${accountIdReference}:${type}/*`;
  const fromTemplate = { ArnLike: { 'ec2:LaunchTemplate': owned('launch-template') } };
  const subnets = fleet.regions.flatMap(({ name, subnetIds }) =>
    subnetIds.map(
      (id) => `arn:${partitionOf(name)}:ec2:${name}:${accountIdReference}:subnet/${id}`,
    ),
  );
  return [
    {
      Sid: 'LaunchTemplates',
      Resource: [owned('launch-template'), owned('security-group')],
      Condition: hasFleetTag(fleet),
    },
    {
      Sid: 'Launches',
      Resource: [
        ...['instance', 'volume', 'network-interface', 'key-pair'].map(owned),
        `${arn(fleet, 'ec2')}::image/*`,
        `${arn(fleet, 'ec2')}::snapshot/*`,
      ],
      Condition: fromTemplate,
    },
    { Sid: 'LaunchSubnets', Resource: unique(subnets), Condition: fromTemplate },
  ];
}

/** Start of an ARN in any region of the fleet. */
function arn(fleet: Fleet, service: string): string {
  return `arn:${partitionOf(homeRegion(fleet))}:${service}:*`;
}

/** The first region; an account's regions are all of one partition. */
function homeRegion(fleet: Fleet): string {
  return fleet.regions[0]?.name ?? '';
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)].sort();
}
