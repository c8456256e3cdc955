/**
 * Machines in namespaces that stand for instances of a group of the local AWS: each boots from the image with the
 * metadata service of its instance at 169.254.169.254, by way of a relay, and reaches the real API.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PutLifecycleHookCommand } from '@aws-sdk/client-auto-scaling';
import { expect } from 'vitest';
import { groupName, tagKeys } from '../../pool/names.ts';
import { describeGroup, makeSpotGroup } from '../cloud/fleet-on-cloud.ts';
import { openEndpoint } from '../cloud/metadata-session.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';
import { startApiOnCloud, wanted } from '../scaler/api/api-on-cloud.ts';
import { done, makeWorkerImage, script, volume, work } from './worker-image.ts';

export type AgentMachines = Awaited<ReturnType<typeof openAgentMachines>>;
export type AgentMachine = Awaited<ReturnType<AgentMachines['boot']>>;
export interface MachineOptions {
  /** Name of its disks, which the next machine may have too. Default: its own. */
  readonly disks?: string;
  readonly settings?: Readonly<Record<string, string>>;
  /** Runs on it before user data is done. */
  readonly prepare?: string;
  /** Default: true. */
  readonly metadata?: boolean;
}

/** Makes the image, which takes a minute or two, and a worker type with eight instances. */
export async function openAgentMachines() {
  const folder = temporaryFolder('agent-machine');
  const image = await makeWorkerImage(folder.path);
  const started: string[] = [];
  // A clock that is the machine's, as notices are about now.
  const on = await startApiOnCloud({ start: Math.floor(Date.now() / 1000) - 120 });
  const { bearerToken } = await on.api.client('root', ['*']);
  const authorization = `Bearer ${bearerToken}`;
  const made = await fetch(`${on.api.url}/v1/worker-type/w1`, {
    method: 'PUT',
    headers: { authorization, 'content-type': 'application/json' },
    body: JSON.stringify({ ...wanted, maxCapacity: 8, secrets: { password: 'pass word' } }),
  });
  expect(made.status).toBeLessThan(300);
  const tags = {
    [tagKeys.fleet]: 'ci',
    [tagKeys.pool]: 'w1',
    [tagKeys.market]: 'spot',
    [`${tagKeys.launchTemplate}x86_64`]: on.session.templateId,
  };
  const group = await makeSpotGroup(
    on.session.clients,
    on.session.templateId,
    {
      AutoScalingGroupName: groupName('ci', 'w1', 'spot'),
      Tags: Object.entries(tags).map(([Key, Value]) => ({
        Key,
        Value,
        PropagateAtLaunch: !Key.startsWith(tagKeys.launchTemplate),
      })),
    },
    { 'c6i.large': 1 },
  );
  await on.session.send(
    new PutLifecycleHookCommand({
      LifecycleHookName: 'muster-drain',
      AutoScalingGroupName: group,
      LifecycleTransition: 'autoscaling:EC2_INSTANCE_TERMINATING',
      HeartbeatTimeout: 120,
    }),
  );
  on.setPending(8);
  await on.iterate(60);

  const usedInstances: string[] = [];
  /** An instance of the group that no test had before. */
  async function nextInstance(): Promise<string> {
    const { Instances = [] } = await describeGroup(on.session.clients, group);
    const ids = Instances.map(({ InstanceId = '' }) => InstanceId);
    const instanceId = ids.find((id) => !usedInstances.includes(id)) ?? 'none';
    expect(instanceId).not.toBe('none');
    usedInstances.push(instanceId);
    return instanceId;
  }

  /** Starts a machine whose user data ends once it is prepared. */
  async function boot(options: MachineOptions = {}) {
    const instanceId = await nextInstance();
    const machine = join(folder.path, instanceId);
    const disks = join(folder.path, options.disks ?? `disks-of-${instanceId}`);
    mkdirSync(disks, { recursive: true });
    started.push(machine);
    done(await script(['start', machine, image], { MUSTER_MACHINE_DISKS: disks }));
    const tell = (text: string) => script(['run', machine, 'bash', '-ec', text]);
    const run = async (text: string) => done(await tell(text));
    if (options.metadata !== false) {
      const { port } = new URL(await openEndpoint(on.session, { instanceId }));
      await run(
        `ip address add 169.254.169.254/32 dev lo
        systemd-run --quiet --unit=metadata --socket-property=ListenStream=169.254.169.254:80 \
          /lib/systemd/systemd-socket-proxyd 10.0.2.2:${port}`,
      );
    }
    if (options.prepare) await run(options.prepare);
    const settings = {
      AWS_REGION: 'eu-west-1',
      AWS_ENDPOINT_URL: `http://10.0.2.2:${new URL(on.session.running.endpoint).port}`,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      MUSTER_SCALER_URL: `http://10.0.2.2:${new URL(on.api.url).port}`,
      MUSTER_POOL: 'w1',
      MUSTER_REGISTER: 'true',
      MUSTER_DATA_DEVICE: '/dev/disk1',
      MUSTER_VOLUMES: `${volume}=/srv/kept`,
      MUSTER_DRAIN_SECONDS: '25',
      MUSTER_SPOT_GROUP: group,
      MUSTER_FAILURE_SECONDS: '4',
      MUSTER_LOOK_SECONDS: '1',
      MUSTER_HEARTBEAT_INTERVAL_SECONDS: '2',
      ...options.settings,
    };
    const lines = Object.entries(settings).map(([name, value]) => `${name}="${value}"\n`);
    writeFileSync(join(machine, 'root/etc/muster/worker.env.new'), lines.join(''));
    await run('mv /etc/muster/worker.env.new /etc/muster/worker.env');
    const process = readFileSync(join(machine, 'process'), 'utf8').trim();
    const journal = async () =>
      (await tell('journalctl --no-pager --output=cat -u muster-agent')).stdout;
    const log = join(machine, 'root/var/log/muster/agent.log');
    return {
      instanceId,
      run,
      journal,
      log: () => (existsSync(log) ? readFileSync(log, 'utf8') : ''),
      word: () => on.api.heartbeats.heartbeats().get(instanceId),
      isOff: () => !existsSync(`/proc/${process}`),
      unit: () =>
        run('systemctl show --property ActiveState --value muster-worker.service || true'),
      tasks: async (name: string) => (await run(`ls ${work}/${name}`)).split('\n').filter(Boolean),
      /** While the scaler looks at AWS and time goes by there. */
      async until(what: string, holds: () => unknown, seconds = 60) {
        const end = performance.now() + seconds * 1_000;
        while (!(await holds())) {
          if (performance.now() > end) {
            throw new Error(`not in ${seconds} s: ${what}\n${await journal()}`);
          }
          await on.iterate(1);
          await sleep(500);
        }
      },
    };
  }

  return {
    on,
    group,
    authorization,
    boot,
    /** What the instance is in its group. */
    async stateInGroup(instanceId: string) {
      const { Instances = [] } = await describeGroup(on.session.clients, group);
      return Instances.find((it) => it.InstanceId === instanceId)?.LifecycleState;
    },
    /** Takes the power from every machine. */
    async stopMachines() {
      for (const machine of started.splice(0)) await script(['stop', machine]);
    },
    async stop() {
      await on.stop();
      folder.remove();
    },
  };
}
