/**
 * The loop: observe, decide, act, record. It knows the world only through the ports, so that the
 * same loop runs against AWS and against the simulated cloud.
 */
import type { Fleet } from '../pool/pool.ts';
import type { Seconds } from '../pool/units.ts';
import { act } from './act.ts';
import { addEvents } from './add-events.ts';
import type { Memory } from './decide/memory.ts';
import { type Decided, decideAll } from './decide-all.ts';
import { EventInbox } from './event-inbox.ts';
import { type Observations, observe } from './observe.ts';
import { CloudWithOwnWrites } from './own-writes.ts';
import type { Clock, State, TerminationOrder, World } from './ports.ts';
import { withTerminationOrders } from './termination-orders.ts';
import { undeclaredPool } from './undeclared-pools.ts';
import { WakeUp } from './wake-up.ts';

/** One iteration. Rejects only when `signal` fires; a part that fails is told to the recorder. */
export async function runIteration(
  declared: Fleet,
  world: World,
  state: State,
  inbox: EventInbox | null,
  signal: AbortSignal,
): Promise<State> {
  const { clock, recorder, workers } = world;
  const startedAt = clock.now();
  const effective = (await world.fleetNow?.(signal)) ?? declared;
  const [observed, orders] = await Promise.all([
    observe(effective, world, signal),
    readOrders(world, signal),
  ]);
  signal.throwIfAborted();
  // After the observation, which knows of every instance that an event until now can be of.
  const { observations, taken } = addEvents(observed, inbox?.take() ?? []);
  const fleet = withUndeclaredPools(effective, observations);

  const made = decideAll(fleet, observations, state, clock.now());
  const { decided, next, done } = withTerminationOrders(fleet, orders, made.decided, made.next);
  for (const pool of fleet.pools) {
    const one = decided.get(pool.id);
    const memory = next.memories[pool.id];
    if (one && memory) recorder.decision(pool, one.observation, one.decision, memory);
  }
  inbox?.follow(next);
  workers.setDraining(drainingIn(next.memories));
  await act(fleet, world, decided, signal);
  await notify(fleet, world, decided, signal);

  try {
    await world.state.save(next, taken.length > 0);
    for (const order of done) await world.orders?.done(order, signal);
    await inbox?.settle(taken, signal);
  } catch (error) {
    recorder.failure({}, 'save state', error);
  }
  recorder.iteration({ startedAt, duration: clock.now() - startedAt });
  return next;
}

/** Orders that cannot be read now are carried out when they can. */
async function readOrders(
  { orders, recorder }: World,
  signal: AbortSignal,
): Promise<readonly TerminationOrder[]> {
  try {
    return (await orders?.list(signal)) ?? [];
  } catch (error) {
    recorder.failure({}, 'read orders', error);
    return [];
  }
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
  /** Ends the loop once the iteration under way is over, where the signal would end that too. */
  readonly stop?: AbortSignal;
  /** What the watchdog tells time by. Default: the world's clock. */
  readonly limitClock?: Clock;
}

/**
 * Iterates every `fleet.interval`, measured from start to start, and sooner when the cloud tells of
 * something or more tasks come, until the signal fires or it is to stop. Iterations
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
  const inbox = world.events === null ? null : new EventInbox(world.events, clock, state);
  const wakeUp = new WakeUp(clock);
  world.queues.onNews?.(() => wakeUp.ring());
  world.wakes?.onWake(() => wakeUp.ring());
  const over = firstOf(signal, options.stop ?? signal);
  const listening = inbox?.listen(over.signal);
  let ended = true;
  for (let iteration = 1; !over.signal.aborted; iteration += 1) {
    const startedAt = clock.now();
    const guard = new AbortController();
    const done = new AbortController();
    const relay = () => guard.abort(signal.reason);
    signal.addEventListener('abort', relay, { once: true });
    const stuck = limitClock.sleep(watchdog, done.signal).then(() => {
      if (!done.signal.aborted) guard.abort(new Error(`the iteration took over ${watchdog} s`));
    });
    try {
      const iterated = runIteration(fleet, world, state, inbox, guard.signal);
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
    const next = startedAt + fleet.interval;
    const rest = (woken: AbortSignal) =>
      inbox === null
        ? clock.sleep(Math.max(0, next - clock.now()), woken)
        : inbox.sleep(startedAt, next, woken);
    await wakeUp.sleep(startedAt, rest, over.signal);
  }
  over.end();
  await listening;
  return ended;
}

/** Fires with either, or at the end. Not `AbortSignal.any`: Node 20 holds what it listens to weakly. */
function firstOf(...signals: readonly AbortSignal[]) {
  const controller = new AbortController();
  const fire = () => controller.abort();
  for (const signal of signals) {
    if (signal.aborted) fire();
    signal.addEventListener('abort', fire, { once: true });
  }
  const end = () => {
    fire();
    for (const signal of signals) signal.removeEventListener('abort', fire);
  };
  return { signal: controller.signal, end };
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
