/**
 * What is known of EC2 instance types without asking AWS. A small table of facts, stated in
 * `instance-types.csv` beside this file; its first lines name the sources and their dates:
 * Karpenter and cluster-autoscaler documentation (sizes), Spare Cores (Geekbench 6 Clang
 * multi-core score), SkyPilot catalogue of 2024-06 (on-demand prices in five regions).
 */
import { readFileSync } from 'node:fs';
import { nearest } from './nearest.ts';
import type { Architecture } from './pool.ts';
import type { Gibibytes, UsdPerHour } from './units.ts';

export interface InstanceType {
  readonly name: string;
  readonly architecture: Architecture;
  readonly virtualCpus: number;
  /** MiB. */
  readonly memoryMebibytes: number;
  /** NVMe disks of the host itself, all together; null: none known. */
  readonly localDisk: Gibibytes | null;
  /**
   * Geekbench 6 Clang multi-core score: a fair utility for build work across x86_64 and arm64.
   * null: not measured.
   */
  readonly clangMultiScore: number | null;
  /** On-demand, Linux, shared tenancy, by region. A region that is not here has no known price. */
  readonly onDemandPrices: ReadonlyMap<string, UsdPerHour>;
}

let catalogue: ReadonlyMap<string, InstanceType> | null = null;

/** Every known type by name, sorted by name. The table is read at the first call. */
export function instanceTypes(): ReadonlyMap<string, InstanceType> {
  catalogue ??= parseCatalogue(
    readFileSync(new URL('./instance-types.csv', import.meta.url), 'utf8'),
  );
  return catalogue;
}

/** The facts of a type; null: the table does not have it, which says nothing about AWS. */
export function findInstanceType(name: string): InstanceType | null {
  return instanceTypes().get(name) ?? null;
}

/** The known type whose name is most like this one; null: none is near. */
export function nearestInstanceType(name: string): string | null {
  return nearest(name, instanceTypes().keys());
}

/**
 * Built-in on-demand price of a whole instance in USD per hour; null when unknown. Only
 * us-east-1, us-west-2, eu-west-1, us-east-2 and eu-central-1 have built-in prices, and types
 * that came out after 2024-06 have one for us-east-1 at most.
 */
export function onDemandPrice(type: string, region: string): UsdPerHour | null {
  return findInstanceType(type)?.onDemandPrices.get(region) ?? null;
}

const factColumns = 6;

function parseCatalogue(text: string): ReadonlyMap<string, InstanceType> {
  const [header = '', ...rows] = text.split('\n').filter((line) => line && !line.startsWith('#'));
  const regions = header.split(',').slice(factColumns);
  return new Map(
    rows.map((row) => {
      const [name = '', architecture, cpus, memory, disk, score, ...prices] = row.split(',');
      const known = prices.flatMap((price, index): [string, number][] =>
        price === '' ? [] : [[regions[index] ?? '', Number(price)]],
      );
      const type: InstanceType = {
        name,
        architecture: architecture === 'arm64' ? 'arm64' : 'x86_64',
        virtualCpus: Number(cpus),
        memoryMebibytes: Number(memory),
        localDisk: numberOrNull(disk),
        clangMultiScore: numberOrNull(score),
        onDemandPrices: new Map(known),
      };
      return [name, type];
    }),
  );
}

function numberOrNull(cell: string | undefined): number | null {
  return cell === undefined || cell === '' ? null : Number(cell);
}
