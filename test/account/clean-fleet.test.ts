import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DescribeAutoScalingGroupsCommand } from '@aws-sdk/client-auto-scaling';
import * as ec2 from '@aws-sdk/client-ec2';
import * as iam from '@aws-sdk/client-iam';
import { CreateQueueCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { cleanFleet, listOwned, type OwnedResource } from '../../account/clean-fleet.ts';
import { markOf } from '../../account/fleet-resource.ts';
import { parseFleet } from '../../pool/load.ts';
import { tagKeys } from '../../pool/names.ts';
import { declarationFor } from '../end-to-end/declaration.ts';
import { createWorld, required, type World } from '../end-to-end/world.ts';
import { missingParts } from '../harness/missing-part.ts';
import { motoPart } from '../harness/moto.ts';
import { makeFleet, tagged } from './make-fleet.ts';
import { runMuster, useEndpoint } from './on-cloud.ts';

describe('how something is marked', () => {
  const tag = (Key: string, Value: string) => ({ Key, Value });
  it.each([
    ['whole', [tag(tagKeys.fleet, 'ci')], false],
    ['none', [tag(tagKeys.fleet, 'ci2')], true],
    ['none', [tag('team', 'ci')], false],
    ['none', [tag(tagKeys.usedBy, 'ci2_linux'), tag(tagKeys.pool, 'linux')], false],
    ['whole', [tag(tagKeys.fleet, 'ci'), tag(tagKeys.usedBy, 'ci_linux')], false],
  ] as const)('%s by %j', (expected, tags, isNamedSo) => {
    expect(markOf('ci', tags, isNamedSo)).toBe(expected);
  });

  it.each([
    [[tag(tagKeys.usedBy, 'ci_linux')], false, /lent/],
    [[], true, /named as the fleet's/],
    [[tag(tagKeys.pool, 'linux')], false, /has the tag muster:pool/],
  ] as const)('partly by %j', (tags, isNamedSo, part) => {
    expect(markOf('ci', tags, isNamedSo)).toEqual({ part: expect.stringMatching(part) });
  });
});

describe.skipIf(await missingParts([motoPart]))('muster cleanup', () => {
  let world: World;
  let restore: () => void;
  let iamClient: iam.IAMClient;
  const text = () => stringify(declarationFor(world, 'http://127.0.0.1:3001'));
  const fleet = () => parseFleet(text(), 'muster.yaml');
  const signal = () => AbortSignal.timeout(50_000);
  beforeAll(async () => {
    world = await createWorld();
    restore = useEndpoint(world.moto.endpoint);
    iamClient = new iam.IAMClient({ region: world.region });
    await makeFleet(world, 'ci');
    await makeFleet(world, 'ci2');
    writeFileSync(join(world.folder, 'muster.yaml'), text());
  }, 90_000);
  afterAll(async () => {
    iamClient?.destroy();
    restore?.();
    await world?.stop();
  });

  const count = (resources: readonly OwnedResource[]) => {
    const counts: Record<string, number> = {};
    for (const { kind } of resources) counts[kind] = (counts[kind] ?? 0) + 1;
    return counts;
  };
  const whole = (resources: readonly OwnedResource[]) =>
    resources.filter(({ kept }) => kept === null);
  const oneOfEach = {
    'auto scaling group': 1,
    'spot request': 1,
    instance: 3,
    'launch template': 1,
    'Elastic IP': 1,
    image: 1,
    snapshot: 1,
    'key pair': 1,
    'security group': 1,
    'VPC endpoint': 1,
    subnet: 1,
    'route table': 1,
    'internet gateway': 1,
    VPC: 1,
    'instance profile': 1,
    role: 1,
    policy: 1,
    volume: 1,
  };
  const other = () => ({ ...fleet(), name: 'ci2' });

  it('lists one of each, and keeps what is only partly marked', async () => {
    const lent = [{ Key: tagKeys.usedBy, Value: 'ci_linux' }];
    const { PublicIp } = await world.ec2.send(
      new ec2.AllocateAddressCommand({ Domain: 'vpc', ...tagged('elastic-ip', lent) }),
    );
    await world.ec2.send(
      new ec2.CreateLaunchTemplateCommand({
        LaunchTemplateName: 'ci_linux_arm64',
        LaunchTemplateData: { ImageId: world.images.arm64 },
      }),
    );
    const { Volumes } = await world.ec2.send(new ec2.DescribeVolumesCommand({}));
    expect(Volumes?.length).toBeGreaterThan(2);
    const { resources } = await listOwned(fleet(), signal());
    expect(count(whole(resources))).toEqual(oneOfEach);
    const kept = resources.filter((resource) => resource.kept !== null);
    expect(kept.map(({ kind, name, kept }) => [kind, name, kept])).toEqual([
      ['launch template', 'ci_linux_arm64', expect.stringMatching(/^named as the fleet's/)],
      ['Elastic IP', PublicIp, expect.stringMatching(/lent to it, by the tag muster:used-by$/)],
    ]);
  });

  it('lists without --yes, and removes nothing', async () => {
    const tags = { [tagKeys.fleet]: 'ci' };
    await world.sqs.send(new CreateQueueCommand({ QueueName: 'ci_events', tags }));
    const { exitCode, stdout } = await runMuster(world.moto.endpoint, world.folder, 'cleanup');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('would remove eu-west-1 auto scaling group ci_linux_spot\n');
    expect(stdout).toContain('would remove role ci_linux_worker\n');
    expect(stdout).toMatch(/^keeps eu-west-1 launch template lt-\w+ \(ci_linux_arm64\): named/m);
    expect(stdout).toContain('would remove eu-west-1 queue ci_events\n');
    expect(stdout).toMatch(/21 to remove; --yes removes them\n$/);
    expect(stdout).not.toContain('ci2');
    const { resources } = await listOwned(fleet(), signal());
    expect(count(whole(resources))).toEqual({ ...oneOfEach, queue: 1 });
  });

  it("removes what is the fleet's, and nothing else", async () => {
    const removed: OwnedResource[] = [];
    const failures = await cleanFleet(
      { fleet: fleet(), interval: 0.05, onRemoved: (resource) => removed.push(resource) },
      signal(),
    );
    expect(failures).toEqual([]);
    const { resources, others } = await listOwned(fleet(), signal());
    expect(whole(resources)).toEqual([]);
    expect(resources.map(({ kind }) => kind)).toEqual(['launch template', 'Elastic IP']);
    expect(others).toEqual([]);
    // The other fleet and the account's own have all they had.
    const { resources: theirs } = await listOwned(other(), signal());
    expect(count(whole(theirs))).toEqual(oneOfEach);
    const { AutoScalingGroups = [] } = await world.autoScaling.send(
      new DescribeAutoScalingGroupsCommand(),
    );
    expect(AutoScalingGroups.map(({ Instances }) => Instances?.length)).toEqual([2]);
    const { Subnets = [] } = await world.ec2.send(new ec2.DescribeSubnetsCommand({}));
    expect(Subnets.map(({ SubnetId }) => SubnetId)).toEqual(
      expect.arrayContaining([...world.network.subnets]),
    );
    expect(removed.at(-1)?.kind).toBe('policy');
  });

  it('keeps a policy that others were given, and a volume that they use', async () => {
    const RoleName = 'operator';
    await iamClient.send(new iam.CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: '{}' }));
    const PolicyArn = 'arn:aws:iam::123456789012:policy/ci2_scaler';
    await iamClient.send(new iam.AttachRolePolicyCommand({ RoleName, PolicyArn }));
    const { Instances } = await world.ec2.send(
      new ec2.RunInstancesCommand({ ImageId: world.images.x86_64, MinCount: 1, MaxCount: 1 }),
    );
    const InstanceId = required(Instances?.[0]?.InstanceId, 'an instance');
    const Filters = [{ Name: 'tag:muster:fleet', Values: ['ci2'] }];
    const { Volumes = [] } = await world.ec2.send(new ec2.DescribeVolumesCommand({ Filters }));
    const VolumeId = required(Volumes[0]?.VolumeId, 'a volume');
    await world.ec2.send(new ec2.AttachVolumeCommand({ VolumeId, InstanceId, Device: '/dev/sdf' }));
    const options = { fleet: other(), interval: 0.05, onRemoved() {} };
    expect(await cleanFleet(options, signal())).toEqual([]);
    const { resources } = await listOwned(other(), signal());
    expect(resources.map(({ id, kept }) => [id, kept])).toEqual([
      [VolumeId, `attached to ${InstanceId}, which is not the fleet's`],
      [PolicyArn, 'attached to operator; detach it there first'],
    ]);
  });
});
