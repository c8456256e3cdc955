/** What must hold between the keys of one pool. */
import { findInstanceType } from './catalogue.ts';
import type { FleetDraft, PoolDraft } from './draft.ts';
import type { Finding, Path } from './finding.ts';
import { nearest, suggestion } from './nearest.ts';
import { parseDuration } from './parse-units.ts';
import type { Architecture } from './pool.ts';
import { repeated } from './repeated.ts';
import { diskFindings } from './rules-disk.ts';
import { imageFindings } from './rules-image.ts';
import { instanceFindings } from './rules-instance.ts';
import { keyFindings } from './rules-key.ts';
import { marketFindings } from './rules-market.ts';
import { workerNetworkFindings } from './rules-network.ts';
import { queueFindings } from './rules-queue.ts';
import { scalingFindings } from './rules-scaling.ts';
import { workerKindFindings } from './rules-worker-kind.ts';
import { lifecycleDefaults, tagKey } from './schema-pool.ts';

export function poolFindings(
  pool: PoolDraft,
  path: Path,
  fleetRegions: readonly string[],
  regionDrafts: NonNullable<FleetDraft['regions']>,
): Finding[] {
  const own = pool.regions?.filter((region) => region !== undefined);
  const regions = own?.filter((region) => fleetRegions.includes(region)) ?? fleetRegions;
  return [
    ...keyFindings(pool.tags, [...path, 'tags'], tagKey),
    ...regionFindings(pool, path, fleetRegions),
    ...capacityFindings(pool, path),
    ...instanceFindings(pool, path),
    ...queueFindings(pool.queue, [...path, 'queue']),
    ...marketFindings(pool, path),
    ...scalingFindings(pool, path, regions),
    ...lifecycleFindings(pool, path),
    ...accessFindings(pool, path, regions),
    ...imageFindings(pool, path, regions, architecturesOf(pool)),
    ...workerKindFindings(pool, path),
    ...diskFindings(pool, path, regions),
    ...workerNetworkFindings(pool, path, regions, regionDrafts),
  ];
}

/** The architectures of a pool's types; null when a type's is not known. */
function architecturesOf({ instances }: PoolDraft): readonly Architecture[] | null {
  const found = (instances ?? []).map(
    (instance) =>
      instance?.architecture ?? findInstanceType(instance?.type ?? '')?.architecture ?? null,
  );
  return found.length === 0 || found.includes(null)
    ? null
    : [...new Set(found.filter((architecture) => architecture !== null))].sort();
}

function regionFindings(pool: PoolDraft, path: Path, fleetRegions: readonly string[]): Finding[] {
  const places = (pool.regions ?? []).flatMap((value, index) =>
    value === undefined ? [] : [{ path: [...path, 'regions', index], value }],
  );
  // A fleet without regions has that fault, and its pools none for it.
  const known = (region: string) => fleetRegions.length === 0 || fleetRegions.includes(region);
  const unknown = places.filter(({ value }) => !known(value));
  return [
    ...repeated(places, 'each region once'),
    ...unknown.map(({ path: at, value }): Finding => {
      const fix = suggestion(nearest(value, fleetRegions));
      const allowed = `a region of the fleet (${fleetRegions.join(', ')})`;
      return { path: at, at: 'value', message: `got ${value}; allowed: ${allowed}${fix}` };
    }),
  ];
}

function capacityFindings({ capacity }: PoolDraft, path: Path): Finding[] {
  const { min, max } = capacity ?? {};
  if (min === undefined || max === undefined || min <= max) return [];
  const message = `got ${min}, above max ${max}; allowed: 0 to ${max}, or a higher max`;
  return [{ path: [...path, 'capacity', 'min'], at: 'value', message }];
}

function lifecycleFindings({ lifecycle }: PoolDraft, path: Path): Finding[] {
  const {
    missingAfter = lifecycleDefaults.missingAfter,
    maxLifetime = lifecycleDefaults.maxLifetime,
  } = lifecycle ?? {};
  const missing = parseDuration(missingAfter);
  const hook = parseDuration(lifecycle?.launchHook ?? '0s');
  if (missing.ok && hook.ok && hook.value >= missing.value) {
    const message = `got ${lifecycle?.launchHook}; allowed: less than missingAfter (${missingAfter})`;
    return [{ path: [...path, 'lifecycle', 'launchHook'], at: 'value', message }];
  }
  const lifetime = parseDuration(maxLifetime);
  if (!missing.ok || !lifetime.ok || missing.value < lifetime.value) return [];
  const message = `got ${maxLifetime}; allowed: more than missingAfter (${missingAfter})`;
  return [{ path: [...path, 'lifecycle', 'maxLifetime'], at: 'value', message }];
}

/** A security group belongs to one VPC, so a pool in several regions cannot name one. */
function accessFindings({ access }: PoolDraft, path: Path, regions: readonly string[]): Finding[] {
  if (regions.length < 2) return [];
  const keys = (['ssh', 'metrics'] as const).filter((key) => access?.[key] !== undefined);
  const places: Path[] = [
    ...keys.map((key) => [key]),
    // A name may be one of a group in each region's VPC.
    ...(access?.securityGroups ?? []).flatMap((group, index): Path[] =>
      group?.startsWith('sg-') ? [['securityGroups', index]] : [],
    ),
  ];
  return places.map((place): Finding => {
    const message =
      `got a security group, which belongs to one region, for a pool in ${regions.join(', ')}; ` +
      'allowed: only with one region; make a pool for each';
    return { path: [...path, 'access', ...place], at: 'value', message };
  });
}
