/** A day of the real `muster run` process on the simulated cloud, over the wire. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutLifecycleHookCommand } from '@aws-sdk/client-auto-scaling';
import { stringify } from 'yaml';
import { type FaultRule, faultRuleSchema } from '../../cloud/faults.ts';
import type { WorkSummary } from '../../cloud/workload.ts';
import { drainHookName, groupName, tagKeys } from '../../pool/names.ts';
import { demoWorkload } from '../../sim/demo-workload.ts';
import { generateWorkload } from '../../sim/workload.ts';
import { startMuster } from '../end-to-end/muster-process.ts';
import { until } from '../end-to-end/until.ts';
import { freePort } from '../harness/free-port.ts';
import {
  clientsFor,
  declarationOnCloud,
  makeSpotGroup,
  makeTemplate,
  region,
} from './fleet-on-cloud.ts';
import { type RunningCloud, start, startCloud } from './running-cloud.ts';

export interface Day {
  readonly seed: number;
  /** Tasks come until two hours before its end; it lasts longer where they need longer. */
  readonly hours: number;
  /** Share of the calls to AWS that fail, in all the ways that there are. */
  readonly faults: number;
}

export interface DayResult {
  /** At the day's end. */
  readonly work: WorkSummary;
  /** Slots of each instance that runs, and of each that a group lists, in order of size. */
  readonly slots: readonly number[];
  readonly listedSlots: readonly number[];
  readonly calls: number;
  readonly faultsStruck: number;
  /** How often each kind of fault struck. */
  readonly struckByKind: Readonly<Record<string, number>>;
  readonly realSeconds: number;
  readonly log: string;
}

/** Slots that always stand. */
export const minimum = 1;
const maximum = 40;
const hour = 3600;
/** Before the day's end: a task takes an hour at most, and its worker may idle for a while. */
const quietHours = 2;
const weights = { 'c6i.2xlarge': 1, 'm6i.2xlarge': 1, 'm6a.4xlarge': 2, 'c6i.4xlarge': 2 };

/** Its clock moves every few seconds, however busy the machine is: a silent call is waited for ten. */
const stallSeconds = 120;

