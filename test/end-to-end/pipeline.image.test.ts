/**
 * The six jobs of the example pipelines in order, by the scripts that they run: Packer with its Amazon
 * plugin, Terraform with the AWS provider and its state in S3, muster, against moto.
 *
 * What moto cannot show: it boots no machine, so the image is its source as it is (`--no-provision`), and
 * no worker starts, so that the deployment has none to follow. Both have tests of their own: `provision` in
 * test/packer, and `deploy-image` here. Nor does `muster cleanup` list the images at the end: moto finds
 * nothing by the keys of several tags that has other tags too, where EC2 finds what has any of them.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CreateSubnetCommand,
  CreateVpcCommand,
  DescribeImagesCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import {
  CreateBucketCommand,
  ListObjectsV2Command,
  PutBucketVersioningCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { GetParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { missingParts } from '../harness/missing-part.ts';
import { motoPart } from '../harness/moto.ts';
import { projectRoot } from '../harness/project-root.ts';
import { type ProcessResult, runProcess } from '../harness/run-process.ts';
import {
  awsProviderPart,
  openTerraform,
  type Terraform,
  terraformPart,
} from '../harness/terraform.ts';
import { toolPart } from '../harness/tools/tool.ts';
import { packerEnvironment, packerTool } from '../packer/packer-tools.ts';
import { type RecordingEc2, startRecordingEc2 } from '../packer/recording-ec2.ts';
import { ownedResources } from './account.ts';
import { createWorld, required, type World } from './world.ts';

const parts = [motoPart, terraformPart, awsProviderPart, toolPart(packerTool)];
const missing = await missingParts(parts);
const sourceImage = 'ami-03cf127a';
const parameter = '/muster/ci/linux';
const bucket = 'ci-terraform-state';
const other = 'us-east-1';

describe.skipIf(missing)('the six jobs of the pipelines', { timeout: 180_000 }, () => {
  let world: World;
  let ec2: RecordingEc2;
  let terraform: Terraform;
  let s3: S3Client;
  let places: readonly Place[];
  let before: readonly string[];
  let broken = false;

  function job(name: string, more: NodeJS.ProcessEnv = {}): Promise<ProcessResult> {
    const script = join(projectRoot, 'examples', 'pipelines', 'scripts', `${name}.sh`);
    return runProcess('bash', [script], {
      directory: projectRoot,
      limitSeconds: 170,
      environment: {
        ...terraform.environment,
        ...packerEnvironment(),
        // The bucket's name is no host here.
        TF_CLI_ARGS_init: '-backend-config=use_path_style=true',
        MUSTER_CONFIG: join(world.folder, 'muster.yaml'),
        MUSTER_OUT: join(world.folder, 'out'),
        MUSTER_POOLS: 'linux',
        MUSTER_BUILD_OPTIONS: '--no-provision',
        MUSTER_WATCH: '60s',
        MUSTER_KEEP: '1',
        MUSTER_OLDER_THAN: '1d',
        ...more,
      },
    });
  }
  async function succeed(name: string, more?: NodeJS.ProcessEnv): Promise<string> {
    const { exitCode, stdout, stderr } = await job(name, more);
    expect(exitCode, `${stdout}\n${stderr}`).toBe(0);
    return stdout;
  }
  /** By region. */
  const current = async () =>
    Object.fromEntries(
      await Promise.all(
        places.map(async ({ region, ssm }) => {
          const { Parameter } = await ssm.send(new GetParameterCommand({ Name: parameter }));
          return [region, required(Parameter?.Value, 'an image')] as const;
        }),
      ),
    );
  async function expectImages(): Promise<void> {
    const images = await current();
    for (const { region, ec2: client } of places) {
      const ImageIds = [images[region] ?? ''];
      const { Images } = await client.send(new DescribeImagesCommand({ ImageIds }));
      expect(Images?.length, region).toBe(1);
    }
  }

  beforeAll(async () => {
    world = await createWorld();
    ec2 = await startRecordingEc2(world.moto.endpoint);
    terraform = openTerraform(world.environment);
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    const options = { endpoint: world.moto.endpoint, credentials };
    s3 = new S3Client({ ...options, region: world.region, forcePathStyle: true });
    places = [world.region, other].map((region) => ({
      ...{ region, ec2: new EC2Client({ ...options, region }) },
      ssm: new SSMClient({ ...options, region }),
    }));
    const CreateBucketConfiguration = { LocationConstraint: 'eu-west-1' as const };
    await s3.send(new CreateBucketCommand({ Bucket: bucket, CreateBucketConfiguration }));
    const VersioningConfiguration = { Status: 'Enabled' as const };
    await s3.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration }));
    const first = { Name: parameter, Value: world.images.x86_64, Type: 'String' as const };
    for (const { ssm } of places) await ssm.send(new PutParameterCommand(first));
    const network = await makeNetwork(places[1]?.ec2 as EC2Client);
    world.declare({
      fleet: 'ci',
      state: { bucket, environment: 'test' },
      regions: { [world.region]: world.network, [other]: network },
      pools: {
        linux: {
          owner: 'build@example.com',
          queue: { sqs: world.queueUrl, region: world.region },
          notifyOnMissing: [],
          capacity: { max: 8 },
          instances: [{ type: 'c7i.large', capacity: 1 }],
          image: {
            ssm: parameter,
            build: {
              connect: 'ssh',
              sshFrom: ['203.0.113.0/24'],
              from: { x86_64: sourceImage },
            },
          },
          worker: { command: { run: '/usr/bin/true' } },
        },
      },
    });
    before = ownedResources(world);
  }, 120_000);

  afterAll(async () => {
    terraform?.stop();
    s3?.destroy();
    for (const place of places ?? []) {
      place.ec2.destroy();
      place.ssm.destroy();
    }
    await ec2?.stop();
    await world?.stop();
  });

  // Each job builds on the one before.
  beforeEach(() => {
    if (broken) throw new Error('not tried: an earlier job failed');
  });
  afterEach(({ task }) => {
    broken ||= task.result?.state === 'fail';
  });

  it('build-worker-ami', async () => {
    const more = { AWS_ENDPOINT_URL_EC2: ec2.endpoint };
    const said = await succeed('build-worker-ami', more);
    for (const { region } of places) expect(said).toMatch(`linux ${region} x86_64: ami-`);
    expect(existsSync(join(world.folder, 'out/images/linux.image.json'))).toBe(true);
  });

  it('terraform-plan', async () => {
    await succeed('terraform-plan');
    const comment = readFileSync(join(world.folder, 'out/comment.md'), 'utf8');
    expect(comment).toMatch(/\| linux \| 0 to 8 \| 0\.00 to \d+\.\d\d \|/);
    expect(comment).toMatch(/ci-shared: \d+ to add, 0 to change, 0 to destroy/);
    for (const { region } of places) {
      const line = new RegExp(`^ci-${region}: \\d+ to add, 0 to change, 0 to destroy\\.$`, 'm');
      expect(comment).toMatch(line);
    }
    expect(ownedResources(world)).toEqual(before);
  });

  it('terraform-apply, of what was planned and once', async () => {
    await succeed('terraform-apply');
    expect(ownedResources(world).length).toBeGreaterThan(before.length);
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket }));
    expect(Contents.map(({ Key }) => Key)).toEqual([
      'muster/test/ci-eu-west-1.tfstate',
      'muster/test/ci-shared.tfstate',
      'muster/test/ci-us-east-1.tfstate',
    ]);
    const again = await job('terraform-apply');
    expect([again.exitCode, again.stderr]).toEqual([
      1,
      'ci-shared has no plan yet: run the pipeline again\n',
    ]);
  });

  it('deploy', async () => {
    const built = JSON.parse(
      readFileSync(join(world.folder, 'out/images/linux.image.json'), 'utf8'),
    );
    const said = await succeed('deploy');
    for (const { region } of places) {
      const image = built.images[region].x86_64;
      const line = `${region} ${parameter}: ${image} (was ${world.images.x86_64})`;
      expect(said).toContain(line);
      expect((await current())[region]).toBe(image);
    }
    expect(said).toContain('Deployed: pool linux has no worker and wants none');
  });

  it('clean-old-worker-ami, which keeps what is deployed', async () => {
    const said = await succeed('clean-old-worker-ami');
    for (const { region } of places) {
      const image = (await current())[region];
      const line = new RegExp(
        `^${region} keeps ${image} .*used by launch template ci_linux_x86-64`,
        'm',
      );
      expect(said).toMatch(line);
    }
    await expectImages();
  });

  it('terraform-destroy, which leaves the images alone', async () => {
    const isOfImages = (item: string) => /image|snapshot|ami-|snap-/i.test(item);
    const said = await succeed('terraform-destroy');
    expect(said).toContain('Empty: 4 groups hold no instance');
    const left = ownedResources(world).filter((item) => !isOfImages(item));
    expect(left).toEqual(before.filter((item) => !isOfImages(item)));
    await expectImages();
  });
});

interface Place {
  readonly region: string;
  readonly ec2: EC2Client;
  readonly ssm: SSMClient;
}

async function makeNetwork(ec2: EC2Client) {
  const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: '10.1.0.0/16' }));
  const vpc = required(Vpc?.VpcId, 'a VPC');
  const { Subnet } = await ec2.send(
    new CreateSubnetCommand({ VpcId: vpc, CidrBlock: '10.1.0.0/24' }),
  );
  return { vpc, subnets: [required(Subnet?.SubnetId, 'a subnet')] };
}
