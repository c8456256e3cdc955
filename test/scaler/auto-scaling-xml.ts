/** What Auto Scaling says of groups and activities, in its own XML. */
import { type MarketName, tagKeys } from '../../pool/names.ts';

export interface FakeInstance {
  readonly id: string;
  readonly type: string;
  readonly zone: string;
  readonly weight: number;
  readonly version: string;
}

export interface FakeActivity {
  readonly id: string;
  readonly group: string;
  /** Seconds since 1970. */
  readonly startedAt: number;
  status: 'InProgress' | 'Successful' | 'Failed' | 'Cancelled';
  message?: string;
  readonly description?: string;
  readonly zone?: string;
}

export interface FakeGroup {
  readonly name: string;
  readonly market: MarketName;
  readonly pool: string;
  desired: number;
  readonly max: number;
  readonly zones: readonly string[];
  readonly overrides: readonly { readonly type: string; readonly weight: number }[];
  readonly suspended: readonly string[];
  readonly topic: string | null;
  readonly instances: FakeInstance[];
}

export function groupXml(group: FakeGroup): string {
  return (
    element('AutoScalingGroupName', group.name) +
    element('MinSize', 0) +
    element('MaxSize', group.max) +
    element('DesiredCapacity', group.desired) +
    members('AvailabilityZones', group.zones) +
    members(
      'SuspendedProcesses',
      group.suspended.map((it) => element('ProcessName', it)),
    ) +
    members('Tags', tagsOf(group)) +
    element('MixedInstancesPolicy', policyOf(group)) +
    members('Instances', group.instances.map(instanceOf))
  );
}

export function activityXml(activity: FakeActivity): string {
  const { zone, message } = activity;
  const details = { 'Subnet ID': 'subnet-1', 'Availability Zone': zone };
  return (
    element('ActivityId', activity.id) +
    element('AutoScalingGroupName', activity.group) +
    element('Description', activity.description ?? 'Launching a new EC2 instance') +
    element('Cause', 'an instance was started in response to a difference') +
    element('StartTime', new Date(activity.startedAt * 1000).toISOString()) +
    element('StatusCode', activity.status) +
    (message === undefined ? '' : element('StatusMessage', message)) +
    (zone === undefined ? '' : element('Details', JSON.stringify(details)))
  );
}

function tagsOf({ pool, market, topic }: FakeGroup): string[] {
  const tags = {
    [tagKeys.fleet]: 'ci',
    [tagKeys.pool]: pool,
    [tagKeys.market]: market,
    [`${tagKeys.launchTemplate}x86_64`]: 'lt-x86',
    [`${tagKeys.launchTemplate}arm64`]: 'lt-arm',
    ...(topic === null ? {} : { [tagKeys.noticeTopic]: topic }),
  };
  return Object.entries(tags).map(([key, value]) => element('Key', key) + element('Value', value));
}

function policyOf({ overrides }: FakeGroup): string {
  const specification = element('LaunchTemplateId', 'lt-x86') + element('Version', '$Default');
  const listed = overrides.map(
    ({ type, weight }) => element('InstanceType', type) + element('WeightedCapacity', weight),
  );
  return element(
    'LaunchTemplate',
    element('LaunchTemplateSpecification', specification) + members('Overrides', listed),
  );
}

function instanceOf({ id, type, zone, weight, version }: FakeInstance): string {
  return (
    element('InstanceId', id) +
    element('InstanceType', type) +
    element('AvailabilityZone', zone) +
    element('LifecycleState', 'InService') +
    element('WeightedCapacity', weight) +
    element('LaunchTemplate', element('LaunchTemplateId', 'lt-x86') + element('Version', version))
  );
}

export function result(action: string, xml: string): string {
  return `<${action}Response><${action}Result>${xml}</${action}Result></${action}Response>`;
}

export function members(name: string, values: readonly string[]): string {
  return element(name, values.map((value) => element('member', value)).join(''));
}

/** Values are XML already, or text that needs no escapes. */
export function element(name: string, value: string | number): string {
  return `<${name}>${value}</${name}>`;
}
