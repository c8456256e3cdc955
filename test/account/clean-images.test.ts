/** `muster image clean` on moto, in two regions. moto makes no state but `available`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CreateLaunchConfigurationCommand } from '@aws-sdk/client-auto-scaling';
import {
  CreateImageCommand,
  CreateLaunchTemplateCommand,
  CreateLaunchTemplateVersionCommand,
  CreateSnapshotCommand,
  CreateTagsCommand,
  CreateVolumeCommand,
  DeregisterImageCommand,
  DescribeImagesCommand,
  DescribeSnapshotsCommand,
  EC2Client,
  ModifyImageAttributeCommand,
  RunInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { LabelParameterVersionCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deployedNote, insteadNote } from '../../account/image-history.ts';
import { canaryLabel } from '../../pool/names.ts';
import { AmiSets } from '../../scaler/store/ami-sets.ts';
import { openStore } from '../../scaler/store/open-store.ts';
import { systemClock } from '../../scaler/system-clock.ts';
import { createWorld, required, type World } from '../end-to-end/world.ts';
import { missingParts } from '../harness/missing-part.ts';
import { motoPart } from '../harness/moto.ts';
import { type CommandResult, runCommand } from '../harness/run-command.ts';

/** Each by one use. */
const used = 'template instance set lock shared before canary alias asg'.split(' ');
const oldDate = '2020-01-01T00:00:00.000Z';

