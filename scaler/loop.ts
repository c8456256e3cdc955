/**
 * The loop: observe, decide, act, record. It knows the world only through the ports, so that the
 * same loop runs against AWS and against the simulated cloud.
 */
import type { Fleet } from '../pool/pool.ts';
import type { Seconds } from '../pool/units.ts';
import { act } from './act.ts';
import type { Memory } from './decide/memory.ts';
import { type Decided, decideAll } from './decide-all.ts';
import { type Observations, observe } from './observe.ts';
import { CloudWithOwnWrites } from './own-writes.ts';
import type { Clock, State, World } from './ports.ts';
import { undeclaredPool } from './undeclared-pools.ts';

/** One iteration. Rejects only when `signal` fires; a part that fails is told to the recorder. */
export async function runIteration(
  declared: Fleet,
  world: World,
  state: State,
  signal: AbortSignal,
): Promise<State> {
  const { clock, recorder, workers } = world;
  const startedAt = clock.now();
  const observations = await observe(declared, world, signal);
  signal.throwIfAborted();
  const fleet = withUndeclaredPools(declared, observations);

  const { decided, next } = decideAll(fleet, observations, state, clock.now());
  for (const pool of fleet.pools) {
    const one = decided.get(pool.id);
    const memory = next.memories[pool.id];
    if (one && memory) recorder.decision(pool, one.observation, one.decision, memory);
  }
  workers.setDraining(drainingIn(next.memories));
  await act(fleet, world, decided, signal);
  await notify(fleet, world, decided, signal);

  try {
    await world.state.save(next);
  } catch (error) {
    recorder.failure({}, 'save state', error);
  }
  recorder.iteration({ startedAt, duration: clock.now() - startedAt });
  return next;
}

function withUndeclaredPools(fleet: Fleet, observations: Observations): Fleet {
  const known = new Set(fleet.pools.map(({ id }) => id));
  const others = [...observations.keys()].filter((id) => !known.has(id));
  if (others.length === 0) return fleet;
  return { ...fleet, pools: [...fleet.pools, ...others.map((id) => undeclaredPool(fleet, id))] };
}

export interface LoopOptions {
  /** Stop after this many iterations. Default: none, until the signal fires. */
  readonly iterations?: number;
  /** An iteration that takes longer is ended. Default: six intervals, at least 60 s. */
  readonly watchdog?: Seconds;
  /** What the watchdog tells time by. Default: the world's clock. */
  readonly limitClock?: Clock;
}

/**
 * Iterates every `fleet.interval`, measured from start to start, until the signal fires. Iterations
 * never overlap; one that is stuck is ended by the watchdog and the next one starts afresh.
 * Returns whether the last iteration ended by itself.
 */
export async function runLoop(
  fleet: Fleet,
  outside: World,
  signal: AbortSignal,
  options: LoopOptions = {},
): Promise<boolean> {
  const { clock, recorder } = outside;
  const clouds = outside.clouds.map((cloud) => new CloudWithOwnWrites(cloud, clock));
  const world: World = { ...outside, clouds };
  const limitClock = options.limitClock ?? clock;
  const watchdog = options.watchdog ?? Math.max(60, 6 * fleet.interval);
  let state = await world.state.load();
  let ended = true;
  for (let iteration = 1; !signal.aborted; iteration += 1) {
    const startedAt = clock.now();
    const guard = new AbortController();
    const done = new AbortController();
    const relay = () => guard.abort(signal.reason);
    signal.addEventListener('abort', relay, { once: true });
    const stuck = limitClock.sleep(watchdog, done.signal).then(() => {
      if (!done.signal.aborted) guard.abort(new Error(`the iteration took over ${watchdog} s`));
    });
    try {
      const iterated = runIteration(fleet, world, state, guard.signal);
      state = await Promise.race([iterated, rejectOn(guard.signal)]);
      ended = true;
    } catch (error) {
      ended = false;
      if (!signal.aborted) recorder.failure({}, 'iterate', error);
    } finally {
      // Left in place, the listener would hold every iteration for as long as the loop runs.
      signal.removeEventListener('abort', relay);
      done.abort('done');
      await stuck;
    }
    if (iteration === options.iterations) break;
    await clock.sleep(Math.max(0, startedAt + fleet.interval - clock.now()), signal);
  }
  return ended;
}

async function notify(
  fleet: Fleet,
  { notifier, recorder }: World,
  decided: ReadonlyMap<string, Decided>,
  signal: AbortSignal,
): Promise<void> {
  for (const pool of fleet.pools) {
    const notices = decided.get(pool.id)?.decision.notices ?? [];
    if (notices.length === 0) continue;
    try {
      await notifier.notify(pool, notices, signal);
    } catch (error) {
      recorder.failure({ pool: pool.id }, 'notify', error);
    }
  }
}

function drainingIn(memories: Readonly<Record<string, Memory>>): ReadonlySet<string> {
  const draining = new Set<string>();
  for (const { workers } of Object.values(memories)) {
    for (const instanceId in workers) {
      if (workers[instanceId]!.drainingSince !== null) draining.add(instanceId);
    }
  }
  return draining;
}

/** Rejects when the signal fires, so that a call that ignores its signal cannot hold the loop. */
function rejectOn(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
