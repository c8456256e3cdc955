/**
 * One pool in two regions, from the first apply to destroy: Terraform with the AWS provider against moto.
 * What moto adds to plans is told apart by name, as in worker-options.test.ts.
 */
import { join } from 'node:path';
import { AutoScalingClient, DescribeAutoScalingGroupsCommand } from '@aws-sdk/client-auto-scaling';
import { DescribeImagesCommand, DescribeSubnetsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { missingParts } from '../harness/missing-part.ts';
import { motoPart } from '../harness/moto.ts';
import {
  awsProviderPart,
  openTerraform,
  type Terraform,
  terraformPart,
} from '../harness/terraform.ts';
import { ownedResources } from './account.ts';
import { muster } from './muster-process.ts';
import { plannedChanges } from './plan-changes.ts';
import { createWorld, required, type World } from './world.ts';

const missing = await missingParts([motoPart, terraformPart, awsProviderPart]);

const other = 'us-east-1';
const stackNames = ['ci-shared', 'ci-eu-west-1', 'ci-us-east-1'] as const;
const byMoto =
  /^aws_autoscaling_lifecycle_hook\..*\.(notification_target_arn|role_arn)$|^aws_launch_template\..*\.(default_version|latest_version|tag_specifications)$/;

describe.skipIf(missing)('a pool in two regions, end to end', () => {
  let world: World;
  let terraform: Terraform;
  let before: readonly string[];
  let there: {
    readonly vpc: string;
    readonly subnets: string[];
    readonly images: readonly string[];
  };
  let broken = false;

  const options = () => ({
    region: other,
    endpoint: world.moto.endpoint,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  const stackFolder = (name: string) => join(world.folder, 'out', 'stacks', name);
  const inBoth = () => [
    ...ownedResources(world),
    ...ownedResources({
      ...world,
      environment: { ...world.environment, AWS_DEFAULT_REGION: other, AWS_REGION: other },
    }),
  ];

  async function synthesise(image: string | undefined, pool: object): Promise<string> {
    const configuration = world.declare({
      fleet: 'ci',
      regions: {
        [world.region]: world.network,
        [other]: { vpc: there.vpc, subnets: there.subnets },
      },
      pools: {
        linux: {
          owner: 'build@example.com',
          queue: { sqs: world.queueUrl, region: world.region },
          capacity: { max: 8 },
          image: {
            ids: {
              [world.region]: { x86_64: world.images.x86_64 },
              [other]: { x86_64: image },
            },
          },
          instances: [{ type: 'c7i.large', capacity: 1 }],
          market: { spot: { maxPrice: 0.3 }, onDemandAfter: 'never' },
          ...pool,
        },
      },
    });
    const out = join(world.folder, 'out');
    const { stdout } = await muster(
      world.environment,
      ...['synth', '--config', configuration, '--out', out],
    );
    return stdout;
  }

  /** Changes by stack that none but the declaration causes. */
  async function plan(): Promise<Record<string, readonly string[]>> {
    const changes = await Promise.all(
      stackNames.map(async (name) => {
        await terraform.succeed(stackFolder(name), 'plan', '-out=plan.bin', '-no-color');
        const shown = await terraform.succeed(stackFolder(name), 'show', '-json', 'plan.bin');
        return [name, plannedChanges(shown.stdout).filter((change) => !byMoto.test(change))];
      }),
    );
    return Object.fromEntries(changes);
  }

  beforeAll(async () => {
    world = await createWorld();
    terraform = openTerraform(world.environment);
    const ec2 = new EC2Client(options());
    const { Subnets = [] } = await ec2.send(new DescribeSubnetsCommand({}));
    const Filters = [{ Name: 'architecture', Values: ['x86_64'] }];
    const { Images = [] } = await ec2.send(new DescribeImagesCommand({ Filters }));
    ec2.destroy();
    there = {
      vpc: required(Subnets[0]?.VpcId, 'a VPC'),
      subnets: Subnets.slice(0, 2).map(({ SubnetId }) => required(SubnetId, 'a subnet')),
      // moto has images of one id in every region, and AWS has none.
      images: Images.filter(({ ImageId }) => ImageId !== world.images.x86_64)
        .slice(0, 2)
        .map(({ ImageId }) => required(ImageId, 'an image')),
    };
    before = inBoth();
  });

  afterAll(async () => {
    terraform?.stop();
    await world?.stop();
  });

  // Each step builds on the one before.
  beforeEach(() => {
    if (broken) throw new Error('not tried: an earlier step failed');
  });
  afterEach(({ task }) => {
    broken ||= task.result?.state === 'fail';
  });

  it('is applied in both, and then there is nothing to change', async () => {
    await synthesise(there.images[0], {});
    for (const name of stackNames) {
      await terraform.succeed(stackFolder(name), 'init', '-no-color');
      await terraform.succeed(stackFolder(name), 'apply', '-auto-approve', '-no-color');
    }
    const autoScaling = new AutoScalingClient(options());
    const { AutoScalingGroups = [] } = await autoScaling.send(
      new DescribeAutoScalingGroupsCommand({}),
    );
    autoScaling.destroy();
    expect(AutoScalingGroups.map(({ AutoScalingGroupName: name }) => name)).toEqual([
      'ci_linux_spot',
    ]);
    expect(await plan()).toEqual({ 'ci-shared': [], 'ci-eu-west-1': [], 'ci-us-east-1': [] });
  });

  it('changes in both by one option, and in one by what is of one', async () => {
    const said = await synthesise(there.images[1], { disk: { root: '30GiB' } });
    const expected = {
      'ci-shared': [],
      'ci-eu-west-1': ['aws_launch_template.linux-x86_64.block_device_mappings'],
      'ci-us-east-1': [
        'aws_launch_template.linux-x86_64.block_device_mappings',
        'aws_launch_template.linux-x86_64.image_id',
      ],
    };
    expect(said.split('\n').filter((line) => line.startsWith('  update '))).toEqual([
      expect.stringContaining('launch template linux-x86_64 of ci-eu-west-1: volumes'),
      expect.stringContaining('launch template linux-x86_64 of ci-us-east-1: volumes, image_id'),
    ]);
    expect(await plan()).toEqual(expected);
    for (const name of stackNames.slice(1)) {
      await terraform.succeed(stackFolder(name), 'apply', '-no-color', 'plan.bin');
    }
    expect(await plan()).toEqual({ 'ci-shared': [], 'ci-eu-west-1': [], 'ci-us-east-1': [] });
  });

  it('leaves nothing behind in either', async () => {
    for (const name of [...stackNames].reverse()) {
      await terraform.succeed(stackFolder(name), 'destroy', '-auto-approve', '-no-color');
    }
    expect(inBoth()).toEqual(before);
  });
});
