/** The agent on the local AWS, its metadata service and the real API: what it says, and how it drains. */
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import {
  PutLifecycleHookCommand,
  TerminateInstanceInAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { Registry } from 'prom-client';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Heartbeats } from '../../scaler/api/heartbeats.ts';
import { type RunningServer, startServer } from '../../scaler/api/server.ts';
import { systemClock } from '../../scaler/system-clock.ts';
import { describeGroup } from '../cloud/fleet-on-cloud.ts';
import { type MetadataSession, openMetadata } from '../cloud/metadata-session.ts';
import { missingParts } from '../harness/missing-part.ts';
import { type Moto, motoPart, startMoto } from '../harness/moto.ts';
import { awsCliTool } from '../harness/servers/aws-cli.ts';
import { toolPart } from '../harness/tools/tool.ts';
import { type AgentHost, makeAgentHost } from './agent-host.ts';

const missing = await missingParts([motoPart, toolPart(awsCliTool)]);
const group = 'ci_linux_spot';

describe.skipIf(missing)('the agent', { timeout: 90_000 }, () => {
  let moto: Moto;
  let session: MetadataSession;
  let heartbeats: Heartbeats;
  let server: RunningServer;
  let host: AgentHost;

  beforeAll(async () => {
    moto = await startMoto();
    const ssm = new SSMClient({ endpoint: moto.endpoint, region: 'eu-west-1' });
    for (const [Name, Value] of [
      ['/muster/token', 'a-token'],
      ['/muster/password', 'pass word'],
    ]) {
      await ssm.send(new PutParameterCommand({ Name, Value, Type: 'SecureString' }));
    }
    ssm.destroy();
  }, 90_000);
  afterAll(() => moto?.stop());

  /** Its clock is the machine's, or so many seconds behind it, so that notices are about now. */
  async function open(secondsBehind = 0): Promise<void> {
    const start = Math.floor(Date.now() / 1000) - 60 - secondsBehind;
    session = await openMetadata({}, { start, upstream: moto.endpoint });
    const hook = { LifecycleHookName: 'muster-drain', AutoScalingGroupName: group };
    const LifecycleTransition = 'autoscaling:EC2_INSTANCE_TERMINATING';
    await session.send(new PutLifecycleHookCommand({ ...hook, LifecycleTransition }));
    host = makeAgentHost({
      AWS_ENDPOINT_URL: session.running.endpoint,
      AWS_EC2_METADATA_SERVICE_ENDPOINT: session.endpoint,
    });
  }

  beforeEach(async () => {
    heartbeats = new Heartbeats(systemClock);
    server = await startServer({
      address: { host: '127.0.0.1', port: 0 },
      heartbeats,
      metrics: new Registry(),
      health: () => ({ healthy: true, age: 1 }),
      token: 'a-token',
    });
  });
  afterEach(async () => {
    await host.stop();
    await server.close();
    await session.stop();
  });

  const word = () => heartbeats.heartbeats().get(session.instanceId);
  const stateInGroup = async () => {
    const { Instances = [] } = await describeGroup(session.clients, group);
    return Instances.find((it) => it.InstanceId === session.instanceId)?.LifecycleState;
  };
  const act = (action: string) =>
    fetch(`${session.running.endpoint}/_muster/act`, {
      method: 'POST',
      body: JSON.stringify({ action, instanceIds: [session.instanceId] }),
    });

  async function start(settings: Readonly<Record<string, string>> = {}): Promise<void> {
    host.start({
      MUSTER_SCALER_URL: server.url,
      MUSTER_HEARTBEAT_TOKEN_PARAMETER: '/muster/token',
      MUSTER_POOL: 'linux',
      MUSTER_CAPACITIES: 'c6i.2xlarge=2 m6a.4xlarge=2',
      MUSTER_BUSY_COMMAND: `ls ${host.root}/running | wc -l`,
      MUSTER_DRAIN_SECONDS: '60',
      MUSTER_DRAIN_HOOK: 'muster-drain',
      MUSTER_SPOT_GROUP: group,
      ...settings,
    });
    await host.until('a first word', () => word()?.taking === true);
  }

  async function takeTask(): Promise<void> {
    host.write('queue/one', '');
    await host.until('busy', () => word()?.busySlots === 1);
  }

  it('writes secrets and settings, starts the worker, and says at once what changes', async () => {
    await open();
    host.write('etc/muster/secrets', '# NAME REFERENCE\npassword ssm:/muster/password\n');
    await start({ MUSTER_HEARTBEAT_INTERVAL_SECONDS: '600', TEXT: 'a \\"b\\" \\\\' });
    expect(readFileSync(host.at('run/muster/secrets/password'), 'utf8')).toBe('pass word');
    expect(statSync(host.at('run/muster/secrets/password')).mode & 0o777).toBe(0o400);
    const settings = readFileSync(host.at('run/muster/worker.env'), 'utf8');
    expect(settings).toContain(`MUSTER_INSTANCE_ID="${session.instanceId}"`);
    expect(settings).toContain('TEXT="a \\"b\\" \\\\"');
    expect(word()).toMatchObject({ capacity: 2, busySlots: 0, taking: true });
    await takeTask();
    host.write('finish-one', '');
    await host.until('idle', () => word()?.busySlots === 0);
    expect(host.asked()).toEqual(['start muster-worker.service']);
    expect(host.said()).not.toMatch(/a-token|pass word/);
  });

  it('ends an instance whose secret cannot be read, unheard, and says why', async () => {
    await open();
    host.write('etc/muster/secrets', 'password ssm:/no/such/parameter\n');
    host.start({ MUSTER_SCALER_URL: server.url });
    await host.until('powered off', () => host.asked().includes('poweroff'));
    expect(host.said()).toMatch(
      /boot failed: .*ParameterNotFound.*; boot: secret password cannot be/,
    );
    expect(existsSync(host.at('run/muster/worker.env'))).toBe(false);
    expect(word()).toBeUndefined();
  });

  it('takes no more when the scaler says so, finishes, and goes on when it takes that back', async () => {
    await open();
    await start({ MUSTER_HEARTBEAT_INTERVAL_SECONDS: '1' });
    await takeTask();
    heartbeats.setDraining(new Set([session.instanceId]));
    await host.until('drains', () => word()?.taking === false);
    expect(word()?.busySlots).toBe(1);
    host.write('queue/two', '');
    host.write('finish-one', '');
    await host.until('done', () => word()?.busySlots === 0);
    expect(host.tasks('queue')).toEqual(['two']);
    heartbeats.setDraining(new Set());
    await host.until('takes again', () => word()?.taking === true && word()?.busySlots === 1);
    expect(host.tasks('running')).toEqual(['two']);
  });

  it('lets the group end the instance as soon as the task is done', async () => {
    await open();
    await start();
    await takeTask();
    await session.send(
      new TerminateInstanceInAutoScalingGroupCommand({
        InstanceId: session.instanceId,
        ShouldDecrementDesiredCapacity: false,
      }),
    );
    await host.until('drains', () => word()?.taking === false);
    expect(await stateInGroup()).toBe('Terminating:Wait');
    host.write('finish-one', '');
    await host.until('the action is complete', async () => {
      await session.running.cloud.step(1);
      return (await stateInGroup()) !== 'Terminating:Wait';
    });
    expect(host.tasks('done')).toEqual(['one']);
  });

  it('hands the task back to its queue before a spot interruption that comes mid-task', async () => {
    // 100 s of the two minutes are over when the agent reads the notice.
    await open(100);
    await start();
    await takeTask();
    await act('interrupt');
    await host.until('back in the queue', () => host.tasks('queue')[0] === 'one');
    expect(host.asked()).toContain('stop --no-block muster-worker.service');
    await host.until('says so', () => word()?.taking === false && word()?.busySlots === 0);
    expect(host.tasks('done')).toEqual([]);
  });

  it('finishes a task that ends before the spot interruption does', async () => {
    await open();
    await start();
    await takeTask();
    await act('interrupt');
    await host.until('drains', () => word()?.taking === false);
    host.write('finish-one', '');
    await host.until('done', () => word()?.busySlots === 0);
    expect(host.tasks('done')).toEqual(['one']);
    expect(host.said()).not.toContain('hands back');
  });

  it('takes no more once EC2 advises to replace it, and so asks to be retired', async () => {
    await open();
    await start();
    await takeTask();
    await act('recommend-rebalance');
    await host.until('drains', () => word()?.taking === false);
    host.write('finish-one', '');
    await host.until('done', () => word()?.busySlots === 0);
    expect(host.said()).toContain('takes no more: rebalance recommendation');
  });

  it('says for how long someone has held it, and counts as busy meanwhile', async () => {
    await open();
    await start();
    expect(word()).toMatchObject({ busySlots: 0 });
    host.write('var/tmp/keeprunning', '');
    await host.until('is held', () => word()?.heldSeconds !== undefined);
    expect(word()).toMatchObject({ busySlots: 1, taking: true, heldSeconds: expect.any(Number) });
    rmSync(host.at('var/tmp/keeprunning'));
    await host.until('is let go', () => word()?.heldSeconds === undefined);
    expect(word()).toMatchObject({ busySlots: 0, taking: true });
  });

  it('asks to be retired after one task where it is for single use', async () => {
    await open();
    await start({ MUSTER_SINGLE_USE: 'true' });
    await takeTask();
    expect(word()?.taking).toBe(true);
    host.write('finish-one', '');
    await host.until('asks', () => word()?.taking === false && word()?.busySlots === 0);
    host.write('queue/two', '');
    await host.until('the worker has ended', () => host.asked().at(-1)?.startsWith('stop'));
    expect(host.tasks('running')).toEqual([]);
  });
});
