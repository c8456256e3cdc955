/**
 * Real Terraform on what muster writes: EC2 and Auto Scaling of the simulated cloud, all else of moto.
 */
import { join } from 'node:path';
import { AutoScalingClient, DescribeAutoScalingGroupsCommand } from '@aws-sdk/client-auto-scaling';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type RunningCloud, startCloud } from '../cloud/running-cloud.ts';
import { missingParts } from '../harness/missing-part.ts';
import { motoPart } from '../harness/moto.ts';
import {
  awsProviderPart,
  openTerraform,
  type Terraform,
  terraformPart,
} from '../harness/terraform.ts';
import { declarationFor } from './declaration.ts';
import { muster } from './muster-process.ts';
import { createWorld, type World } from './world.ts';

const missing = await missingParts([motoPart, terraformPart, awsProviderPart]);
const plan = ['plan', '-detailed-exitcode', '-no-color'];
const heartbeatUrl = 'http://127.0.0.1:3001';
const stackNames = ['ci-shared', 'ci-eu-west-1'] as const;

describe.skipIf(missing)('Terraform on the simulated cloud', () => {
  let world: World;
  let cloud: RunningCloud;
  let terraform: Terraform;
  let client: AutoScalingClient;
  let environment: NodeJS.ProcessEnv;
  let configuration: string;
  let broken = false;

  const stackFolder = (name: string) => join(world.folder, 'out', 'stacks', name);
  const regionFolder = () => stackFolder('ci-eu-west-1');
  const synth = async (declaration: object) => {
    configuration = world.declare(declaration);
    const out = join(world.folder, 'out');
    await muster(environment, 'synth', '--config', configuration, '--out', out);
  };
  /** One iteration, in which nothing failed. */
  const runScaler = async () => {
    const store = `sqlite:${join(world.folder, 'state.db')}`;
    const common = ['--config', configuration, '--store', store, '--no-cloudwatch'];
    await muster(environment, 'run', '--once', ...common);
  };
  const sendTasks = async (count: number) => {
    const MessageBody = JSON.stringify({ seconds: 60 });
    for (let task = 0; task < count; task += 1) {
      await world.sqs.send(new SendMessageCommand({ QueueUrl: world.queueUrl, MessageBody }));
    }
  };
  const groups = async () => {
    const { AutoScalingGroups = [] } = await client.send(new DescribeAutoScalingGroupsCommand());
    return AutoScalingGroups;
  };

  beforeAll(async () => {
    world = await createWorld();
    cloud = await startCloud({
      upstream: world.moto.endpoint,
      speed: 1,
      start: Date.now() / 1000,
    });
    environment = { ...world.environment, AWS_ENDPOINT_URL: cloud.endpoint };
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    client = new AutoScalingClient({ region: world.region, endpoint: cloud.endpoint, credentials });
    terraform = openTerraform(environment);
    await synth(declarationFor(world, heartbeatUrl));
  });

  afterAll(async () => {
    client?.destroy();
    terraform?.stop();
    await cloud?.stop();
    await world?.stop();
  });

  const spotGroup = async () =>
    (await groups()).find(({ AutoScalingGroupName: name }) => name === 'ci_linux_spot');

  // Each step builds on the one before.
  beforeEach(() => {
    if (broken) throw new Error('not tried: an earlier step failed');
  });
  afterEach(({ task }) => {
    broken ||= task.result?.state === 'fail';
  });

  it('applies what muster writes', async () => {
    for (const name of stackNames) {
      await terraform.succeed(stackFolder(name), 'init', '-no-color');
      await terraform.succeed(stackFolder(name), 'apply', '-auto-approve', '-no-color');
    }
    const names = (await groups()).map(({ AutoScalingGroupName }) => AutoScalingGroupName);
    expect(names).toEqual(['ci_linux_on-demand', 'ci_linux_spot']);
  });

  it('plans no change after that', async () => {
    for (const name of stackNames) {
      const { exitCode, stdout } = await terraform.run(
        stackFolder(name),
        'plan',
        '-detailed-exitcode',
        '-no-color',
      );
      expect(stdout).toContain('No changes.');
      expect(exitCode).toBe(0);
    }
  });

  it('plans no change after the scaler has acted', async () => {
    await sendTasks(4);
    await runScaler();
    expect((await spotGroup())?.DesiredCapacity).toBe(4);
    const { stdout } = await terraform.run(regionFolder(), ...plan);
    expect(stdout).toContain('No changes.');
  });

  it('what a plan of before the scaler acted writes back, the next iteration puts right', async () => {
    const changed = declarationFor(world, heartbeatUrl);
    changed.pools.linux.capacity.max = 9;
    await synth(changed);
    await terraform.succeed(regionFolder(), 'plan', '-out=saved', '-no-color');
    await sendTasks(2);
    await runScaler();
    expect((await spotGroup())?.DesiredCapacity).toBe(6);
    await terraform.succeed(regionFolder(), 'apply', '-no-color', 'saved');
    expect((await spotGroup())?.MaxSize).toBe(9);
    await runScaler();
    expect((await spotGroup())?.DesiredCapacity).toBe(6);
    const { stdout } = await terraform.run(regionFolder(), ...plan);
    expect(stdout).toContain('No changes.');
  });

  it('destroys all of it', async () => {
    for (const name of stackNames.toReversed()) {
      await terraform.succeed(stackFolder(name), 'destroy', '-auto-approve', '-no-color');
    }
    expect(await groups()).toEqual([]);
  });
});
