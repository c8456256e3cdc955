import type { InstanceChoice } from '../../pool/pool.ts';
import type { Slots } from '../../pool/units.ts';

/** The instance types that a system which counts instances, not slots, is given, and their size. */
export interface OneSize {
  readonly capacity: Slots;
  readonly instanceTypes: readonly string[];
}

/** The size of most types; the smaller of two that are as common. */
export function mostCommonSize(instances: readonly InstanceChoice[]): OneSize {
  const counts = new Map<Slots, number>();
  for (const { capacity } of instances) counts.set(capacity, (counts.get(capacity) ?? 0) + 1);
  const [capacity] = [...counts].toSorted(([a, m], [b, n]) => n - m || a - b)[0]!;
  return ofSize(instances, capacity);
}

export function smallestSize(instances: readonly InstanceChoice[]): OneSize {
  return ofSize(instances, Math.min(...instances.map(({ capacity }) => capacity)));
}

function ofSize(instances: readonly InstanceChoice[], capacity: Slots): OneSize {
  const fitting = instances.filter((choice) => choice.capacity === capacity);
  return { capacity, instanceTypes: fitting.map(({ type }) => type) };
}
