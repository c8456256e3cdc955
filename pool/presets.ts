/** Pools that need only what is one's own: a preset gives the rest, in the words of `muster.yaml`. */

/** What a preset gives a pool, by key. */
type Preset = Readonly<Record<string, unknown>>;

/**
 * Those keys of a pool that a preset may leave to it; the rest has defaults, or is one's own.
 */
export const presets: Readonly<Record<'cycloid-external-worker', Preset>> = {
  // The defaults of the Terraform inputs of Cycloid's stack-external-worker (its README).
  'cycloid-external-worker': {
    capacity: { min: 1, max: 6 },
    instances: [{ type: 'c5d.2xlarge', capacity: 1 }],
    market: { spot: { maxPrice: 0.3 }, onDemandAfter: 'never' },
    network: { subnets: 'public' },
    disk: { root: '20GiB', data: '130GiB', ebsOptimized: true },
    access: { keyPair: 'cycloid-external-worker' },
  },
};

export const presetNames = Object.keys(presets) as [keyof typeof presets];

/** Keys that a pool must have unless its preset gives them. */
export const presetKeys = ['capacity', 'instances'] as const;

/**
 * The value of a declaration with each pool's preset filled in. A key that the pool has replaces the
 * preset's; in `capacity`, `network`, `disk` and `access` it does so key by key. What has not the form
 * of a pool is left as it is, for the schema to refuse.
 */
export function withPresets(value: unknown): unknown {
  if (!isMapping(value) || !isMapping(value.pools)) return value;
  const pools = Object.entries(value.pools).map(([name, pool]) => [name, withPreset(pool)]);
  return { ...value, pools: Object.fromEntries(pools) };
}

const mergedKeys = ['capacity', 'network', 'disk', 'access'];

function withPreset(pool: unknown): unknown {
  if (!isMapping(pool) || typeof pool.preset !== 'string') return pool;
  if (!Object.hasOwn(presets, pool.preset)) return pool;
  const preset: Preset = presets[pool.preset as keyof typeof presets];
  const merged = mergedKeys.flatMap((key) => {
    const [given, own] = [preset[key], pool[key]];
    return isMapping(given) && isMapping(own) ? [[key, { ...given, ...own }]] : [];
  });
  return { ...preset, ...pool, ...Object.fromEntries(merged) };
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
