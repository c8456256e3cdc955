/**
 * The six jobs of the example pipelines in order, by the scripts that they run: Packer with its Amazon
 * plugin, Terraform with the AWS provider and its state in S3, muster, against moto.
 *
 * What moto cannot show: it boots no machine, so the image is its source as it is (`--no-provision`), and
 * no worker starts, so that the deployment has none to follow.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DescribeImagesCommand } from '@aws-sdk/client-ec2';
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

describe.skipIf(missing)('the six jobs of the pipelines', { timeout: 180_000 }, () => {
  let world: World;
  let ec2: RecordingEc2;
  let terraform: Terraform;
  let clients: { readonly s3: S3Client; readonly ssm: SSMClient };
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
        MUSTER_WATCH: '8s',
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
  const current = async () =>
    (await clients.ssm.send(new GetParameterCommand({ Name: parameter }))).Parameter?.Value;

  beforeAll(async () => {
    world = await createWorld();
    ec2 = await startRecordingEc2(world.moto.endpoint);
    terraform = openTerraform(world.environment);
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    const options = { region: world.region, endpoint: world.moto.endpoint, credentials };
    clients = {
      s3: new S3Client({ ...options, forcePathStyle: true }),
      ssm: new SSMClient(options),
    };
    const LocationConstraint = 'eu-west-1';
    await clients.s3.send(
      new CreateBucketCommand({
        Bucket: bucket,
        CreateBucketConfiguration: { LocationConstraint },
      }),
    );
    await clients.s3.send(
      new PutBucketVersioningCommand({
        Bucket: bucket,
        VersioningConfiguration: { Status: 'Enabled' },
      }),
    );
    await clients.ssm.send(
      new PutParameterCommand({ Name: parameter, Value: world.images.x86_64, Type: 'String' }),
    );
    world.declare({
      fleet: 'ci',
      state: { bucket, environment: 'test' },
      regions: { [world.region]: world.network },
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
    expect(await succeed('build-worker-ami', more)).toMatch(/linux eu-west-1 x86_64: ami-/);
    expect(existsSync(join(world.folder, 'out/images/linux.image.json'))).toBe(true);
  });

  it('terraform-plan', async () => {
    await succeed('terraform-plan');
    const comment = readFileSync(join(world.folder, 'out/comment.md'), 'utf8');
    expect(comment).toMatch(/\| linux \| 0 to 8 \| 0\.00 to \d+\.\d\d \|/);
    expect(comment).toMatch(/ci-shared: \d+ to add, 0 to change, 0 to destroy/);
    expect(comment).toMatch(/ci-eu-west-1: \d+ to add, 0 to change, 0 to destroy/);
    expect(ownedResources(world)).toEqual(before);
  });

  it('terraform-apply, of what was planned and once', async () => {
    await succeed('terraform-apply');
    expect(ownedResources(world).length).toBeGreaterThan(before.length);
    const { Contents = [] } = await clients.s3.send(new ListObjectsV2Command({ Bucket: bucket }));
    expect(Contents.map(({ Key }) => Key)).toEqual([
      'muster/test/ci-eu-west-1.tfstate',
      'muster/test/ci-shared.tfstate',
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
    const image = built.images['eu-west-1'].x86_64;
    const said = await succeed('deploy');
    expect(said).toContain(`${parameter}: ${image} (was ${world.images.x86_64})`);
    expect(said).toContain('no worker of the new image has run yet');
    expect(await current()).toBe(image);
  });

  it('clean-old-worker-ami, which keeps what is deployed', async () => {
    const said = await succeed('clean-old-worker-ami');
    const image = required(await current(), 'an image');
    expect(said).toContain(`used by launch template ci_linux_x86-64 version 1`);
    const { Images = [] } = await world.ec2.send(new DescribeImagesCommand({ ImageIds: [image] }));
    expect(Images.length).toBe(1);
  });

  it('terraform-destroy, which leaves the images alone', async () => {
    const image = required(await current(), 'an image');
    const isOfImages = (item: string) => /image|snapshot|ami-|snap-/i.test(item);
    expect(await succeed('terraform-destroy')).toContain('Empty: 2 groups hold no instance');
    const left = ownedResources(world).filter((item) => !isOfImages(item));
    expect(left).toEqual(before.filter((item) => !isOfImages(item)));
    const { Images = [] } = await world.ec2.send(new DescribeImagesCommand({ ImageIds: [image] }));
    expect(Images.length).toBe(1);
  });
});
