/**
 * Pools of each kind, from the first apply to destroy, with their state in a bucket: Terraform with the
 * AWS provider against moto. The pools have no minimum, so nothing is launched.
 *
 * Where moto departs from AWS: it shows a template's own tags among those of its instances, and invents
 * targets of lifecycle hooks, so plans have a few changes that they have not on AWS; they are told apart
 * by name and never by number. It also forgets a group's mixed instances policy when an update does not
 * name it, so no option of a group itself is changed here.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { CreateVolumeCommand } from '@aws-sdk/client-ec2';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { missingParts } from '../harness/missing-part.ts';
import { findPython, motoPart } from '../harness/moto.ts';
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

const stackNames = ['ci-shared', 'ci-eu-west-1'] as const;
const byMoto =
  /^aws_autoscaling_lifecycle_hook\..*\.(notification_target_arn|role_arn)$|^aws_launch_template\..*\.(default_version|latest_version|tag_specifications)$/;

interface Pool {
  readonly [key: string]: unknown;
}

describe.skipIf(missing)('pools of each kind, end to end', () => {
  let world: World;
  let terraform: Terraform;
  let before: readonly string[];
  let pools: Record<string, Pool>;
  let given: string;
  let broken = false;

  const stackFolder = (name: string) => join(world.folder, 'out', 'stacks', name);

  /** What muster says. */
  async function synthesise(): Promise<string> {
    const [closed, ...open] = world.network.subnets;
    const configuration = world.declare({
      fleet: 'ci',
      state: { bucket: 'ci-state', environment: 'test' },
      regions: {
        [world.region]: { vpc: world.network.vpc, subnets: [closed], publicSubnets: open },
      },
      pools,
    });
    const out = join(world.folder, 'out');
    const parameters = ['synth', '--config', configuration, '--out', out];
    const { stdout } = await muster(world.environment, ...parameters);
    expect(stdout).toContain('state is kept in s3://ci-state/muster/test/STACK.tfstate:');
    return stdout;
  }

  /** Changes of both stacks that none but the declaration causes. */
  async function plan(): Promise<readonly string[]> {
    const changes: string[] = [];
    for (const name of stackNames) {
      await terraform.succeed(stackFolder(name), 'plan', '-out=plan.bin', '-no-color');
      const shown = await terraform.succeed(stackFolder(name), 'show', '-json', 'plan.bin');
      changes.push(...plannedChanges(shown.stdout));
    }
    return changes.filter((change) => !byMoto.test(change));
  }

  beforeAll(async () => {
    world = await createWorld();
    terraform = openTerraform(world.environment);
    inAccount(world, makeBucket);
    const { VolumeId } = await world.ec2.send(
      new CreateVolumeCommand({ AvailabilityZone: 'eu-west-1b', Size: 10 }),
    );
    given = required(VolumeId, 'a volume');
    const common = {
      owner: 'build@example.com',
      queue: { sqs: world.queueUrl, region: world.region },
      notifyOnMissing: [],
      capacity: { max: 8 },
      image: { id: world.images.x86_64 },
      instances: [{ type: 'c7i.large', capacity: 1 }],
    };
    pools = {
      spot: { ...common, market: { spot: { maxPrice: 0.3 }, onDemandAfter: 'never' } },
      steady: { ...common, market: 'on-demand' },
      arm: {
        ...common,
        image: { id: world.images.arm64 },
        instances: [{ type: 'c7g.large', capacity: 1 }],
      },
      stateful: {
        ...common,
        capacity: { max: 1 },
        network: { subnets: 'public', elasticIps: 1 },
        disk: {
          data: { size: '40GiB', iops: 4000, throughput: 250 },
          volumes: [{ device: '/dev/xvdb', size: '10GiB', type: 'io1', iops: 200 }],
          existing: [{ id: given, mount: '/srv/builds' }],
        },
      },
    };
    before = ownedResources(world);
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

  it('are applied, and then there is nothing to change', async () => {
    await synthesise();
    for (const name of stackNames) {
      // Buckets of moto have no host names of their own.
      const backend = '-backend-config=use_path_style=true';
      await terraform.succeed(stackFolder(name), 'init', backend, '-no-color');
      await terraform.succeed(stackFolder(name), 'apply', '-auto-approve', '-no-color');
    }
    expect(await plan()).toEqual([]);
    expect(inAccount(world, listStates)).toBe(
      "['muster/test/ci-eu-west-1.tfstate', 'muster/test/ci-shared.tfstate']",
    );
  });

  it('change in what an option says and in nothing else', async () => {
    const { spot, steady, arm, stateful } = pools;
    pools = {
      spot: { ...spot, access: { keyPair: 'ops' } },
      steady: { ...steady, disk: { root: '30GiB' } },
      arm: { ...arm, lifecycle: { drain: '20m' } },
      stateful: { ...stateful, network: { subnets: 'public', elasticIps: 2 } },
    };
    const said = await synthesise();
    expect(said.split('\n').filter((line) => / of ci-eu-west-1/.test(line))).toEqual([
      '  update autoscaling lifecycle hook arm-on-demand-drain of ci-eu-west-1: heartbeat_timeout',
      '  update autoscaling lifecycle hook arm-spot-drain of ci-eu-west-1: heartbeat_timeout',
      ...['arm-arm64', 'spot-x86_64', 'steady-x86_64'].map((name, index) =>
        [
          `  update launch template ${name} of ci-eu-west-1: `,
          ['user data', 'key_name', 'volumes'][index],
          ' (new workers have it; running ones are replaced when idle)',
        ].join(''),
      ),
      '  create eip stateful-address-2 of ci-eu-west-1',
    ]);
    expect(await plan()).toEqual([
      // The hooks wait for a worker, which has its own idea of how long that is in its user data.
      'aws_autoscaling_lifecycle_hook.arm-on-demand-drain.heartbeat_timeout',
      'aws_autoscaling_lifecycle_hook.arm-spot-drain.heartbeat_timeout',
      'aws_eip.stateful-address-2 (create)',
      'aws_launch_template.arm-arm64.user_data',
      'aws_launch_template.spot-x86_64.key_name',
      'aws_launch_template.steady-x86_64.block_device_mappings',
    ]);
    await terraform.succeed(stackFolder('ci-eu-west-1'), 'apply', '-no-color', 'plan.bin');
    expect(await plan()).toEqual([]);
    expect(inAccount(world, listAddresses)).toBe("['ci_stateful', 'ci_stateful']");
  });

  it('leave nothing behind, and what was given as it was', async () => {
    for (const name of [...stackNames].reverse()) {
      await terraform.succeed(stackFolder(name), 'destroy', '-auto-approve', '-no-color');
    }
    expect(ownedResources(world)).toEqual(before);
    expect(inAccount(world, listAddresses)).toBe('[]');
    expect(inAccount(world, listVolumes)).toBe(`['${given}']`);
  });
});

const makeBucket = `
import boto3
s3 = boto3.client("s3")
place = {"LocationConstraint": s3.meta.region_name}
s3.create_bucket(Bucket="ci-state", CreateBucketConfiguration=place)
s3.put_bucket_versioning(Bucket="ci-state", VersioningConfiguration={"Status": "Enabled"})
`;

const listStates = `
import boto3
print(sorted(each["Key"] for each in boto3.client("s3").list_objects_v2(Bucket="ci-state")["Contents"]))
`;

const listAddresses = `
import boto3
found = boto3.client("ec2").describe_addresses()["Addresses"]
print([tag["Value"] for each in found for tag in each["Tags"] if tag["Key"] == "muster:used-by"])
`;

const listVolumes = `
import boto3
print([each["VolumeId"] for each in boto3.client("ec2").describe_volumes()["Volumes"]])
`;

/** What a Python program prints that speaks to the account with boto3. */
function inAccount({ environment }: World, program: string): string {
  const python = required(findPython(), 'a Python with boto3');
  return execFileSync(python, ['-c', program], { env: environment, timeout: 60_000 })
    .toString()
    .trim();
}
