import { tagKeys } from '../pool/names.ts';
import type { Fleet, Pool } from '../pool/pool.ts';
import { literal } from './literal.ts';

export type Tags = Readonly<Record<string, string>>;

/** Tags of what belongs to the fleet as a whole. */
export function fleetTags(fleet: Fleet): Tags {
  return { Name: fleet.name, [tagKeys.fleet]: fleet.name };
}

/**
 * Tags of everything that belongs to a pool, sorted by key. A declared tag may replace `Name`, never
 * one of ours: those are how the scaler knows its own.
 */
export function poolTags(fleet: Fleet, pool: Pool): Tags {
  const tags = {
    // From the id, not the name: a new name would otherwise make a new launch template version.
    Name: `${fleet.name}-${pool.id}`,
    ...pool.tags,
    [tagKeys.fleet]: fleet.name,
    [tagKeys.pool]: pool.id,
  };
  return Object.fromEntries(
    Object.entries(tags)
      .map(([key, value]) => [literal(key), literal(value)] as const)
      .sort(([left], [right]) => (left < right ? -1 : 1)),
  );
}
