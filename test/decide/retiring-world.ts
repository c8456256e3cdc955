/** A pool of one group whose image changes: instances boot or fail to, speak, take tasks, drain and end. */
import { openUntil } from '../../scaler/decide/breaker.ts';
import { decide } from '../../scaler/decide/decide.ts';
import type { Decision } from '../../scaler/decide/decision.ts';
import type { Memory } from '../../scaler/decide/memory.ts';
import type { PoolPolicy, WorkerObservation } from '../../scaler/decide/observation.ts';
import { aGroup, anObservation, known, now } from './situations.ts';

export interface Arrival {
  /** Seconds after the start. */
  readonly at: number;
  readonly duration: number;
}

export interface RetiringWorldOptions {
  readonly pool: PoolPolicy;
  /** Of the image before, up since long. */
  readonly oldWorkers: number;
  readonly bootSeconds: number;
  /** Instances of the new image end after so long without a word; null: they come up. */
  readonly failsAfter: number | null;
  readonly tasks: readonly Arrival[];
}

interface Instance {
  readonly id: string;
  readonly isNew: boolean;
  readonly launchedAt: number;
  /** When each of its tasks ends. */
  tasks: number[];
  draining: boolean;
  /** Since when it ends; null: it does not. */
  endingSince: number | null;
}

/** What there was when a decision was made, and the decision. */
export interface Moment {
  readonly at: number;
  readonly decision: Decision;
  /** Workers that run and are not ending, of either image, and those that have booted. */
  readonly there: number;
  readonly up: number;
  readonly newUp: number;
  readonly old: number;
  /** Launched or asked for and not up, and old ones that drain for being so, or end. */
  readonly away: number;
  readonly busy: ReadonlySet<string>;
  readonly waiting: number;
  /** So many boots have failed that nothing is launched for now. */
  readonly breakerIsOpen: boolean;
}

const interval = 10;
const endSeconds = 30;

/** Runs for so many seconds; a worker has one slot, and its word is as fresh as a look is. */
export function runRetiring(options: RetiringWorldOptions, seconds: number): readonly Moment[] {
  const { pool, oldWorkers, bootSeconds, failsAfter } = options;
  const heartbeats = pool.heartbeats;
  let serial = 0;
  const launch = (launchedAt: number, isNew: boolean): Instance => {
    serial += 1;
    return { id: `i-${serial}`, isNew, launchedAt, tasks: [], draining: false, endingSince: null };
  };
  let instances = Array.from({ length: oldWorkers }, () => launch(now - 9_000, false));
  let desired = oldWorkers;
  let memory: Memory | null = null;
  let waiting: Arrival[] = [];
  const todo = [...options.tasks].sort((a, b) => a.at - b.at);
  const outdatedGone = new Set<string>();
  const moments: Moment[] = [];
  for (let at = now; at < now + seconds; at += interval) {
    const isUp = (one: Instance) =>
      at - one.launchedAt >= bootSeconds && !(one.isNew && failsAfter !== null);
    const fails = (one: Instance) =>
      one.isNew && failsAfter !== null && at - one.launchedAt >= failsAfter;
    instances = instances.filter(
      (one) => !fails(one) && (one.endingSince === null || at - one.endingSince < endSeconds),
    );
    const there = () => instances.filter(({ endingSince }) => endingSince === null);
    while (there().length < desired) instances.push(launch(at, true));
    while (todo[0] !== undefined && now + todo[0].at <= at) waiting.push(todo.shift()!);
    for (const one of instances) one.tasks = one.tasks.filter((end) => end > at);
    for (const one of there()) {
      if (!isUp(one) || one.draining || one.tasks.length > 0) continue;
      const [task, ...others] = waiting;
      if (task === undefined) break;
      waiting = others;
      one.tasks.push(at + task.duration);
    }
    const workers = instances.map(
      (one): WorkerObservation => ({
        instanceId: one.id,
        instanceType: 'c6i.xlarge',
        zone: 'eu-west-1a',
        weight: 1,
        launchedAt: one.launchedAt,
        phase: one.endingSince === null ? 'in-service' : 'terminating',
        outdated: !one.isNew,
        heartbeat:
          heartbeats && isUp(one)
            ? { at, capacity: 1, busySlots: one.tasks.length, taking: !one.draining }
            : null,
      }),
    );
    const busy = instances.filter(({ tasks }) => tasks.length > 0);
    const queue = known(waiting.length, busy.length, { readAt: at });
    const groups = [aGroup({ desiredCapacity: desired, max: pool.capacity.max, workers })];
    const made = decide(pool, anObservation({ at, queue, groups }), memory);
    const { decision } = made;
    const openedUntil = openUntil(pool.breakers.boots, made.memory.failedBoots);
    const coming = instances.filter((one) => one.endingSince === null && !isUp(one)).length;
    moments.push({
      ...{ at, decision, waiting: waiting.length },
      breakerIsOpen: openedUntil !== null && at < openedUntil,
      there: there().length,
      up: there().filter((one) => isUp(one) && !one.draining).length,
      newUp: there().filter((one) => one.isNew && isUp(one)).length,
      old: there().filter(({ isNew }) => !isNew).length,
      away: coming + instances.filter(({ id }) => outdatedGone.has(id)).length,
      busy: new Set(busy.map(({ id }) => id)),
    });
    ({ memory } = made);
    for (const { instanceId, because } of [...decision.drain, ...decision.terminate]) {
      if (because === 'outdated') outdatedGone.add(instanceId);
    }
    for (const one of instances) {
      const { id } = one;
      if (decision.drain.some(({ instanceId }) => instanceId === id)) one.draining = true;
      if (decision.terminate.some(({ instanceId }) => instanceId === id)) one.endingSince = at;
      const back = decision.reasons.some(
        (reason) => reason.kind === 'drain-cancelled' && reason.instanceId === id,
      );
      if (!back) continue;
      one.draining = false;
      outdatedGone.delete(id);
    }
    desired = decision.groups[0]!.desiredCapacity;
  }
  return moments;
}

/** Whom a decision lets go for being outdated. */
export function retiredBy({ drain, terminate }: Decision): readonly string[] {
  return [...drain, ...terminate]
    .filter(({ because }) => because === 'outdated')
    .map(({ instanceId }) => instanceId);
}
