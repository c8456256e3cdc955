/** Takes leaders away, one after the other, and looks at what the rest of the world noticed. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { groupName } from '../../pool/names.ts';
import { launchRequest } from '../../scaler/aws/launch-instances.ts';
import { DynamoStore } from '../../scaler/store/dynamo-store.ts';
import { embeddedTimes, ScalerMemory } from '../../scaler/store/scaler-memory.ts';
import { StoreError } from '../../scaler/store/store.ts';
import { systemClock } from '../../scaler/system-clock.ts';
import { region } from '../cloud/fleet-on-cloud.ts';
import {
  type Act,
  type Call,
  type FailoverWorld,
  failoverWorld,
  type Name,
} from './failover-world.ts';

/** Where in its loop a leader is struck; `any`: after so many milliseconds. */
const points: readonly (Omit<Call, 'by'> | { readonly after: number })[] = [
  { operation: 'LaunchInstances', phase: 'arrives' },
  { operation: 'LaunchInstances', phase: 'answered' },
  { operation: 'DescribeAutoScalingGroups', phase: 'arrives' },
  { operation: 'DescribeAutoScalingGroups', phase: 'answered' },
  { after: 130 },
  { operation: 'LaunchInstances', phase: 'answered' },
  { after: 480 },
  { operation: 'DescribeInstances', phase: 'arrives' },
  { after: 810 },
  { operation: 'LaunchInstances', phase: 'arrives' },
];

/** The other must lead by then. */
const failoverLimitSeconds = 15;
/** Of two busy cores: a start of a process, an iteration. */
const patienceSeconds = 60;

export interface Round {
  readonly how: 'killed' | 'stopped';
  readonly point: string;
  /** From the strike until the other leads, and until its first call that changes something. */
  readonly leadSeconds: number;
  readonly actSeconds: number;
}

/** Does so many rounds, killing and stopping in turn. @throws when anything was done that must not be */
export async function failoverRounds(count: number): Promise<readonly Round[]> {
  const world = await failoverWorld();
  const store = new DynamoStore({
    table: world.table,
    credentials: { kind: 'default' },
    region,
    clock: systemClock,
  });
  process.env.AWS_ENDPOINT_URL_DYNAMODB = world.storeEndpoint;
  const writer = writeOn(world);
  try {
    world.start('one');
    await until(world, 'the first leads', () => world.leader() !== null);
    world.start('other');
    const rounds: Round[] = [];
    for (let round = 0; round < count; round += 1) {
      // Each point comes once with each way to strike.
      const point = points[Math.floor(round / 2) % points.length]!;
      rounds.push(await oneRound(world, round % 2 === 0 ? 'killed' : 'stopped', point));
    }
    expectNothingTwice(world);
    await writer.stop();
    await expectNothingLost(world, store);
    return rounds;
  } finally {
    await writer.stop();
    await store.close();
    await world.end();
  }
}

async function oneRound(
  world: FailoverWorld,
  how: Round['how'],
  point: (typeof points)[number],
): Promise<Round> {
  const { name: leader, epoch } = world.leader()!;
  const standby: Name = leader === 'one' ? 'other' : 'one';
  await until(world, `${standby} stands by`, () => lastEvent(world, standby) === 'standing-by');
  await until(world, `${leader} acts`, () => world.acts.at(-1)?.by === leader);
  const struckAt = await strike(world, leader, how, point);
  const actsBefore = world.acts.length;

  await until(world, 'the other leads', () => world.leader()!.epoch > epoch);
  const next = world.leader()!;
  expect(next).toMatchObject({ name: standby, epoch: epoch + 1 });
  const isFirst = (act: Act) => act.by === standby;
  await until(world, 'the other acts', () => world.acts.slice(actsBefore).some(isFirst));
  const firstAt = world.acts.findIndex((act, index) => index >= actsBefore && isFirst(act));
  const actSeconds = world.acts[firstAt]!.at - struckAt.monotonic;

  if (how === 'killed') world.start(leader);
  else {
    await sleep(1500);
    world.scaler(leader).signal('SIGCONT');
  }
  await until(world, `${leader} stands by`, () => lastEvent(world, leader) === 'standing-by');
  if (how === 'stopped') expect(eventsOf(world, leader).slice(-2)[0]).toBe('lease-over');
  await sleep(1500);
  const byOld = world.acts.slice(firstAt).filter(({ by }) => by === leader);
  expect(byOld, 'calls of the old leader after the first of the new').toEqual([]);
  const leadSeconds = next.since - struckAt.wall;
  expect(leadSeconds).toBeLessThan(failoverLimitSeconds);
  return { how, point: JSON.stringify(point), leadSeconds, actSeconds };
}

/** Strikes the leader at the point of its loop, and tells when. */
function strike(
  world: FailoverWorld,
  leader: Name,
  how: Round['how'],
  point: (typeof points)[number],
): Promise<{ wall: number; monotonic: number }> {
  const scaler = world.scaler(leader);
  return new Promise((resolve) => {
    const now = () => {
      world.onCall = () => {};
      if (how === 'killed') scaler.kill();
      else scaler.signal('SIGSTOP');
      resolve({ wall: Date.now() / 1000, monotonic: performance.now() / 1000 });
    };
    if ('after' in point) setTimeout(now, point.after);
    else {
      world.onCall = ({ by, operation, phase }) => {
        if (by === leader && operation === point.operation && phase === point.phase) now();
      };
    }
  });
}

/**
 * A decision says how many slots the group is to have in all. What was started twice, for one decision
 * or by two leaders, would be more; and nothing ends an instance here that would make up for it.
 */
