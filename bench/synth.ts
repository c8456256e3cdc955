import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseFleet } from '../pool/load.ts';
import { BenchInputError } from './policy/input-error.ts';
import { declarationOf, mostRegions } from './synth/declaration.ts';
import { differences } from './synth/differences.ts';
import { type Variant, variants } from './synth/variants.ts';

export const description = 'our stacks against raw CDKTF making the same resources';

export const parameters = { pools: 50, regions: 2, rounds: 7 };

export interface BenchResult {
  /** One flat object a row, with units in the names of its fields. */
  readonly rows: readonly Readonly<Record<string, string | number>>[];
}

/**
 * Both variants in one process, turn by turn, so that a busy machine slows both alike. Peak memory is
 * of one run in a process of its own.
 *
 * @throws Error when the two do not make the same resources with the same attributes.
 */
export async function run({ pools, regions, rounds }: typeof parameters): Promise<BenchResult> {
  if (regions > mostRegions) {
    throw new BenchInputError(`regions must be at most ${mostRegions}, got ${regions}`);
  }
  const fleet = parseFleet(declarationOf(pools, regions), 'bench.yaml');
  const ours = variants.muster(fleet, 0);
  const policies = Object.keys(ours[`${fleet.name}-shared`]?.resource.aws_iam_policy ?? {}).length;
  const different = differences(ours, variants.raw(fleet, policies));
  if (different.length > 0) throw new Error(`not the same resources:\n${different.join('\n')}`);
  const milliseconds: Record<Variant, number[]> = { muster: [], raw: [] };
  for (let round = 0; round < rounds; round++) {
    for (const variant of round % 2 === 0 ? order : [...order].reverse()) {
      const startedAt = performance.now();
      variants[variant](fleet, policies);
      milliseconds[variant].push(performance.now() - startedAt);
    }
  }
  const rawMedian = median(milliseconds.raw);
  return {
    rows: order.map((variant) => ({
      variant,
      pools,
      regions: fleet.regions.length,
      resources: countResources(ours),
      medianMilliseconds: Math.round(median(milliseconds[variant])),
      leastMilliseconds: Math.round(Math.min(...milliseconds[variant])),
      timesRaw: Number((median(milliseconds[variant]) / rawMedian).toFixed(3)),
      peakMebibytes: Math.round(peakKibibytes(variant, pools, regions, policies) / 1024),
    })),
  };
}

const order: readonly Variant[] = ['muster', 'raw'];

function countResources(stacks: ReturnType<(typeof variants)[Variant]>): number {
  return Object.values(stacks)
    .flatMap(({ resource }) => Object.values(resource))
    .reduce((sum, ofType) => sum + Object.keys(ofType).length, 0);
}

function peakKibibytes(variant: Variant, pools: number, regions: number, policies: number): number {
  const script = fileURLToPath(new URL('synth/once.ts', import.meta.url));
  const output = execFileSync(
    process.execPath,
    ['--import', 'tsx', script, variant, ...[pools, regions, policies].map(String)],
    { encoding: 'utf8', timeout: 300_000 },
  );
  return Number(output);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2;
}
