import { awsCalls, type CallScope } from '../pool/aws-calls.ts';
import { homeRegion } from '../pool/home-region.ts';
import {
  eventQueueName,
  metricNamespace,
  noticeTopicName,
  tagKeys,
  workerRolePath,
} from '../pool/names.ts';
import { noticeTarget } from '../pool/notice-target.ts';
import type { Fleet } from '../pool/pool.ts';
import { type SourceDeclaration, sourcesOf } from '../pool/queues/declaration.ts';
import { type SecretReference, secretsIn } from '../pool/queues/secret.ts';
import {
  accountIdReference,
  ec2ServicePrincipal,
  parameterArn,
  partitionOf,
  queueArn,
  secretArn,
} from './arns.ts';
import { existingRoleReference } from './existing-profile.ts';
import { imageParameterNames } from './image.ts';
import { fleetRequestLimits, launchLimits } from './launch-limits.ts';
import { noticeAddresses, noticeRegion } from './notice-topic.ts';
import type { Statement } from './policy-document.ts';
import { arn, hasFleetTag, type Limit, unique } from './policy-limits.ts';
import { stateKeyLimits, stateTableLimits } from './state-limits.ts';

/**
 * What the scaler may do: the calls it makes and what AWS checks for them, each limited to this fleet
 * as far as IAM supports it.
 */
export function scalerStatements(fleet: Fleet): Statement[] {
  const actions = new Map<CallScope, Set<string>>();
  const add = (scope: CallScope, action: string) =>
    actions.set(scope, (actions.get(scope) ?? new Set()).add(action));
  for (const call of awsCalls) {
    for (const scope of [call.scope].flat()) add(scope, call.action);
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
  'state-table': stateTableLimits,
  'state-key': stateKeyLimits,
  'queues-of-fleet': (fleet) => [
    {
      Sid: 'Queues',
      Resource: unique(
        sources(fleet).flatMap((source) => (source.kind === 'sqs' ? [queueArn(source)] : [])),
      ),
    },
  ],
  'event-queues': (fleet) => [{ Sid: 'EventQueues', Resource: eventQueues(fleet) }],
  'source-parameters': (fleet) => [
    {
      Sid: 'SourceParameters',
      Resource: unique(
        secretsOf(fleet, 'ssm').map(({ name }) => parameterArn(homeRegion(fleet).name, name)),
      ),
    },
  ],
  'source-secrets': (fleet) => [
    {
      Sid: 'SourceSecrets',
      Resource: unique(
        secretsOf(fleet, 'secretsManager').map(({ name }) =>
          secretArn(homeRegion(fleet).name, name),
        ),
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
  'fleet-requests': fleetRequestLimits,
  'notice-topics': (fleet) => [{ Sid: 'NoticeTopics', Resource: noticeTopics(fleet) }],
  'tags-at-launch': (fleet) => [
    {
      Sid: 'TagLaunches',
      Resource: [`${arn(fleet, 'ec2')}:${accountIdReference}:*/*`],
      Condition: {
        StringEquals: {
          'ec2:CreateAction': ['CreateFleet', 'RunInstances'],
          [`aws:RequestTag/${tagKeys.fleet}`]: fleet.name,
        },
      },
    },
  ],
  'worker-roles': (fleet) => [
    {
      Sid: 'WorkerRoles',
      Resource: [
        `arn:${partitionOf(homeRegion(fleet).name)}:iam::${accountIdReference}:role${workerRolePath(fleet.name)}*`,
        ...unique(
          fleet.pools.flatMap(({ instanceProfile }) =>
            instanceProfile === null ? [] : [existingRoleReference(instanceProfile)],
          ),
        ),
      ],
      Condition: {
        StringEquals: { 'iam:PassedToService': ec2ServicePrincipal(homeRegion(fleet).name) },
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

function eventQueues({ name, regions, infrastructure }: Fleet): string[] {
  if (!infrastructure.events) return [];
  const queue = eventQueueName(name);
  return regions.map(
    ({ name: region }) => `arn:${partitionOf(region)}:sqs:${region}:${accountIdReference}:${queue}`,
  );
}

function sources({ pools }: Fleet): readonly SourceDeclaration[] {
  return pools.flatMap(({ queue }) => sourcesOf(queue));
}

function secretsOf(fleet: Fleet, from: SecretReference['from']): readonly SecretReference[] {
  return sources(fleet)
    .flatMap(secretsIn)
    .filter((secret) => secret.from === from);
}

/** No other fleet's topic has a name that starts as this fleet's do, so one pattern a region does. */
function noticeTopics(fleet: Fleet): string[] {
  const withTopic = fleet.pools.filter((pool) => noticeAddresses(pool).length > 0);
  const declared = fleet.pools.flatMap(({ notifyOnMissing }) =>
    notifyOnMissing.flatMap((text) => {
      const target = noticeTarget(text);
      return target?.kind === 'topic' ? [target.arn] : [];
    }),
  );
  const own = withTopic.map(noticeRegion).map((region) => {
    const name = noticeTopicName(fleet.name, '*');
    return `arn:${partitionOf(region)}:sns:${region}:${accountIdReference}:${name}`;
  });
  return unique([...own, ...declared]);
}
