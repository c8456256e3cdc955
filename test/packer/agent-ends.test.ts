/** How the agent ends its instance: after a boot that failed, and where it is nobody's worker. */
import { existsSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { PutLifecycleHookCommand, SetDesiredCapacityCommand } from '@aws-sdk/client-auto-scaling';
import { afterEach, describe, expect, it } from 'vitest';
import { describeGroup } from '../cloud/fleet-on-cloud.ts';
import { type MetadataSession, openEndpoint, openMetadata } from '../cloud/metadata-session.ts';
import { missingParts } from '../harness/missing-part.ts';
import { runProcess } from '../harness/run-process.ts';
import { awsCliTool } from '../harness/servers/aws-cli.ts';
import { toolPart } from '../harness/tools/tool.ts';
import { type ApiServer, startApiServer } from '../scaler/api/api-server.ts';
import { type AgentHost, makeAgentHost } from './agent-host.ts';
import { extended } from './agent-on-cloud.ts';

const asRoot = {
  name: 'root',
  install: 'run as root: a full disk is a small file system that is mounted',
  present: () => process.getuid?.() === 0,
};
const missing = await missingParts([asRoot, toolPart(awsCliTool)]);

describe.skipIf(missing)('the agent ends its instance', { timeout: 90_000 }, () => {
  let session: MetadataSession;
  let api: ApiServer | null = null;
  let host: AgentHost;

  afterEach(async () => {
    await host.stop();
    await api?.close();
    api = null;
    await session.stop();
  });

  async function open(data: Parameters<typeof openMetadata>[0] = {}): Promise<void> {
    session = await openMetadata(data);
    host = makeAgentHost({
      AWS_ENDPOINT_URL: session.running.endpoint,
      AWS_EC2_METADATA_SERVICE_ENDPOINT: session.endpoint,
    });
  }

  const poweredOff = () => host.asked().includes('poweroff');
  const failsWith = async (words: string | RegExp) => {
    await host.until('powered off', poweredOff);
    expect(host.said()).toMatch(words);
    expect(host.asked()).not.toContain('start muster-worker.service');
    await host.until('the agent has ended', () => host.ended());
  };

  it('where there are no metadata: no token is given', async () => {
    await open({ MetadataOptions: { HttpEndpoint: 'disabled' } });
    host.start({});
    await failsWith('boot failed: the metadata service does not answer');
  });

  it('where user data left no settings', async () => {
    await open();
    host.environment.MUSTER_SETTINGS_WAIT_SECONDS = '2';
    host.start({});
    rmSync(host.at('etc/muster/worker.env'));
    await failsWith('no settings in');
  });

  it('where the scaler does not answer while it has to register', async () => {
    await open();
    host.start({
      MUSTER_REGISTER: 'true',
      MUSTER_SCALER_URL: 'http://127.0.0.1:9',
      MUSTER_REGISTER_WAIT_SECONDS: '2',
    });
    await failsWith(/boot failed: worker data: .*HTTP 000/);
  });

  it('where the disk is full', async () => {
    await open();
    const run = host.at('run');
    host.write('run/muster/here', '');
    const shell = (script: string) => runProcess('bash', ['-c', script], { limitSeconds: 20 });
    const filled = await shell(
      `mount -t tmpfs -o size=64k none ${run} && mkdir ${run}/muster; cat /dev/zero > ${run}/full; true`,
    );
    expect(filled.stderr).toContain('No space left on device');
    try {
      host.start({ TEXT: 'x'.repeat(8_000) });
      await failsWith(/boot failed: .*No space left on device/);
    } finally {
      await shell(`umount ${run}`);
    }
  });

  /** An instance that its group holds until its launch hook is complete; returns its state there. */
  async function launchHeld() {
    await open();
    const AutoScalingGroupName = 'ci_linux_spot';
    const LifecycleTransition = 'autoscaling:EC2_INSTANCE_LAUNCHING';
    const hook = { LifecycleHookName: 'muster-launch', AutoScalingGroupName, LifecycleTransition };
    await session.send(new PutLifecycleHookCommand({ ...hook, HeartbeatTimeout: 1200 }));
    await session.send(new SetDesiredCapacityCommand({ AutoScalingGroupName, DesiredCapacity: 6 }));
    await session.running.cloud.step(60);
    const instances = async () =>
      (await describeGroup(session.clients, AutoScalingGroupName)).Instances ?? [];
    const held = (await instances()).find((it) => it.LifecycleState === 'Pending:Wait');
    const instanceId = held?.InstanceId ?? 'none';
    host.environment.AWS_EC2_METADATA_SERVICE_ENDPOINT = await openEndpoint(session, {
      instanceId,
    });
    const names = {
      MUSTER_LAUNCH_HOOK: 'muster-launch',
      // Of 1200, so that it says often that it still holds.
      MUSTER_LAUNCH_SECONDS: '3',
      MUSTER_SPOT_GROUP: AutoScalingGroupName,
    };
    host.start(names);
    return async () =>
      (await instances()).find((it) => it.InstanceId === instanceId)?.LifecycleState ?? 'gone';
  }

  it('not where it boots: it completes the launch hook', async () => {
    const state = await launchHeld();
    await host.until('in service', async () => {
      await session.running.cloud.step(1);
      return (await state()) === 'InService';
    });
    expect(host.asked()).toEqual(['start muster-worker.service']);
  });

  it('where it gives up its launch hook, but waits for whoever debugs it', async () => {
    const state = await launchHeld();
    host.write('refuse-start', '');
    host.write('var/tmp/keeprunning', '');
    await host.until('is held', () => host.said().includes('not ended (boot failed'));
    for (let round = 0; round < 4; round += 1) {
      await extended(host, session);
      await session.running.cloud.step(600);
      expect(await state()).toBe('Pending:Wait');
    }
    expect(poweredOff()).toBe(false);
    expect(host.said()).toContain('muster-worker.service does not start');
    rmSync(host.at('var/tmp/keeprunning'));
    await host.until('powered off', poweredOff);
    expect(await state()).toMatch(/^(Terminating.*|gone)$/);
  });

  it('where whoever debugs it forgot it for longer than the limit', async () => {
    await open();
    host.write('refuse-start', '');
    host.write('var/tmp/keeprunning', '');
    api = await startApiServer();
    host.start({ MUSTER_KEEP_RUNNING_SECONDS: '20', MUSTER_SCALER_URL: api.url });
    const word = () => api?.heartbeats.heartbeats().get(session.instanceId);
    await host.until('is held', () => word()?.heldSeconds !== undefined);
    expect(word()).toMatchObject({ busySlots: 1, taking: false });
    await host.until('powered off', poweredOff);
    // Whoever forgot it is told.
    expect(word()).toMatchObject({ holdOver: true });
    expect(host.said()).toContain('not ended (boot failed');
    expect(existsSync(host.at('var/tmp/keeprunning'))).toBe(true);
  });

  it('where neither scaler nor master answers for orphanAfter, once its task is done', async () => {
    await open();
    api = await startApiServer();
    host.start({
      MUSTER_SCALER_URL: api.url,
      MUSTER_BUSY_COMMAND: `ls ${host.root}/running | wc -l`,
      MUSTER_MASTER_COMMAND: `test -e ${host.root}/master`,
      MUSTER_ORPHAN_AFTER_SECONDS: '3',
      MUSTER_HEARTBEAT_INTERVAL_SECONDS: '1',
    });
    host.write('master', '');
    host.write('queue/one', '');
    const busy = () => api?.heartbeats.heartbeats().get(session.instanceId)?.busySlots;
    await host.until('busy', () => busy() === 1);
    await api.close();
    api = null;
    // Its master is enough.
    await sleep(5_000);
    expect(host.said()).toContain('heartbeat failed');
    expect(host.said()).not.toContain('reached nobody');
    rmSync(host.at('master'));
    await host.until('takes no more', () => host.said().includes('reached nobody'));
    await sleep(1_000);
    expect(poweredOff()).toBe(false);
    host.write('finish-one', '');
    await host.until('powered off', poweredOff);
    expect(host.tasks('done')).toEqual(['one']);
  });
});