/** Runs it to its end. @throws Error with the scaler's log if its time stands still for so long */
export async function runDay(day: Day): Promise<DayResult> {
  const running = await startCloud({ seed: day.seed });
  const folder = mkdtempSync(join(tmpdir(), 'muster-day-'));
  const listen = `127.0.0.1:${await freePort()}`;
  const workload = workloadOf(day, `http://${listen}`);
  await makeFleet(running.endpoint);
  const { cloud } = running;
  const { account } = cloud;
  await cloud.addWorkload(workload);
  for (const rule of faultRules(day)) cloud.faults.add(rule);
  const at: { end: Omit<DayResult, 'realSeconds' | 'log'> | null } = { end: null };
  account.clock.at(start + endOf(workload, day), () => {
    at.end = resultOf(running);
  });
  const configuration = join(folder, 'muster.yaml');
  writeFileSync(configuration, stringify(declaration(running.endpoint, `http://${listen}`)));
  const startedAt = performance.now();
  const environment = { ...process.env, AWS_ENDPOINT_URL: running.endpoint };
  const options = ['--config', configuration, '--store', `sqlite:${join(folder, 'state.db')}`];
  const scaler = startMuster(
    environment,
    ...['run', '--clock', running.endpoint, '--listen', listen, '--no-cloudwatch', ...options],
  );
  try {
    const last = () => `${new Date(account.clock.now() * 1000)}\n${scaler.log().slice(-6000)}`;
    while (at.end === null) {
      const before = account.clock.now();
      const moved = () => at.end !== null || account.clock.now() > before;
      await until('time goes on', stallSeconds, moved, last);
    }
    const realSeconds = (performance.now() - startedAt) / 1000;
    return { ...at.end, realSeconds, log: scaler.log() };
  } finally {
    scaler.kill();
    await running.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function resultOf({ cloud }: RunningCloud) {
  const { workers, account, faults } = cloud;
  const slotsOf = (all: Iterable<{ readonly capacity: number }>) =>
    [...all].map(({ capacity }) => capacity).sort((one, other) => one - other);
  const groups = [...account.region(region).groups.values()];
  return {
    work: workers.summary(),
    slots: slotsOf(account.host.running),
    listedSlots: slotsOf(groups.flatMap(({ simulated }) => simulated.instances)),
    calls: faults.calls,
    faultsStruck: faults.list().reduce((sum, { struck }) => sum + struck, 0),
    struckByKind: Object.fromEntries(faults.list().map(({ kind, struck }) => [kind, struck])),
  };
}

/** As the stacks declare it. */
async function makeFleet(endpoint: string): Promise<void> {
  const clients = clientsFor(endpoint);
  try {
    const templateId = await makeTemplate(clients, 'ci_linux_x86-64');
    const limits = { MinSize: minimum, MaxSize: maximum };
    const spot = await makeSpotGroup(clients, templateId, limits, weights);
    const onDemand = await makeSpotGroup(
      clients,
      templateId,
      {
        AutoScalingGroupName: groupName('ci', 'linux', 'on-demand'),
        MaxSize: maximum,
        Tags: Object.entries({
          [tagKeys.fleet]: 'ci',
          [tagKeys.pool]: 'linux',
          [tagKeys.market]: 'on-demand',
          [`${tagKeys.launchTemplate}x86_64`]: templateId,
        }).map(([Key, Value]) => ({ Key, Value, PropagateAtLaunch: true })),
      },
      weights,
      100,
    );
    for (const AutoScalingGroupName of [spot, onDemand]) {
      await clients.autoScaling.send(
        new PutLifecycleHookCommand({
          AutoScalingGroupName,
          LifecycleHookName: drainHookName,
          LifecycleTransition: 'autoscaling:EC2_INSTANCE_TERMINATING',
          HeartbeatTimeout: 900,
          DefaultResult: 'CONTINUE',
        }),
      );
    }
  } finally {
    clients.destroy();
  }
}

function workloadOf({ seed, hours }: Day, url: string) {
  const span = { start, duration: (hours - quietHours) * hour };
  const tasks = generateWorkload(seed, 'day', span, { ...demoWorkload, pushesPerHour: 2 }).map(
    ({ at, duration }) => ({ after: at - start, duration: Math.min(duration, hour) }),
  );
  return {
    groups: ['spot', 'on-demand'].map((market) => groupName('ci', 'linux', market as 'spot')),
    provisionerId: 'ci',
    workerType: 'linux',
    tasks,
    heartbeats: { url, pool: 'linux', interval: 30 },
  };
}

/**
 * When the day ends, in seconds from its start: later than it should where its tasks, some days, are more
 * than all slots can do by then. Half as long again is for boots, and for what is done twice.
 */
function endOf({ tasks }: ReturnType<typeof workloadOf>, { hours }: Day): number {
  const freeAt = Array.from({ length: maximum }, () => 0);
  let lastEnd = 0;
  for (const { after, duration } of tasks) {
    const first = freeAt.indexOf(Math.min(...freeAt));
    freeAt[first] = Math.max(freeAt[first]!, after) + duration;
    lastEnd = Math.max(lastEnd, freeAt[first]!);
  }
  const lastArrival = (hours - quietHours) * hour;
  return Math.max(hours * hour, lastArrival + 1.5 * (lastEnd - lastArrival));
}

/** Calls without an answer are few, one in so many hours: the scaler waits ten seconds for each, in real time. */
const hoursToSilence = 8;
const silentShare = 0.02;

/** Each is drawn after those before it did not strike, so its share is of what they left. */
export function faultRules({ faults: share, hours }: Day): readonly FaultRule[] {
  if (share === 0) return [];
  // The SDK waits five times as long after a throttled call as after any other: a day is to be short.
  const parts = { throttle: 0.1, error: 0.25, unavailable: 0.15, reset: 0.25, lost: 0.25 } as const;
  let before = 0;
  const others = Object.entries(parts).map(([kind, part]) => {
    const left = 1 - before;
    before += part * share;
    return faultRuleSchema.parse({ kind, share: (part * share) / left });
  });
  const times = Math.ceil(hours / hoursToSilence);
  return [faultRuleSchema.parse({ kind: 'timeout', share: silentShare, times }), ...others];
}

function declaration(endpoint: string, heartbeatUrl: string) {
  const ofFleet = { interval: '2m', heartbeat: { url: heartbeatUrl } };
  return declarationOnCloud(endpoint, ofFleet, {
    capacity: { min: minimum, max: maximum },
    wait: '5m',
    instances: Object.entries(weights).map(([type, capacity]) => ({
      type,
      capacity,
      utility: capacity,
    })),
    market: { spot: { maxPrice: 0.5 }, onDemandAfter: '10m' },
  });
}
