/** How a group spreads over its zones: equal numbers of instances. Pure. */
import type { SimulatedInstance } from './instance-host.ts';

/** Instances by zone, zones that have none included. */
export function countByZone(
  zones: readonly string[],
  instances: Iterable<SimulatedInstance>,
): Map<string, number> {
  const counts = new Map(zones.map((zone) => [zone, 0]));
  for (const { offering } of instances) {
    counts.set(offering.zone, (counts.get(offering.zone) ?? 0) + 1);
  }
  return counts;
}

/** Zones to launch in, that with the fewest instances first; ties in the group's own order. */
export function zonesToFill(
  zones: readonly string[],
  counts: ReadonlyMap<string, number>,
): readonly string[] {
  return zones.toSorted((a, b) => counts.get(a)! - counts.get(b)!);
}

/**
 * The next instance to end for a group that has too much: the oldest in the zone with the most
 * instances, of those that may end (Auto Scaling user guide, "Default termination policy"; its other
 * criteria, such as the age of the launch template, are left out). null: none may.
 */
export function nextToEnd(
  counts: ReadonlyMap<string, number>,
  mayEnd: readonly SimulatedInstance[],
): SimulatedInstance | null {
  let chosen: SimulatedInstance | null = null;
  for (const instance of mayEnd) {
    const more =
      chosen === null ||
      (counts.get(instance.offering.zone) ?? 0) > (counts.get(chosen.offering.zone) ?? 0);
    if (more) chosen = instance;
  }
  return chosen;
}

/**
 * Zones between which AZRebalance would move one instance; null: the group is balanced. Counts may
 * differ by one, since nothing would be won.
 */
export function imbalance(
  zones: readonly string[],
  counts: ReadonlyMap<string, number>,
): { readonly from: string; readonly to: string } | null {
  const byCount = zonesToFill(zones, counts);
  const to = byCount[0];
  const from = byCount[byCount.length - 1];
  if (from === undefined || to === undefined) return null;
  return counts.get(from)! - counts.get(to)! > 1 ? { from, to } : null;
}
