/** What must hold of how a pool's capacity follows its queue, and of where it goes. */
import type { PoolDraft } from './draft.ts';
import type { Finding, Path } from './finding.ts';
import { scalingMappingKeys } from './schema-scaling.ts';

export function scalingFindings(
  pool: PoolDraft,
  path: Path,
  regions: readonly string[],
): Finding[] {
  return [
    ...ruleFindings(pool, path),
    ...slotFindings(pool, path),
    ...placementFindings(pool, path, regions),
  ];
}

function ruleFindings(pool: PoolDraft, path: Path): Finding[] {
  const { scaling } = pool;
  const at = [...path, 'scaling'];
  if (scaling === 'schedule' && !Object.hasOwn(pool, 'schedule')) {
    const message = 'got schedule, but the pool has none; allowed: with the key schedule beside it';
    return [{ path: at, at: 'value', message }];
  }
  if (typeof scaling !== 'object') return [];
  const given = scalingMappingKeys.filter((key) => scaling[key] !== undefined);
  if (given.length < 2) return [];
  const message = `got ${given.join(' and ')}; allowed: one of ${scalingMappingKeys.join(', ')}`;
  return [{ path: [...at, given[1] ?? ''], at: 'key', message }];
}

/** No key may ask for more slots than the pool may have. */
function slotFindings(pool: PoolDraft, path: Path): Finding[] {
  const max = pool.capacity?.max;
  if (max === undefined) return [];
  const fixed = typeof pool.scaling === 'object' ? pool.scaling.fixed : undefined;
  const places: readonly { readonly at: Path; readonly slots: number | undefined }[] = [
    { at: ['scaling', 'fixed'], slots: fixed },
    { at: ['buffer'], slots: pool.buffer },
    ...(pool.schedule ?? []).map((entry, index) => ({
      at: ['schedule', index, 'min'],
      slots: entry?.min,
    })),
  ];
  return places.flatMap(({ at, slots }): Finding[] => {
    if (slots === undefined || slots <= max) return [];
    const message = `got ${slots}, above capacity.max ${max}; allowed: up to ${max}`;
    return [{ path: [...path, ...at], at: 'value', message }];
  });
}

function placementFindings(
  { placement }: PoolDraft,
  path: Path,
  regions: readonly string[],
): Finding[] {
  const at = [...path, 'placement'];
  const findings: Finding[] = [];
  const { zones, zoneShare, regionShare } = placement ?? {};
  const spreads = zones === 'group' || !Object.hasOwn(placement ?? {}, 'zones');
  if (zoneShare !== undefined && spreads) {
    const message = 'got a zoneShare with zones: group; allowed: with zones: cheapest';
    findings.push({ path: [...at, 'zoneShare'], at: 'key', message });
  }
  // Shares of all regions must make up the whole, or some of the pool could go nowhere.
  const least = Math.ceil(100 / regions.length) / 100;
  if (regionShare !== undefined && regions.length > 0 && regionShare * regions.length < 1) {
    const message =
      `got ${regionShare} for a pool in ${regions.join(', ')}; ` +
      `allowed: at least ${least}, so that all slots have a place`;
    findings.push({ path: [...at, 'regionShare'], at: 'value', message });
  }
  return findings;
}
