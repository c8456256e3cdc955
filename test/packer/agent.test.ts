/** The agent on the local AWS, its metadata service and the real API: what it says, and how it drains. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { TerminateInstanceInAutoScalingGroupCommand } from '@aws-sdk/client-auto-scaling';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { missingParts } from '../harness/missing-part.ts';
import { type Moto, motoPart, startMoto } from '../harness/moto.ts';
import { awsCliTool } from '../harness/servers/aws-cli.ts';
import { toolPart } from '../harness/tools/tool.ts';
import { type AgentOnCloud, openAgent } from './agent-on-cloud.ts';

const missing = await missingParts([motoPart, toolPart(awsCliTool)]);

describe.skipIf(missing)('the agent', { timeout: 90_000 }, () => {
  let moto: Moto;
  let on: AgentOnCloud;
  let session: AgentOnCloud['session'];
  let heartbeats: AgentOnCloud['heartbeats'];
  let host: AgentOnCloud['host'];

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

  async function open(secondsBehind = 0): Promise<void> {
    on = await openAgent({ secondsBehind, upstream: moto.endpoint });
    ({ session, heartbeats, host } = on);
  }
  afterEach(() => on.stop());

  const word = () => on.word();
  const stateInGroup = () => on.stateInGroup();
  const act = (action: string) => on.act(action);
  const start: AgentOnCloud['start'] = (settings) => on.start(settings);
  const takeTask = () => on.takeTask();

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
    host.start({ MUSTER_SCALER_URL: on.url });
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

  it('asks to be retired after one task where it is for single use', async () => {
    await open();
    await start({ MUSTER_SINGLE_USE: 'true' });
    await takeTask();
    expect(word()?.taking).toBe(true);
    await sleep(3_000);
    host.write('finish-one', '');
    await host.until('asks', () => word()?.taking === false && word()?.busySlots === 0);
    const finished = heartbeats.takeFinishedTasks().get('linux') ?? [];
    expect(finished).toEqual([{ instanceType: expect.any(String), duration: expect.any(Number) }]);
    expect(finished[0]?.duration).toBeGreaterThanOrEqual(2);
    expect(finished[0]?.duration).toBeLessThan(20);
    host.write('queue/two', '');
    await host.until('the worker has ended', () => host.asked().at(-1)?.startsWith('stop'));
    expect(host.tasks('running')).toEqual([]);
    expect(heartbeats.takeFinishedTasks().size).toBe(0);
  });
});
