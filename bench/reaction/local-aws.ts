import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { groupName, tagKeys } from '../../pool/names.ts';
import type { Fleet, Pool } from '../../pool/pool.ts';

export interface LocalAws {
  readonly endpoint: string;
  stop(): void;
}

/** `muster cloud` as a process of its own, in real time. */
export async function startLocalAws(): Promise<LocalAws> {
  const bin = fileURLToPath(new URL('../../cli/bin.mjs', import.meta.url));
  const child = spawn(process.execPath, [bin, 'cloud', '--port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  return { endpoint: line.slice(line.indexOf('http')), stop: () => child.kill() };
}

/** The spot group of a pool, as the stacks declare one. */
export async function makeSpotGroup(endpoint: string, fleet: Fleet, pool: Pool): Promise<void> {
  const template = await call(endpoint, 'ec2', '2016-11-15', {
    Action: 'CreateLaunchTemplate',
    LaunchTemplateName: 'bench',
    'LaunchTemplateData.ImageId': 'ami-0123456789abcdef0',
    'TagSpecification.1.ResourceType': 'launch-template',
    'TagSpecification.1.Tag.1.Key': tagKeys.fleet,
    'TagSpecification.1.Tag.1.Value': fleet.name,
  });
  const id = /<launchTemplateId>([^<]+)</.exec(template)?.[1] ?? '';
  const policy = 'MixedInstancesPolicy';
  const overrides = pool.instances.flatMap(({ type, capacity }, index) => {
    const key = `${policy}.LaunchTemplate.Overrides.member.${index + 1}`;
    return [
      [`${key}.InstanceType`, type],
      [`${key}.WeightedCapacity`, String(capacity)],
      [`${key}.LaunchTemplateSpecification.LaunchTemplateId`, id],
      [`${key}.LaunchTemplateSpecification.Version`, '$Default'],
    ] as const;
  });
  const tags = [
    [tagKeys.fleet, fleet.name],
    [tagKeys.pool, pool.id],
    [tagKeys.market, 'spot'],
    [`${tagKeys.launchTemplate}x86_64`, id],
  ].flatMap(([key = '', value = ''], index) => [
    [`Tags.member.${index + 1}.Key`, key] as const,
    [`Tags.member.${index + 1}.Value`, value] as const,
    [`Tags.member.${index + 1}.PropagateAtLaunch`, 'false'] as const,
  ]);
  await call(endpoint, 'autoscaling', '2011-01-01', {
    Action: 'CreateAutoScalingGroup',
    AutoScalingGroupName: groupName(fleet.name, pool.id, 'spot'),
    MinSize: '0',
    MaxSize: String(pool.capacity.max),
    'AvailabilityZones.member.1': 'eu-west-1a',
    'AvailabilityZones.member.2': 'eu-west-1b',
    NewInstancesProtectedFromScaleIn: 'true',
    [`${policy}.LaunchTemplate.LaunchTemplateSpecification.LaunchTemplateId`]: id,
    [`${policy}.LaunchTemplate.LaunchTemplateSpecification.Version`]: '$Default',
    [`${policy}.InstancesDistribution.OnDemandPercentageAboveBaseCapacity`]: '0',
    [`${policy}.InstancesDistribution.SpotAllocationStrategy`]: 'price-capacity-optimized',
    ...Object.fromEntries([...overrides, ...tags]),
  });
}

/** @throws Error when the call is refused */
async function call(
  endpoint: string,
  service: string,
  version: string,
  parameters: Readonly<Record<string, string>>,
): Promise<string> {
  const scope = `bench/20260101/eu-west-1/${service}/aws4_request`;
  const signed = 'SignedHeaders=host;x-amz-date';
  const authorization = `AWS4-HMAC-SHA256 Credential=${scope}, ${signed}, Signature=${'0'.repeat(64)}`;
  const body = new URLSearchParams({ ...parameters, Version: version }).toString();
  const headers = { authorization, 'x-amz-date': '20260101T000000Z' };
  const response = await fetch(endpoint, { method: 'POST', body, headers });
  const text = await response.text();
  if (!response.ok) throw new Error(`${parameters.Action}: status ${response.status}: ${text}`);
  return text;
}
