/** The example worker as a process, with its messages in moto's SQS. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { missingParts } from '../harness/missing-part.ts';
import { findPython, type Moto, motoPart, startMoto } from '../harness/moto.ts';
import { projectRoot } from '../harness/project-root.ts';
import { startWorkerHost, type WorkerHost } from './worker-host.ts';

const missing = await missingParts([motoPart]);
const limit = { timeout: 60_000 };

describe.skipIf(missing)('the example worker', limit, () => {
  let moto: Moto;
  let sqs: SQSClient;
  let host: WorkerHost;
  let queueUrl = '';
  let worker: ChildProcess | null = null;
  let output = '';
  let queues = 0;

  beforeAll(async () => {
    moto = await startMoto();
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    sqs = new SQSClient({ region: 'eu-west-1', endpoint: moto.endpoint, credentials });
  }, 90_000);
  afterAll(() => moto?.stop());

  beforeEach(async () => {
    host = await startWorkerHost();
    queues += 1;
    const created = await sqs.send(new CreateQueueCommand({ QueueName: `tasks-${queues}` }));
    queueUrl = created.QueueUrl ?? '';
    output = '';
  });
  afterEach(async () => {
    worker?.kill('SIGKILL');
    worker = null;
    expect(host.refused).toEqual([]);
    await host.stop();
  });

  function start(settings: Readonly<Record<string, string>> = {}): void {
    const environment = {
      PATH: process.env.PATH,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_REGION: 'eu-west-1',
      AWS_ENDPOINT_URL: moto.endpoint,
      MUSTER_QUEUE_URL: queueUrl,
      MUSTER_SCALER_URL: host.endpoint,
      MUSTER_HEARTBEAT_INTERVAL_SECONDS: '1',
      MUSTER_POLL_SECONDS: '1',
      MUSTER_CAPACITIES: 'c6i.large=2 m6a.4xlarge=4',
      MUSTER_INSTANCE_ID: 'i-0123',
      MUSTER_INSTANCE_TYPE: 'c6i.large',
      ...settings,
    };
    const script = join(projectRoot, 'examples/worker/worker.py');
    worker = spawn(findPython() ?? 'python3', [script], {
      env: Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== '')),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [worker.stdout, worker.stderr]) {
      stream?.setEncoding('utf8').on('data', (words: string) => {
        output += words;
      });
    }
  }

  const send = (MessageBody: string) =>
    sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody }));
  const last = () => host.heartbeats.at(-1);
  const finished = () => host.heartbeats.flatMap((heartbeat) => heartbeat.finished);

  async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
    const end = performance.now() + 20_000;
    while (!(await holds())) {
      if (performance.now() > end) {
        throw new Error(`not in 20 s: ${what}\n${output}\n${JSON.stringify(last())}`);
      }
      await sleep(50);
    }
  }

  async function messages(): Promise<number> {
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['All'] }),
    );
    return (
      Number(Attributes?.ApproximateNumberOfMessages) +
      Number(Attributes?.ApproximateNumberOfMessagesNotVisible)
    );
  }

  it('works on as many tasks as it has slots, deletes them and says so', async () => {
    for (let count = 0; count < 3; count++) await send('{"seconds": 1}');
    start({ MUSTER_HEARTBEAT_TOKEN: 'secret' });
    await until('three reports', () => finished().length === 3);
    expect(Math.max(...host.heartbeats.map(({ busySlots }) => busySlots))).toBe(2);
    expect(last()).toMatchObject({
      token: 'secret',
      instanceId: 'i-0123',
      instanceType: 'c6i.large',
      capacity: 2,
      taking: true,
    });
    for (const { durationSeconds } of finished()) expect(durationSeconds).toBeGreaterThan(0.9);
    expect(await messages()).toBe(0);
    expect(output).not.toContain('secret');
  });

  it('runs a command with the body, and leaves a task that fails', async () => {
    await send('good');
    await send('bad');
    start({ MUSTER_TASK_COMMAND: 'grep -q good', MUSTER_VISIBILITY_SECONDS: '60' });
    await until('a report', () => finished().length === 1);
    await until('the failure', () => output.includes('failed'));
    await until('rest', () => last()?.busySlots === 0);
    expect(finished()).toHaveLength(1);
    expect(await messages()).toBe(1);
  });

  it('takes nothing while the scaler says drain, and goes on when it no longer does', async () => {
    start();
    await until('a first word', () => last()?.taking === true);
    host.drain = true;
    await until('drained', () => last()?.taking === false && last()?.busySlots === 0);
    await send('{"seconds": 0}');
    await sleep(2_500);
    expect(finished()).toEqual([]);
    expect(await messages()).toBe(1);
    host.drain = false;
    await until('a report', () => finished().length === 1);
  });

  it('finishes what it has when told to stop, says so, and exits', async () => {
    await send('{"seconds": 2}');
    start();
    await until('busy', () => last()?.busySlots === 1);
    worker?.kill('SIGTERM');
    const [code] = await once(worker as ChildProcess, 'exit');
    expect(code).toBe(0);
    expect(await messages()).toBe(0);
    expect(finished()).toHaveLength(1);
    expect(last()).toMatchObject({ busySlots: 0, taking: false });
  });

  it('works without a scaler that answers, and reports once it does', async () => {
    host.drain = null;
    await send('{"seconds": 0}');
    start();
    await until('done', async () => (await messages()) === 0);
    expect(host.heartbeats).toEqual([]);
    host.drain = false;
    await until('a report', () => finished().length === 1);
  });

  it('lets the group end its instance once its tasks are done', { timeout: 90_000 }, async () => {
    host.metadata.set('instance-id', 'i-0fromhost');
    host.metadata.set('instance-type', 'm6a.4xlarge');
    host.metadata.set('instance-life-cycle', 'spot');
    host.metadata.set('autoscaling/target-lifecycle-state', 'InService');
    await send('{"seconds": 4}');
    start({
      MUSTER_INSTANCE_ID: '',
      MUSTER_INSTANCE_TYPE: '',
      AWS_EC2_METADATA_SERVICE_ENDPOINT: host.endpoint,
      AWS_ENDPOINT_URL_AUTO_SCALING: host.endpoint,
      MUSTER_DRAIN_HOOK: 'muster-drain',
      MUSTER_SPOT_GROUP: 'ci-linux-spot',
      MUSTER_ON_DEMAND_GROUP: 'ci-linux-on-demand',
    });
    await until('busy', () => last()?.busySlots === 1);
    expect(last()).toMatchObject({ instanceId: 'i-0fromhost', capacity: 4 });
    host.metadata.set('autoscaling/target-lifecycle-state', 'Terminated');
    await until('the hook completed', () => host.autoScalingCalls.length > 0);
    expect(await messages()).toBe(0);
    expect(Object.fromEntries(host.autoScalingCalls[0] ?? [])).toMatchObject({
      LifecycleHookName: 'muster-drain',
      AutoScalingGroupName: 'ci-linux-spot',
      InstanceId: 'i-0fromhost',
      LifecycleActionResult: 'CONTINUE',
    });
    expect(last()).toMatchObject({ busySlots: 0, taking: false });
  });
});
