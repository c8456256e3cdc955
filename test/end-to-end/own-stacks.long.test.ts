/**
 * A region without a VPC and a scaler in AWS, from the first apply to destroy: Terraform with the AWS
 * provider against moto.
 *
 * Where moto departs from AWS, the scaler's stack is changed before it is applied: it denies all that
 * a bucket policy denies under a condition, answers a lifecycle of objects so late that the provider
 * waits a minute, and does not find an image through `resolve:ssm`.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bundle } from '../../cli/bundle.mjs';
import { parseFleet } from '../../pool/load.ts';
import { writeStacks } from '../../stacks/write-stacks.ts';
import { missingParts } from '../harness/missing-part.ts';
import { motoPart } from '../harness/moto.ts';
import {
  awsProviderPart,
  openTerraform,
  type Terraform,
  terraformPart,
} from '../harness/terraform.ts';
import { ownedResources } from './account.ts';
import { plannedChanges } from './plan-changes.ts';
import { createWorld, type World } from './world.ts';

const missing = await missingParts([motoPart, terraformPart, awsProviderPart]);

/** As they must be applied. */
const stackNames = ['ci-shared', 'ci-eu-west-1-network', 'ci-eu-west-1', 'ci-scaler'] as const;
const byMoto =
  /^aws_autoscaling_lifecycle_hook\..*\.(notification_target_arn|role_arn)$|^aws_launch_template\..*\.(default_version|latest_version|tag_specifications)$/;

describe.skipIf(missing)('own network and own scaler, end to end', () => {
  let world: World;
  let terraform: Terraform;
  let before: readonly string[];
  let scalerType = 't4g.small';
  let broken = false;

  const stackFolder = (name: string) => join(world.folder, 'out', 'stacks', name);

  function synthesise(): readonly string[] {
    const declarationFile = world.declare({
      fleet: 'ci',
      scaler: { run: 'aws', instanceType: scalerType },
      regions: { [world.region]: { network: 'create' } },
      pools: {
        linux: {
          owner: 'build@example.com',
          queue: { sqs: world.queueUrl, region: world.region },
          notifyOnMissing: [],
          capacity: { max: 8 },
          image: { id: world.images.x86_64 },
          instances: [{ type: 'c7i.large', capacity: 1 }],
        },
      },
    });
    const fleet = parseFleet(readFileSync(declarationFile, 'utf8'), declarationFile);
    const artifacts = { bundleFile: join(world.folder, 'muster.mjs'), declarationFile };
    const stacks = writeStacks(fleet, join(world.folder, 'out'), artifacts);
    const file = join(stackFolder('ci-scaler'), 'cdk.tf.json');
    const stack = JSON.parse(readFileSync(file, 'utf8'));
    delete stack.resource.aws_s3_bucket_policy;
    delete stack.resource.aws_s3_bucket_lifecycle_configuration;
    stack.resource.aws_launch_template.template.image_id = world.images.arm64;
    writeFileSync(file, JSON.stringify(stack));
    return stacks.map(({ name }) => name);
  }

  async function plan(name: string): Promise<readonly string[]> {
    await terraform.succeed(stackFolder(name), 'plan', '-out=plan.bin', '-no-color');
    const shown = await terraform.succeed(stackFolder(name), 'show', '-json', 'plan.bin');
    return plannedChanges(shown.stdout).filter((change) => !byMoto.test(change));
  }

  beforeAll(async () => {
    world = await createWorld();
    terraform = openTerraform(world.environment);
    await bundle(join(world.folder, 'muster.mjs'));
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

  it('applies stack by stack', { timeout: 400_000 }, async () => {
    expect(synthesise()).toEqual(stackNames);
    for (const name of stackNames) {
      await terraform.succeed(stackFolder(name), 'init', '-no-color');
      await terraform.succeed(stackFolder(name), 'apply', '-auto-approve', '-no-color');
    }
    const { stdout } = await terraform.succeed(stackFolder(stackNames[1]), 'output', '-json');
    expect(Object.keys(JSON.parse(stdout).subnet_ids.value)).toEqual(
      ['a', 'b', 'c'].map((letter) => `eu-west-1${letter}`),
    );
  });

  it('plans no change when nothing has changed', { timeout: 200_000 }, async () => {
    synthesise();
    for (const name of stackNames) expect(await plan(name), name).toEqual([]);
  });

  it('plans what one option changes, and nothing else', { timeout: 200_000 }, async () => {
    scalerType = 't4g.medium';
    synthesise();
    const changes = await Promise.all(stackNames.map(plan));
    // The declaration is what the scaler reads, so its copy goes with it.
    expect(changes.flat()).toEqual([
      'aws_launch_template.template.instance_type',
      ...['source', 'source_hash', 'version_id'].map(
        (name) => `aws_s3_object.file-muster-yaml.${name}`,
      ),
    ]);
    await terraform.succeed(stackFolder('ci-scaler'), 'apply', '-auto-approve', '-no-color');
  });

  it('leaves nothing behind', { timeout: 400_000 }, async () => {
    for (const name of [...stackNames].reverse()) {
      await terraform.succeed(stackFolder(name), 'destroy', '-auto-approve', '-no-color');
    }
    expect(ownedResources(world)).toEqual(before);
  });
});
