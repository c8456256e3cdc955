/**
 * One pool from its declaration to its last worker, on real parts: Terraform with the AWS provider,
 * the AWS SDK, the `muster` command, the example worker; against moto in place of AWS.
 *
 * Where moto departs from AWS, and what the test does about it (the product does nothing):
 * - Overrides do not choose instance types: every instance is of the launch template's type, and
 *   ours names none. So an override file of Terraform gives the templates one, and of the overrides
 *   only what the group was told is checked. As many start as if each had the weight of the first
 *   override, so the cheapest types have weight 1.
 * - Every spot price is 0.00001 USD, so price per utility ranks types by utility alone; there is no
 *   price list of on-demand capacity.
 * - Lifecycle hooks do not hold an instance: a terminated worker is gone at once, as its process is.
 * - Deleting a group, by force too, leaves its protected instances running.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DescribeLaunchTemplatesCommand } from '@aws-sdk/client-ec2';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { freePort } from '../harness/free-port.ts';
import { missingParts } from '../harness/missing-part.ts';
import { findPython, motoPart } from '../harness/moto.ts';
import {
  awsProviderPart,
  openTerraform,
  type Terraform,
  terraformPart,
} from '../harness/terraform.ts';
import { group, ownedResources, queueLength, runningInstances } from './account.ts';
import { declarationFor, minimum } from './declaration.ts';
import { type HeartbeatTap, tapHeartbeats } from './heartbeat-tap.ts';
import { decisionLines, muster, type RunningMuster, startMuster } from './muster-process.ts';
import { busyAt, busyWhenNamed, namedWorkers } from './named-workers.ts';
import { plannedChanges } from './plan-changes.ts';
import { until } from './until.ts';
import { runWorkers, type WorkerProcesses } from './worker-processes.ts';
import { workerSettings } from './worker-settings.ts';
import { createWorld, required, type World } from './world.ts';

const missing = await missingParts([motoPart, terraformPart, awsProviderPart]);

const stackNames = ['ci-shared', 'ci-eu-west-1'] as const;
/** moto shows a template's own tags among those of its instances, and invents targets of hooks. */
const changesThatMotoCauses = [
  ...['on-demand', 'spot'].flatMap((market) =>
    ['notification_target_arn', 'role_arn'].map(
      (name) => `aws_autoscaling_lifecycle_hook.linux-${market}-drain.${name}`,
    ),
  ),
  ...['arm64', 'x86_64'].flatMap((architecture) =>
    ['default_version', 'latest_version', 'tag_specifications'].map(
      (name) => `aws_launch_template.linux-${architecture}.${name}`,
    ),
  ),
];
/** Seconds that each task takes: some are done while others keep their worker busy. */
const tasks = [2, 2, 2, 40, 40];

