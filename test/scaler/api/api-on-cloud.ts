/** A server of the API and the loop beside it, joined as in the scaler, on the simulated cloud. */
import { AutoScalingCloud } from '../../../scaler/aws/auto-scaling-cloud.ts';
import { Prices } from '../../../scaler/aws/prices.ts';
import { runIteration } from '../../../scaler/loop.ts';
import type { Clock, State, World } from '../../../scaler/ports.ts';
import { combinedRecorder } from '../../../scaler/telemetry/combined-recorder.ts';
import { MemoryState } from '../../../sim/memory-state.ts';
import { NoticeLog } from '../../../sim/notice-log.ts';
import { type CloudSession, openSession } from '../../cloud/cloud-session.ts';
import { region } from '../../cloud/fleet-on-cloud.ts';
import { type ApiServer, never, startApiServer } from './api-server.ts';
import { definition } from './definitions.ts';

export const text = `
fleet: ci
workerTypes:
  owner: ops@example.com
  queue: { http: { host: 127.0.0.1, provisionerId: '{provisionerId}', workerType: '{workerType}' } }
heartbeat: { url: 'http://127.0.0.1:3001' }
regions:
  ${region}: { vpc: vpc-1, subnets: [subnet-1] }
pools:
  other:
    owner: build@example.com
    queue: { http: { host: 127.0.0.1, provisionerId: x } }
    capacity: { max: 1 }
    instances: [{ type: c6i.large, capacity: 1, utility: 1 }]
    image: { ids: { ${region}: { x86_64: ami-1 } } }
`;
const level = { launchSpec: {}, secrets: {}, userData: {}, scopes: [] };
export const wanted = {
  ...definition,
  maxPrice: 10,
  regions: [
    { ...level, region, launchSpec: { ImageId: 'ami-0a1b2c3d' }, secrets: { place: 'here' } },
  ],
  instanceTypes: [{ ...level, instanceType: 'c6i.large', capacity: 1, utility: 1 }],
};

export interface ApiOnCloud {
  readonly session: CloudSession;
  readonly api: ApiServer;
  readonly failures: readonly unknown[];
  /** Tasks that wait for worker type `w1`. */
  setPending(tasks: number): void;
  /** One iteration of the loop, and so much time after it. */
  iterate(seconds?: number): Promise<void>;
  stop(): Promise<void>;
}

export async function startApiOnCloud(
  options: Parameters<typeof openSession>[0] = {},
): Promise<ApiOnCloud> {
  const failures: unknown[] = [];
  let pending = 0;
  let state: State = { memories: {}, last: {}, launched: [] };
  const session = await openSession(options);
  process.env.AWS_ENDPOINT_URL = session.running.endpoint;
  const clock: Clock = {
    now: () => session.running.cloud.account.clock.now(),
    sleep: () => Promise.reject(new Error('nobody sleeps')),
  };
  const certificate = `${session.running.endpoint}/_muster/certificates/${region}/rsa`;
  const pem = await (await fetch(certificate)).text();
  const api = await startApiServer({ text, clock, certificates: new Map([[region, [pem]]]) });
  const fleet = await api.provisioner.directory.fleet(never);
  const cloud = new AutoScalingCloud(fleet, fleet.regions[0]!, clock, (doing, error) =>
    failures.push([doing, error]),
  );
  const prices = new Prices({
    fleet,
    clock,
    zonesOf: () => cloud.zones(),
    catalogue: () => null,
    spotAdvisor: null,
    onFailure: (_, doing, error) => failures.push([doing, error]),
  });
  const world: World = {
    clock,
    queues: {
      read: async (pools) =>
        new Map(
          pools.map(({ id }) => {
            const waiting = id === 'w1' ? pending : 0;
            const age = waiting > 0 ? 300 : null;
            const at = clock.now();
            return [
              id,
              { status: 'known', readAt: at, pending: waiting, claimed: 0, oldestPendingAge: age },
            ];
          }),
        ),
    },
    clouds: [cloud],
    events: null,
    prices,
    workers: api.heartbeats,
    notifier: new NoticeLog(clock),
    state: new MemoryState(),
    recorder: combinedRecorder([
      api.live,
      {
        decision: () => {},
        iteration: () => {},
        flush: async () => {},
        failure: (_, doing, error) => failures.push([doing, error]),
      },
    ]),
    orders: api.provisioner.orders,
    fleetNow: (signal) => api.provisioner.directory.fleet(signal),
  };
  return {
    session,
    api,
    failures,
    setPending: (tasks) => {
      pending = tasks;
    },
    async iterate(seconds = 30) {
      state = await runIteration(fleet, world, state, null, never);
      await session.running.cloud.step(seconds);
    },
    async stop() {
      prices.close();
      await api.close();
      await session.stop();
      delete process.env.AWS_ENDPOINT_URL;
    },
  };
}
