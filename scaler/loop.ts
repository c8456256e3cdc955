/**
 * The loop: observe, decide, act, record. It knows the world only through the ports, so that the
 * same loop runs against AWS and against the simulated cloud.
 */
import type { Fleet } from '../pool/pool.ts';
import type { Seconds } from '../pool/units.ts';
import { act, type Decided } from './act.ts';
import { decide } from './decide/decide.ts';
import type { Memory } from './decide/memory.ts';
import { observe } from './observe.ts';
import type { State, World } from './ports.ts';

/** One iteration. Rejects only when `signal` fires; a part that fails is told to the recorder. */
export async function runIteration(
  fleet: Fleet,
  world: World,
  state: State,
  signal: AbortSignal,
): Promise<State> {
  const { clock, recorder, workers } = world;
  const startedAt = clock.now();
  const observations = await observe(fleet, world, signal);
  signal.throwIfAborted();

  const decided = new Map<string, Decided>();
  const memories: Record<string, Memory> = {};
  for (const pool of fleet.pools) {
    const observation = observations.get(pool.id);
    if (!observation) continue;
    const { decision, memory } = decide(pool, observation, state.memories[pool.id] ?? null);
    decided.set(pool.id, { observation, decision });
    memories[pool.id] = memory;
    recorder.decision(pool, observation, decision);
  }
  workers.setDraining(drainingIn(memories));
  await act(fleet, world, decided, signal);

  const next: State = { memories, last: Object.fromEntries(decided) };
  try {
    await world.state.save(next);
  } catch (error) {
    recorder.failure({}, 'save state', error);
  }
  recorder.iteration({ startedAt, duration: clock.now() - startedAt });
  return next;
}

function drainingIn(memories: Readonly<Record<string, Memory>>): ReadonlySet<string> {
  const draining = new Set<string>();
  for (const { workers } of Object.values(memories)) {
    for (const [instanceId, { drainingSince }] of Object.entries(workers)) {
      if (drainingSince !== null) draining.add(instanceId);
    }
  }
  return draining;
}

export interface LoopOptions {
  /** Stop after this many iterations. Default: none, until the signal fires. */
  readonly iterations?: number;
  /** An iteration that takes longer is ended. Default: six intervals, at least 60 s. */
  readonly watchdog?: Seconds;
}

/**
 * Iterates every `fleet.interval`, measured from start to start, until the signal fires. Iterations
 * never overlap; one that is stuck is ended by the watchdog and the next one starts afresh.
 * Returns whether the last iteration ended by itself.
 */
export async function runLoop(
  fleet: Fleet,
  world: World,
  signal: AbortSignal,
  options: LoopOptions = {},
): Promise<boolean> {
  const { clock, recorder } = world;
  const watchdog = options.watchdog ?? Math.max(60, 6 * fleet.interval);
  let state = await world.state.load();
  let ended = true;
  for (let iteration = 1; !signal.aborted; iteration += 1) {
    const startedAt = clock.now();
    const guard = new AbortController();
    const done = new AbortController();
    const stuck = clock.sleep(watchdog, done.signal).then(() => {
      if (!done.signal.aborted) guard.abort(new Error(`the iteration took over ${watchdog} s`));
    });
    try {
      const either = AbortSignal.any([signal, guard.signal]);
      state = await Promise.race([runIteration(fleet, world, state, either), rejectOn(either)]);
      ended = true;
    } catch (error) {
      ended = false;
      if (!signal.aborted) recorder.failure({}, 'iterate', error);
    } finally {
      done.abort();
      await stuck;
    }
    if (iteration === options.iterations) break;
    await clock.sleep(Math.max(0, startedAt + fleet.interval - clock.now()), signal);
  }
  return ended;
}

/** Rejects when the signal fires, so that a call that ignores its signal cannot hold the loop. */
function rejectOn(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