describe.skipIf(missing)('one pool, end to end', () => {
  let world: World;
  let terraform: Terraform;
  let tap: HeartbeatTap;
  let scaler: RunningMuster | undefined;
  let workers: WorkerProcesses | undefined;
  let listen: string;
  let configuration: string;
  let resourcesBefore: readonly string[];
  let broken = false;

  const stackFolder = (name: string) => join(world.folder, 'out', 'stacks', name);
  const run = (...parameters: string[]) => {
    const common = [
      '--config',
      configuration,
      '--store',
      `sqlite:${join(world.folder, 'state.db')}`,
    ];
    return ['run', ...common, '--listen', listen, ...parameters];
  };

  beforeAll(async () => {
    world = await createWorld();
    terraform = openTerraform(world.environment);
    listen = `127.0.0.1:${await freePort()}`;
    tap = await tapHeartbeats(`http://${listen}`);
    configuration = world.declare(declarationFor(world, tap.url));
    resourcesBefore = ownedResources(world);
  });

  afterAll(async () => {
    await workers?.stop();
    scaler?.kill();
    await tap?.stop();
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

  it('terraform applies what muster writes', async () => {
    await muster(
      world.environment,
      'synth',
      '--config',
      configuration,
      '--out',
      join(world.folder, 'out'),
    );
    giveTemplatesAType(stackFolder('ci-eu-west-1'));
    for (const name of stackNames) {
      await terraform.succeed(stackFolder(name), 'init', '-no-color');
      await terraform.succeed(stackFolder(name), 'apply', '-auto-approve', '-no-color');
    }
    expect((await group(world, 'spot')).DesiredCapacity).toBe(minimum);
    expect((await group(world, 'on-demand')).DesiredCapacity).toBe(0);
  });

  it('scales out to what the waiting tasks need, and settles', async () => {
    for (const seconds of tasks) {
      const MessageBody = JSON.stringify({ seconds });
      await world.sqs.send(new SendMessageCommand({ QueueUrl: world.queueUrl, MessageBody }));
    }
    const targets: number[] = [];
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const { stdout } = await muster(world.environment, ...run('--once'));
      const decisions = decisionLines(stdout);
      expect(decisions).toHaveLength(1);
      targets.push(decisions[0]!.target);
    }
    // No task has been seen to finish, so each is taken to need a slot of its own to start in time;
    // the worker that the minimum keeps is one of them.
    expect(targets).toEqual([tasks.length, tasks.length, tasks.length]);
    const spot = await group(world, 'spot');
    expect(spot.DesiredCapacity).toBe(tasks.length);
    expect((await group(world, 'on-demand')).DesiredCapacity).toBe(0);
    const running = await runningInstances(world);
    expect(running).toHaveLength(tasks.length);
    expect(spot.Instances?.map(({ InstanceId }) => InstanceId).sort()).toEqual(running);
    expect(spot.Instances?.every((instance) => instance.ProtectedFromScaleIn)).toBe(true);
  });

  it('tells the group the cheapest types per utility, and the price cap', async () => {
    const { MixedInstancesPolicy: policy } = await group(world, 'spot');
    const { LaunchTemplates = [] } = await world.ec2.send(new DescribeLaunchTemplatesCommand({}));
    const templateFor = (architecture: string) =>
      LaunchTemplates.find(({ LaunchTemplateName: name }) => name?.endsWith(architecture))
        ?.LaunchTemplateId;
    const overrides = policy?.LaunchTemplate?.Overrides?.map((override) => [
      override.InstanceType,
      override.WeightedCapacity,
      override.LaunchTemplateSpecification?.LaunchTemplateId,
    ]);
    // All cost the same, so by falling utility: c7g.2xlarge is 2.6 % dearer than c7i.2xlarge; m7i.4xlarge
    // with its two slots is over 5 %, as are m6a.4xlarge and m5.large.
    expect(overrides).toEqual([
      ['c7i.2xlarge', '1', templateFor('x86-64')],
      ['c7g.2xlarge', '1', templateFor('arm64')],
    ]);
    // USD per instance-hour over the smallest weight: the group's value is per unit of weight.
    expect(Number(policy?.InstancesDistribution?.SpotMaxPrice)).toBe(0.3);
    expect(policy?.InstancesDistribution?.OnDemandPercentageAboveBaseCapacity).toBe(0);
  });

  it('leaves nothing for terraform plan to change', async () => {
    const changes: string[] = [];
    for (const name of stackNames) {
      const options = ['-out=plan.bin', '-detailed-exitcode', '-no-color'];
      const plan = await terraform.run(stackFolder(name), 'plan', ...options);
      expect([0, 2], plan.stderr).toContain(plan.exitCode);
      const shown = await terraform.succeed(stackFolder(name), 'show', '-json', 'plan.bin');
      changes.push(...plannedChanges(shown.stdout));
      expect(plan.exitCode, plan.stdout).toBe(changes.length === 0 ? 0 : 2);
    }
    // On AWS there are none. None is of a group, where all that the scaler owns is.
    expect(changes).toEqual(changesThatMotoCauses);
  });

  it('says why', async () => {
    const store = `sqlite:${join(world.folder, 'state.db')}`;
    const parameters = ['explain', 'linux', '--config', configuration, '--store', store];
    const { stdout } = await muster(world.environment, ...parameters);
    expect(stdout).toContain('linux: decision 3 of ');
    expect(stdout).toContain(`Target   ${tasks.length} slots`);
    expect(stdout).toMatch(/^ +1 +c7i\.2xlarge +eu-west-1a +spot /m);
  });

  it('empties the queue, then scales in to the minimum without naming a busy worker', async () => {
    scaler = startMuster(world.environment, ...run());
    workers = runWorkers({
      ec2: world.ec2,
      python: required(findPython(), 'a Python with boto3'),
      environment: {
        ...world.environment,
        ...(await workerSettings(world.ec2, 'ci_linux_x86-64')),
        MUSTER_HEARTBEAT_INTERVAL_SECONDS: '2',
      },
    });
    const everything = () => `${scaler?.log().slice(-6000)}\n${workers?.output().slice(-4000)}`;
    await until(
      'the queue is empty',
      120,
      async () => (await queueLength(world)) === 0,
      everything,
    );
    const isSmall = async () =>
      (await group(world, 'spot')).DesiredCapacity === minimum &&
      (await runningInstances(world)).length === minimum;
    await until('the pool is at its minimum', 120, isSmall, everything);

    const finished = tap.passed.filter(({ drain }) => drain !== null);
    expect(finished.reduce((sum, heartbeat) => sum + heartbeat.finished, 0)).toBe(tasks.length);
    expect(workers.started.size).toBe(tasks.length); // none was started in place of another
    const named = namedWorkers(scaler.decisions());
    expect(named.filter(({ kind }) => kind === 'terminate')).toHaveLength(tasks.length - minimum);
    expect(named.flatMap((worker) => busyWhenNamed(tap.passed, worker))).toEqual([]);
    // Some went while others were still at work, or the line before would show nothing.
    expect(named.some(({ at }) => busyAt(tap.passed, at).length > 0)).toBe(true);
  });

  it('stops within 5 s of SIGTERM', async () => {
    const { exitCode, seconds } = await required(scaler, 'the scaler').terminate(10);
    expect(exitCode).toBe(0);
    expect(seconds).toBeLessThan(5);
  });

  it('leaves nothing behind after terraform destroy', async () => {
    await workers?.stop();
    const last = await runningInstances(world);
    expect(last).toHaveLength(minimum);
    for (const name of [...stackNames].reverse()) {
      await terraform.succeed(stackFolder(name), 'destroy', '-auto-approve', '-no-color');
    }
    const sparedByMoto = last.map((instanceId) => `Instances ${instanceId}`);
    expect(ownedResources(world)).toEqual([...sparedByMoto, ...resourcesBefore]);
  });
});

function giveTemplatesAType(stackFolder: string): void {
  const templates = { 'linux-x86_64': 'c7i.2xlarge', 'linux-arm64': 'c7g.2xlarge' };
  const resources = Object.entries(templates).map(([name, type]) => [
    name,
    { instance_type: type },
  ]);
  const override = { resource: { aws_launch_template: Object.fromEntries(resources) } };
  writeFileSync(join(stackFolder, 'moto_override.tf.json'), JSON.stringify(override));
}
