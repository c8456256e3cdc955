import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { onDemandPrice } from '../pool/catalogue.ts';
import { parseFleet } from '../pool/load.ts';
import type { Fleet } from '../pool/pool.ts';
import { Heartbeats } from '../scaler/api/heartbeats.ts';
import { AutoScalingCloud } from '../scaler/aws/auto-scaling-cloud.ts';
import { Prices } from '../scaler/aws/prices.ts';
import { runLoop } from '../scaler/loop.ts';
import { dryRunNotifier } from '../scaler/notify/dry-run-notifier.ts';
import type { CloudPort, RecorderPort, World } from '../scaler/ports.ts';
import { Queues } from '../scaler/queues/queues.ts';
import { systemClock } from '../scaler/system-clock.ts';
import { MemoryState } from '../sim/memory-state.ts';
import { makeSpotGroup, startLocalAws } from './reaction/local-aws.ts';

export const description =
  'from a task in the queue to the answer of SetDesiredCapacity, by push and by polling';

export const parameters = { pushes: 60, polls: 12, interval: 10 };

export interface BenchResult {
  /** One flat object a row, with units in the names of its fields. */
  readonly rows: readonly Readonly<Record<string, string | number>>[];
}

/** A round that takes longer than this many intervals has failed. */
const longestRoundIntervals = 4;
/** Tasks that come in a round, each for a worker of its own. */
const tasksPerRound = 5;

/**
 * Runs the production loop, with its adapters, against a local AWS in a process of its own and a
 * queue over HTTP. A round adds tasks at a random time, says so to the scaler or not, and waits until
 * the call that asks for more capacity was answered.
 *
 * @throws Error when a round brings no such call.
 */
export async function run({ pushes, polls, interval }: typeof parameters): Promise<BenchResult> {
  const aws = await startLocalAws();
  const queue = await startQueue();
  process.env.AWS_ENDPOINT_URL = aws.endpoint;
  process.env.AWS_ACCESS_KEY_ID ??= 'bench';
  process.env.AWS_SECRET_ACCESS_KEY ??= 'bench';
  const fleet = fleetOf(queue.url, interval, (pushes + polls + 1) * tasksPerRound);
  const scaler = await startScaler(aws.endpoint, fleet);
  try {
    const round = async (push: boolean): Promise<number> => {
      // At any time within an interval, and not so soon that the last round's iteration is on.
      await sleep((1 + Math.random() * (push ? 2 : interval)) * 1000);
      const raised = scaler.nextRaise(longestRoundIntervals * interval * 1000);
      const startedAt = performance.now();
      queue.add(tasksPerRound);
      if (push) scaler.queues.poke();
      return (await raised) - startedAt;
    };
    await round(true); // The first one opens connections.
    const rows = [];
    for (const [how, rounds] of [
      ['push', pushes],
      ['polling', polls],
    ] as const) {
      const milliseconds: number[] = [];
      for (let count = 0; count < rounds; count += 1)
        milliseconds.push(await round(how === 'push'));
      milliseconds.sort((one, other) => one - other);
      const quantile = (share: number) =>
        Math.round(milliseconds[Math.min(rounds - 1, Math.floor(share * rounds))] ?? Number.NaN);
      rows.push({
        how,
        rounds,
        intervalSeconds: interval,
        medianMilliseconds: quantile(0.5),
        p99Milliseconds: quantile(0.99),
        longestMilliseconds: quantile(1),
      });
    }
    return { rows };
  } finally {
    await scaler.stop();
    await queue.stop();
    aws.stop();
  }
}

async function startScaler(endpoint: string, fleet: Fleet) {
  const [pool] = fleet.pools;
  const [region] = fleet.regions;
  if (pool === undefined || region === undefined) throw new Error('the fleet has no pool');
  await makeSpotGroup(endpoint, fleet, pool);
  const ending = new AbortController();
  const cloud = new AutoScalingCloud(fleet, region, systemClock, () => {});
  let onRaise: (at: number) => void = () => {};
  const watched: CloudPort = {
    region: region.name,
    observe: (signal) => cloud.observe(signal),
    setOverrides: (change, signal) => cloud.setOverrides(change, signal),
    launch: (launch, signal) => cloud.launch(launch, signal),
    terminate: (instanceId, signal) => cloud.terminate(instanceId, signal),
    async setDesiredCapacity(group, slots, signal) {
      await cloud.setDesiredCapacity(group, slots, signal);
      onRaise(performance.now());
    },
  };
  const prices = new Prices({
    fleet,
    clock: systemClock,
    zonesOf: async () => cloud.zones(),
    catalogue: onDemandPrice,
    spotAdvisor: null,
    onFailure: () => {},
  });
  const queues = new Queues({ fleet, clock: systemClock, continuous: true, onFailure: () => {} });
  const world: World = {
    clock: systemClock,
    queues,
    clouds: [watched],
    events: null,
    prices,
    workers: new Heartbeats(systemClock),
    notifier: dryRunNotifier(() => {}),
    state: new MemoryState(),
    recorder: silentRecorder,
  };
  const loop = runLoop(fleet, world, ending.signal);
  return {
    queues,
    /** When the next call that sets a desired capacity is answered, as `performance.now`. */
    nextRaise: (limitMilliseconds: number) =>
      new Promise<number>((resolve, reject) => {
        const tooLate = () => reject(new Error(`no SetDesiredCapacity in ${limitMilliseconds} ms`));
        const timer = setTimeout(tooLate, limitMilliseconds);
        onRaise = (at) => {
          clearTimeout(timer);
          resolve(at);
        };
      }),
    async stop() {
      ending.abort();
      prices.close();
      await queues.close();
      await loop;
    },
  };
}

const silentRecorder: RecorderPort = {
  decision: () => {},
  failure: () => {},
  iteration: () => {},
  flush: async () => {},
};

/** Its workers are to send heartbeats, and send none: so they boot for all of the bench, and take no task. */
function fleetOf(queueUrl: string, interval: number, most: number): Fleet {
  const text = `
fleet: bench
interval: ${interval}s
heartbeat: { url: "http://127.0.0.1:9" }
regions: { eu-west-1: { vpc: vpc-0a1b2c3d, subnets: [subnet-0a1, subnet-0b2] } }
pools:
  linux:
    owner: build@example.com
    queue: { json: { url: "${queueUrl}" } }
    capacity: { max: ${most} }
    scaling: task
    breakers: { boots: { count: 1000, within: 1m } }
    placement: { zones: group }
    instances: [{ type: c5.large, capacity: 1, utility: 1 }]
    market: { spot: {} }
    image: { ssm: /ci/linux }
`;
  return parseFleet(text, 'bench');
}

/** Answers with the number of tasks that wait. */
async function startQueue() {
  let waiting = 0;
  const server: Server = createServer((_request, response) => response.end(String(waiting)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return {
    url: `http://127.0.0.1:${address.port}`,
    add(tasks: number) {
      waiting += tasks;
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
