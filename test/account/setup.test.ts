import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CreateSubnetCommand, CreateVpcCommand } from '@aws-sdk/client-ec2';
import {
  GetBucketEncryptionCommand,
  GetBucketVersioningCommand,
  GetPublicAccessBlockCommand,
  ListBucketsCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { loadFleet } from '../../pool/load.ts';
import { createWorld, required, type World } from '../end-to-end/world.ts';
import { missingParts } from '../harness/missing-part.ts';
import { motoPart } from '../harness/moto.ts';
import { runMuster } from './on-cloud.ts';

describe.skipIf(await missingParts([motoPart]))('muster setup', () => {
  let world: World;
  let s3: S3Client;
  const file = () => join(world.folder, 'muster.yaml');
  const setup = (...parameters: string[]) =>
    runMuster(world.moto.endpoint, world.folder, 'setup', ...parameters);

  beforeAll(async () => {
    world = await createWorld();
    s3 = new S3Client({
      region: world.region,
      endpoint: world.moto.endpoint,
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      forcePathStyle: true,
    });
  }, 90_000);
  afterEach(() => rmSync(file(), { force: true }));
  afterAll(async () => {
    s3?.destroy();
    await world?.stop();
  });

  it('writes a declaration of the default VPC that can be used, each with a name of its own', async () => {
    const { exitCode, stdout, stderr } = await setup('--region', 'eu-west-1');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const fleet = loadFleet(file());
    const [region] = fleet.regions;
    expect(fleet.name).toMatch(/^fleet-[0-9a-f]{8}$/);
    expect(fleet.infrastructure.remoteState).toBeNull();
    // moto's default VPC has a subnet in each of three zones; the other VPC is not the default.
    const subnet = expect.stringMatching(/^subnet-/);
    expect(region).toMatchObject({
      name: 'eu-west-1',
      network: { kind: 'existing', subnetIds: [subnet, subnet, subnet] },
    });
    expect(region?.network).not.toMatchObject({ vpcId: world.network.vpc });
    expect(stdout).toContain(`--queue-name ${fleet.name}-linux-tasks`);
    rmSync(file());
    await setup('--region', 'eu-west-1');
    expect(loadFleet(file()).name).not.toBe(fleet.name);
  });

  it('takes the VPC and name that it is told', async () => {
    const { vpc, subnets } = world.network;
    expect((await setup('--region', 'eu-west-1', '--vpc', vpc, '--fleet', 'ci')).exitCode).toBe(0);
    expect(loadFleet(file())).toMatchObject({
      name: 'ci',
      regions: [{ network: { vpcId: vpc, subnetIds: expect.arrayContaining([...subnets]) } }],
    });
  });

  it('makes a bucket that is versioned, encrypted and private', async () => {
    const options = ['--region', 'eu-west-1', '--fleet', 'ci', '--state-bucket'];
    const { exitCode, stdout } = await setup(...options);
    expect(exitCode).toBe(0);
    const Bucket = 'ci-state-123456789012';
    expect(stdout).toMatch(new RegExp(`^Made bucket ${Bucket} in eu-west-1\n`));
    expect(loadFleet(file()).infrastructure.remoteState).toMatchObject({ bucket: Bucket });
    const versioning = await s3.send(new GetBucketVersioningCommand({ Bucket }));
    expect(versioning.Status).toBe('Enabled');
    const encryption = await s3.send(new GetBucketEncryptionCommand({ Bucket }));
    expect(encryption.ServerSideEncryptionConfiguration?.Rules).toHaveLength(1);
    const { PublicAccessBlockConfiguration } = await s3.send(
      new GetPublicAccessBlockCommand({ Bucket }),
    );
    expect(PublicAccessBlockConfiguration?.RestrictPublicBuckets).toBe(true);
  });

  it('leaves a file alone, and makes nothing where something is wrong', async () => {
    writeFileSync(file(), 'mine');
    const bucket = ['--state-bucket', 'another-bucket'];
    const there = await setup('--region', 'eu-west-1', ...bucket);
    expect(there.exitCode).toBe(2);
    expect(there.stderr).toContain('muster.yaml exists; move it, or name another with --config');
    expect(readFileSync(file(), 'utf8')).toBe('mine');
    rmSync(file());
    const named = await setup('--region', 'eu-west-1', '--fleet', 'C I', ...bucket);
    expect(named.exitCode).toBe(2);
    expect(named.stderr).toContain('fleet');
    expect((await setup('--region', 'eu-west1', ...bucket)).stderr).toContain('eu-west-1');
    expect((await setup(...bucket)).stderr).toContain('no region; give --region');
    const vpc = await setup('--region', 'eu-west-1', '--vpc', 'vpc-0', ...bucket);
    expect(vpc.stderr).toContain(`no VPC vpc-0 in eu-west-1; give --vpc, one of: `);
    const { Vpc } = await world.ec2.send(new CreateVpcCommand({ CidrBlock: '10.9.0.0/16' }));
    const VpcId = required(Vpc?.VpcId, 'a VPC');
    const empty = await setup('--region', 'eu-west-1', '--vpc', VpcId, ...bucket);
    expect(empty.stderr).toContain(`${VpcId} in eu-west-1 has no subnet`);
    await world.ec2.send(new CreateSubnetCommand({ VpcId, CidrBlock: '10.9.0.0/24' }));
    const { Buckets = [] } = await s3.send(new ListBucketsCommand({}));
    expect(Buckets.map(({ Name }) => Name)).not.toContain('another-bucket');
  }, 60_000);
});
