/** The agent on an instance of the local AWS, in a group with the hook that lets its workers finish, and the real API. */
import { PutLifecycleHookCommand } from '@aws-sdk/client-auto-scaling';
import { Registry } from 'prom-client';
import { Heartbeats } from '../../scaler/api/heartbeats.ts';
import { startServer } from '../../scaler/api/server.ts';
import type { Heartbeat } from '../../scaler/decide/observation.ts';
import { systemClock } from '../../scaler/system-clock.ts';
import { describeGroup } from '../cloud/fleet-on-cloud.ts';
import { type MetadataSession, openMetadata } from '../cloud/metadata-session.ts';
import { type AgentHost, makeAgentHost } from './agent-host.ts';

const group = 'ci_linux_spot';

export interface AgentOnCloud {
  readonly session: MetadataSession;
  readonly heartbeats: Heartbeats;
  readonly host: AgentHost;
  /** Of the API. */
  readonly url: string;
  /** Its last word. */
  word(): Heartbeat | undefined;
  stateInGroup(): Promise<string | undefined>;
  /** Has the cloud do something to the instance, such as `interrupt`. */
  act(action: string): Promise<unknown>;
  /** Starts the agent and waits until it has said that it takes tasks. */
  start(settings?: Readonly<Record<string, string>>): Promise<void>;
  takeTask(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * @param options.secondsBehind how far the cloud's clock is behind the machine's. Default 0, so that notices are about now
 * @param options.upstream serves SSM, with the token of heartbeats. Default: none, and heartbeats need no token
 * @param options.hookSeconds how long the group waits. Default: an hour, as AWS's
 */
export async function openAgent(
  options: { secondsBehind?: number; upstream?: string; hookSeconds?: number } = {},
): Promise<AgentOnCloud> {
  const { secondsBehind = 0, upstream, hookSeconds = 3_600 } = options;
  const start = Math.floor(Date.now() / 1000) - 60 - secondsBehind;
  const session = await openMetadata(
    {},
    { start, ...(upstream === undefined ? {} : { upstream }) },
  );
  await session.send(
    new PutLifecycleHookCommand({
      LifecycleHookName: 'muster-drain',
      AutoScalingGroupName: group,
      LifecycleTransition: 'autoscaling:EC2_INSTANCE_TERMINATING',
      HeartbeatTimeout: hookSeconds,
    }),
  );
  const heartbeats = new Heartbeats(systemClock);
  const server = await startServer({
    address: { host: '127.0.0.1', port: 0 },
    heartbeats,
    metrics: new Registry(),
    health: () => ({ healthy: true, age: 1 }),
    token: upstream === undefined ? null : 'a-token',
  });
  const host = makeAgentHost({
    AWS_ENDPOINT_URL: session.running.endpoint,
    AWS_EC2_METADATA_SERVICE_ENDPOINT: session.endpoint,
  });
  const word = () => heartbeats.heartbeats().get(session.instanceId);
  return {
    session,
    heartbeats,
    host,
    url: server.url,
    word,
    async stateInGroup() {
      const { Instances = [] } = await describeGroup(session.clients, group);
      return Instances.find((it) => it.InstanceId === session.instanceId)?.LifecycleState;
    },
    act: (action) =>
      fetch(`${session.running.endpoint}/_muster/act`, {
        method: 'POST',
        body: JSON.stringify({ action, instanceIds: [session.instanceId] }),
      }),
    async start(settings = {}) {
      host.start({
        MUSTER_SCALER_URL: server.url,
        ...(upstream === undefined ? {} : { MUSTER_HEARTBEAT_TOKEN_PARAMETER: '/muster/token' }),
        MUSTER_POOL: 'linux',
        MUSTER_CAPACITIES: 'c6i.2xlarge=2 m6a.4xlarge=2',
        MUSTER_BUSY_COMMAND: `ls ${host.root}/running | wc -l`,
        MUSTER_DRAIN_SECONDS: '60',
        MUSTER_DRAIN_HOOK: 'muster-drain',
        MUSTER_SPOT_GROUP: group,
        ...settings,
      });
      await host.until('a first word', () => word()?.taking === true);
    },
    async takeTask() {
      host.write('queue/one', '');
      await host.until('busy', () => word()?.busySlots === 1);
    },
    async stop() {
      await host.stop();
      await server.close();
      await session.stop();
    },
  };
}

/** Waits until the agent has had the group hold an instance for another timeout of the hook, from now on. */
export async function extended(
  host: AgentHost,
  { running }: Pick<MetadataSession, 'running'>,
): Promise<void> {
  const extensions = async () => {
    const { entries } = await running.cloud.save();
    return entries.filter(
      (it) => it.kind === 'call' && it.call.operation === 'RecordLifecycleActionHeartbeat',
    ).length;
  };
  const before = await extensions();
  await host.until('holds on', async () => (await extensions()) > before);
}