function expectNothingTwice(world: FailoverWorld): void {
  const { cloud, acts } = world;
  const { launched, running } = cloud.workers.summary();
  expect(launched).toBe(running);
  expect(acts.filter(({ operation }) => operation.startsWith('Terminate'))).toEqual([]);
  const sequenceOf = sequencesByToken();
  const decided = {
    one: desiredBySequence(world, 'one'),
    other: desiredBySequence(world, 'other'),
  };
  let checked = 0;
  for (const { by, operation, parameters, desiredAfter } of acts) {
    if (operation !== 'LaunchInstances' || desiredAfter === null) continue;
    const sequence = sequenceOf.get(parameters.get('ClientToken') ?? '');
    const desired = decided[by].get(sequence ?? 0);
    expect(desired, `decision ${sequence} of ${by}`).toBeDefined();
    expect(desiredAfter, `after decision ${sequence} of ${by}`).toBeLessThanOrEqual(desired!);
    checked += 1;
  }
  expect(checked).toBeGreaterThan(5);
  // Each token has started what it asked for, once.
  const launches = acts.filter(({ operation }) => operation === 'LaunchInstances');
  const slotsByToken = new Map(
    launches.map(({ parameters }) => [
      parameters.get('ClientToken'),
      Number(parameters.get('RequestedCapacity')),
    ]),
  );
  const asked = [...slotsByToken.values()].reduce((sum, slots) => sum + slots, 0);
  const set = acts.filter(({ operation }) => operation === 'SetDesiredCapacity').length;
  if (set === 0) expect(launched).toBeLessThanOrEqual(asked);
}

function desiredBySequence(world: FailoverWorld, name: Name): ReadonlyMap<number, number> {
  const desired = new Map<number, number>();
  for (const line of world.log(name).split('\n')) {
    if (!line.startsWith('{') || !line.includes('"event":"decision"')) continue;
    const { sequence, groups } = JSON.parse(line) as {
      sequence: number;
      groups: readonly { desiredCapacity: number }[];
    };
    desired.set(sequence, Math.max(desired.get(sequence) ?? 0, groups[0]!.desiredCapacity));
  }
  return desired;
}

/** The memory in the store has come at least to the last decision that was acted on. */
async function expectNothingLost(world: FailoverWorld, store: DynamoStore): Promise<void> {
  for (const name of ['one', 'other'] as const) await world.scaler(name).terminate(30);
  const memory = new ScalerMemory({ store, times: embeddedTimes, onFailure: () => {} });
  const { memories } = await memory.load();
  const sequenceOf = sequencesByToken();
  const acted = world.acts
    .filter(({ operation }) => operation === 'LaunchInstances')
    .map(({ parameters }) => sequenceOf.get(parameters.get('ClientToken') ?? ''));
  expect(acted.length).toBeGreaterThan(0);
  expect(acted).not.toContain(undefined);
  // Who takes over goes on from the last decision that was acted on, or makes that one again.
  expect(acted).toEqual(acted.toSorted((left, right) => Number(left) - Number(right)));
  expect(memories.linux?.sequence).toBeGreaterThanOrEqual(Number(acted.at(-1)));
}

/** Which decision a launch's token is of: it is a hash, as a launch request has it. */
function sequencesByToken(): ReadonlyMap<string, number> {
  const sequences = new Map<string, number>();
  const group = groupName('ci', 'linux', 'spot');
  for (let sequence = 1; sequence <= 3_000; sequence += 1) {
    for (let index = 0; index < 4; index += 1) {
      const token = `linux-spot-${sequence}-${index}`;
      const launch = launchRequest({ group, zone: 'eu-west-1a', slots: 1, token });
      sequences.set(launch.ClientToken ?? '', sequence);
    }
  }
  return sequences;
}

/** Counts up in the same table all the while, as the API would write. */
function writeOn(world: FailoverWorld) {
  const store = new DynamoStore({
    table: world.table,
    credentials: { kind: 'default' },
    region,
    clock: systemClock,
  });
  const key = { partition: 'load', sort: 'count' };
  const ending = new AbortController();
  const never = new AbortController().signal;
  let written = 0;
  const writing = (async () => {
    while (!ending.signal.aborted) {
      const read = await store.get(key, never);
      expect(Number(read?.value ?? 0)).toBe(written);
      const when = read === null ? 'absent' : { version: read.version };
      try {
        await store.write([{ do: 'put', key, value: written + 1, when }], never);
      } catch (error) {
        if (!(error instanceof StoreError) || error.kind !== 'unavailable') throw error;
        continue;
      }
      written += 1;
      await sleep(100);
    }
    expect(written).toBeGreaterThan(0);
  })();
  writing.catch(() => {});
  return {
    async stop() {
      ending.abort();
      await writing;
      await store.close();
    },
  };
}

function eventsOf(world: FailoverWorld, name: Name): readonly string[] {
  return world
    .log(name)
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => (JSON.parse(line) as { event: string }).event)
    .filter((event) => ['standing-by', 'leading', 'lease-over'].includes(event));
}

function lastEvent(world: FailoverWorld, name: Name): string | undefined {
  return eventsOf(world, name).at(-1);
}

async function until(world: FailoverWorld, what: string, ask: () => boolean): Promise<void> {
  const limit = performance.now() + patienceSeconds * 1000;
  while (!ask()) {
    if (performance.now() > limit) {
      const logs = `${world.log('one').slice(-3000)}\n---\n${world.log('other').slice(-3000)}`;
      throw new Error(`${what}: not after ${patienceSeconds} s\n${logs}`);
    }
    await sleep(50);
  }
}
