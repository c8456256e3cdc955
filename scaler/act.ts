import type { Fleet } from '../pool/pool.ts';
import type { GroupDecision } from './decide/decision.ts';
import type { GroupObservation, Override } from './decide/observation.ts';
import type { Decided } from './decide-all.ts';
import { CloudError, type CloudPort, type World } from './ports.ts';

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
  const attempt = async (doing: string, call: () => Promise<unknown>): Promise<boolean> => {
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
    let desiredNow = seen.desiredCapacity;
    let notStarted = 0;
    for (const [index, { zone, slots }] of group.launches.entries()) {
      // Letters, digits and dashes alone, and no other launch's: AWS starts nothing twice for one.
      const token = `${pool}-${group.market}-${decision.sequence}-${index}`;
      const launch = { group: name, zone, slots, token };
      // What has no capacity there is decided anew at the next look, which knows of it. Where the call
      // itself fails, the group is asked instead, and may use any of its zones.
      await attempt('launch', async () => {
        const started = await cloud.launch(launch, signal);
        desiredNow += started;
        notStarted += Math.max(0, slots - started);
      });
    }
    const wanted = Math.max(seen.min, desiredCapacity - notStarted);
    const settled =
      wanted === desiredNow ||
      (await attempt('set desired capacity', () => cloud.setDesiredCapacity(name, wanted, signal)));
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