describe.skipIf(await missingParts([motoPart]))('muster image clean', () => {
  let world: World;
  let other: EC2Client;
  let snapshot: string;
  const ids = new Map<string, string>();
  const snapshots = new Map<string, readonly string[]>();
  const id = (name: string) => required(ids.get(name), name);

  /** As Packer leaves one; without `layer`, as it is before Packer tags it. */
  async function makeImage(
    ec2: EC2Client,
    key: string,
    options: {
      fleet?: string;
      builtAt?: string;
      build?: string;
      layer?: string;
      Name?: string;
    } = {},
  ): Promise<string> {
    const { fleet = 'ci', builtAt = oldDate, build = key, layer = 'worker', Name = key } = options;
    const { Instances } = await ec2.send(
      new RunInstancesCommand({ ImageId: world.images.x86_64, MinCount: 1, MaxCount: 1 }),
    );
    const InstanceId = required(Instances?.[0]?.InstanceId, 'an instance');
    const { ImageId } = await ec2.send(new CreateImageCommand({ InstanceId, Name }));
    await ec2.send(new TerminateInstancesCommand({ InstanceIds: [InstanceId] }));
    const image = required(ImageId, 'an image');
    const tags = {
      ...{ 'muster:fleet': fleet, 'muster:pool': 'linux', 'muster:layer': layer },
      ...{ 'muster:build': build, 'muster:built-at': builtAt, 'muster:architecture': 'x86_64' },
    };
    const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
    if (layer !== 'none') await ec2.send(new CreateTagsCommand({ Resources: [image], Tags }));
    ids.set(key, image);
    const { Images = [] } = await ec2.send(new DescribeImagesCommand({ ImageIds: [image] }));
    const own = Images[0]?.BlockDeviceMappings ?? [];
    snapshots.set(
      key,
      own.flatMap(({ Ebs }) => (Ebs?.SnapshotId === undefined ? [] : [Ebs.SnapshotId])),
    );
    return image;
  }

  const declare = (us: object) =>
    world.declare({
      fleet: 'ci',
      regions: { 'eu-west-1': world.network, 'us-east-1': us },
      pools: {
        linux: {
          owner: 'build@example.com',
          queue: { sqs: world.queueUrl, region: world.region },
          capacity: { max: 8 },
          instances: [{ type: 'c7i.large', capacity: 1 }],
          image: { ssm: '/muster/ci/linux' },
        },
      },
    });
  const clean = (...parameters: string[]): Promise<CommandResult> =>
    runCommand(['image', 'clean', '--keep', '1', '--older-than', '30d', ...parameters], {
      directory: world.folder,
      environment: world.environment,
    });
  const there = async (ec2: EC2Client) =>
    (await ec2.send(new DescribeImagesCommand({ Owners: ['self'] }))).Images?.map(
      ({ ImageId }) => ImageId,
    );
  const lineOf = ({ stdout }: CommandResult, key: string) =>
    stdout.split('\n').find((line) => line.includes(id(key)));

  beforeAll(async () => {
    world = await createWorld();
    const { region: _, ...rest } = { region: '', endpoint: world.moto.endpoint };
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    other = new EC2Client({ ...rest, region: 'us-east-1', credentials });
    const ssm = new SSMClient({ ...rest, region: world.region, credentials });
    declare({ vpc: 'vpc-2', subnets: ['subnet-2'] });
    const { ec2 } = world;
    for (const key of [...used, 'taken-back']) await makeImage(ec2, key, { build: 'everywhere' });
    await makeImage(other, 'old-us', { build: 'everywhere' });
    await makeImage(other, 'newest-us', { build: 'newest', builtAt: new Date().toISOString() });
    await makeImage(ec2, 'old', { build: 'everywhere' });
    await makeImage(ec2, 'newest', { builtAt: new Date().toISOString() });
    await makeImage(ec2, 'half', { builtAt: '2020-02-02T00:00:00.000Z' });
    await makeImage(ec2, 'foreign', { fleet: 'ci2' });
    await makeImage(ec2, 'no-image-build', { layer: 'none' });
    const unfinished = 'muster-ci-linux-x86_64-20200101T000000-0a1b2c3d';
    await makeImage(ec2, 'untagged', { layer: 'none', Name: unfinished });

    const LaunchTemplateName = 'someone-elses';
    const version = (ImageId: string) => ({ LaunchTemplateData: { ImageId }, LaunchTemplateName });
    await ec2.send(new CreateLaunchTemplateCommand(version(id('template'))));
    await ec2.send(new CreateLaunchTemplateVersionCommand(version('resolve:ssm:/alias')));
    await world.autoScaling.send(
      new CreateLaunchConfigurationCommand({
        ...{ LaunchConfigurationName: 'old-style', ImageId: id('asg'), InstanceType: 't3.small' },
      }),
    );
    await ec2.send(new RunInstancesCommand({ ImageId: id('instance'), MinCount: 1, MaxCount: 1 }));
    const put = (Name: string, Value: string, Description = deployedNote) =>
      ssm.send(
        new PutParameterCommand({ Name, Value, Description, Type: 'String', Overwrite: true }),
      );
    await put('/alias', id('alias'));
    const Name = '/muster/ci/linux';
    await put(Name, id('taken-back'));
    await put(Name, id('before'), insteadNote(id('taken-back'), 'its workers failed'));
    const { Version: ParameterVersion } = await put(Name, id('canary'));
    const Labels = [canaryLabel];
    await ssm.send(new LabelParameterVersionCommand({ Name, ParameterVersion, Labels }));
    await put(Name, id('newest'));
    await ec2.send(
      new ModifyImageAttributeCommand({
        ImageId: id('shared'),
        LaunchPermission: { Add: [{ UserId: '444455556666' }] },
      }),
    );
    const images = { 'eu-west-1': { x86_64: { id: id('lock'), location: 'x' } } };
    const lock = { pools: { gone: { source: { ssm: '/x' }, images } } };
    writeFileSync(join(world.folder, 'muster.lock.json'), JSON.stringify(lock));
    const address = { kind: 'sqlite', file: join(world.folder, 'state.db') } as const;
    const signal = AbortSignal.timeout(20_000);
    const options = { credentials: { kind: 'default' }, region: world.region } as const;
    const store = await openStore(address, { ...options, clock: systemClock }, signal);
    const document = { amis: [{ region: 'eu-west-1', hvm: id('set') }] };
    await new AmiSets(store).create('linux', document, systemClock.now(), signal);
    await store.close();

    const { VolumeId } = await ec2.send(
      new CreateVolumeCommand({ AvailabilityZone: 'eu-west-1a', Size: 1 }),
    );
    const { SnapshotId } = await ec2.send(new CreateSnapshotCommand({ VolumeId }));
    snapshot = required(SnapshotId, 'a snapshot');
    const Tags = [
      { Key: 'muster:fleet', Value: 'ci' },
      { Key: 'muster:build', Value: 'gone' },
    ];
    await ec2.send(new CreateTagsCommand({ Resources: [snapshot], Tags }));
  }, 120_000);
  afterAll(async () => {
    other?.destroy();
    await world?.stop();
  });

  it('says what and why, and removes nothing in a dry run', async () => {
    const before = await there(world.ec2);
    const result = await clean('--dry-run', '--state', 'sqlite:state.db');
    expect(result.stderr).toBe('');
    expect(result.exitCode).toBe(0);
    for (const [key, because] of Object.entries({
      template: 'used by launch template someone-elses version 1',
      alias: 'used by launch template someone-elses version 2',
      asg: 'used by launch configuration old-style',
      lock: 'used by muster.lock.json',
      set: 'used by AMI set linux',
      shared: 'used by the share with account 444455556666',
      before: 'used by parameter /muster/ci/linux, before the present one',
      canary: 'used by parameter /muster/ci/linux, as its canary',
      newest: 'used by parameter /muster/ci/linux',
    })) {
      expect(lineOf(result, key)).toBe(`eu-west-1 keeps ${id(key)} (${key}): ${because}`);
    }
    expect(lineOf(result, 'instance')).toMatch(/used by instance i-[0-9a-f]+$/);
    expect(lineOf(result, 'old')).toMatch(/would remove .*: \d+ days old, and \d+ newer of worker/);
    expect(lineOf(result, 'taken-back')).toMatch(
      / \d+ days old, and its deployment was taken back$/,
    );
    expect(lineOf(result, 'half')).toMatch(
      /would remove .*: half-copied: there is none in us-east-1/,
    );
    expect(lineOf(result, 'untagged')).toMatch(/half-copied: it has no tags, but its build may/);
    expect(lineOf(result, 'old-us')).toMatch(/^us-east-1 would remove/);
    expect(lineOf(result, 'foreign')).toBeUndefined();
    expect(lineOf(result, 'no-image-build')).toBeUndefined();
    expect(result.stdout).toContain(`keeps ${snapshot}: of no image, but its build may still run`);
    expect(result.stdout).toMatch(/\n0 images and 0 snapshots removed\n$/);
    expect(await there(world.ec2)).toEqual(before);
  });

  it('lets a region that fails stop no other', async () => {
    declare({ vpc: 'vpc-2', subnets: ['subnet-2'], profile: 'absent' });
    const result = await clean('--state', 'sqlite:state.db');
    expect(result.exitCode).toBe(1);
    expect(result.stderr).toMatch(/^muster: us-east-1: looking for images in us-east-1: .*absent/);
    expect(lineOf(result, 'old')).toMatch(/^eu-west-1 removes/);
    const left = await there(world.ec2);
    expect(left).not.toContain(id('old'));
    for (const key of used) expect(left, key).toContain(id(key));
    expect(left).not.toContain(id('taken-back'));
    for (const key of ['newest', 'foreign', 'untagged', 'no-image-build']) {
      expect(left, key).toContain(id(key));
    }
    expect(await there(other)).toContain(id('old-us'));
    expect(snapshots.get('old')?.length).toBeGreaterThan(0);
    const { Snapshots = [] } = await world.ec2.send(
      new DescribeSnapshotsCommand({ OwnerIds: ['self'] }),
    );
    const remaining = Snapshots.map(({ SnapshotId }) => SnapshotId);
    for (const one of snapshots.get('old') ?? []) expect(remaining).not.toContain(one);
    for (const one of snapshots.get('set') ?? []) expect(remaining).toContain(one);
  });

  it('tells of an image that is to be launched and is gone', async () => {
    for (const key of ['newest', 'lock']) {
      await world.ec2.send(new DeregisterImageCommand({ ImageId: id(key) }));
    }
    const result = await clean('--state', 'sqlite:state.db');
    for (const [by, key] of [
      ['parameter /muster/ci/linux', 'newest'],
      ['muster.lock.json', 'lock'],
    ] as const) {
      expect(result.stderr).toContain(
        `muster: eu-west-1: ${by} names ${id(key)}, which is not there: launches of it fail`,
      );
    }
    expect(result.stderr.match(/is not there/g)?.length).toBe(2);
  });

  it.each([
    [['--keep', '0'], /--keep.*Allowed: a whole number from 1 to 1000/],
    [['--older-than', '12h'], /--older-than.*Allowed: 1d or longer/],
    [['--older-than', 'soon'], /--older-than/],
  ])('refuses %j', async (parameters, message) => {
    const result = await clean(...parameters);
    expect(result.exitCode).toBe(2);
    expect(result.stderr).toMatch(message);
  });
});
