import type { Fleet } from '../pool/pool.ts';
import type { Decision, GroupDecision } from './decide/decision.ts';
import type { GroupObservation, Observation, Override } from './decide/observation.ts';
import { CloudError, type CloudPort, type World } from './ports.ts';

/** A decision and what it was made from. */
export interface Decided {
  readonly observation: Observation;
  readonly decision: Decision;
}

/**
 * Carries out the decisions, region by region at the same time, group after group within one, since
 * a region's calls share one token bucket. Only what differs from what was seen is called for.
 *
 * A failed call is told to the recorder and stops nothing but what depends on it. When a region
 * throttles, the rest of its calls are left to the next iteration, which decides anew.
 */
export async function act(
  fleet: Fleet,
  world: World,
  decided: ReadonlyMap<string, Decided>,
  signal: AbortSignal,
): Promise<void> {
  await Promise.all(
    world.clouds.map(async (cloud) => {
      for (const pool of fleet.pools) {
        const one = decided.get(pool.id);
        if (!one) continue;
        const throttled = await actInRegion(cloud, pool.id, one, world, signal);
        if (throttled) return;
      }
    }),
  );
}

async function actInRegion(
  cloud: CloudPort,
  pool: string,
  { observation, decision }: Decided,
  { recorder }: World,
  signal: AbortSignal,
): Promise<boolean> {
  let throttled = false;
  const attempt = async (doing: string, call: () => Promise<void>): Promise<boolean> => {
    if (throttled || signal.aborted) return false;
    try {
      await call();
      return true;
    } catch (error) {
      throttled = error instanceof CloudError && error.kind === 'throttled';
      recorder.failure({ pool, region: cloud.region }, doing, error);
      return false;
    }
  };
  for (const group of decision.groups) {
    if (group.region !== cloud.region) continue;
    const seen = observation.groups.find(
      ({ name, region }) => name === group.name && region === group.region,
    );
    if (!seen) continue;
    const change = overridesChange(group, seen);
    if (change) await attempt('set overrides', () => cloud.setOverrides(change, signal));
    const { name, desiredCapacity } = group;
    const settled =
      desiredCapacity === seen.desiredCapacity ||
      (await attempt('set desired capacity', () =>
        cloud.setDesiredCapacity(name, desiredCapacity, signal),
      ));
    // Ending an instance of a group whose desired capacity still counts it would start another.
    if (!settled) continue;
    for (const worker of decision.terminate) {
      if (worker.group !== name || worker.region !== cloud.region) continue;
      await attempt('terminate', () => cloud.terminate(worker.instanceId, signal));
    }
  }
  return throttled;
}

function overridesChange(group: GroupDecision, seen: GroupObservation) {
  const { overrides, spotMaxPrice } = group;
  if (overrides === null) return null;
  const same = sameOverrides(overrides, seen.overrides) && spotMaxPrice === seen.spotMaxPrice;
  return same ? null : { group: group.name, overrides, spotMaxPrice };
}

function sameOverrides(a: readonly Override[], b: readonly Override[]): boolean {
  return (
    a.length === b.length &&
    a.every(({ instanceType, weight }, index) => {
      const other = b[index];
      return other?.instanceType === instanceType && other.weight === weight;
    })
  );
}
