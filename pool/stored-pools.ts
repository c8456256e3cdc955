/**
 * The effective fleet: the pools of the file and those that were made over the API. Each of these is
 * judged by itself, so one that cannot be a pool is left out, with the reasons, and stops no other.
 */
import { compareText } from './compare-text.ts';
import type { PoolDraft } from './draft.ts';
import { explainIssue } from './explain-issue.ts';
import { printPath } from './finding.ts';
import type { Declaration } from './load.ts';
import type { Fleet, Pool } from './pool.ts';
import { poolFindings } from './rules-pool.ts';
import { poolSchema } from './schema-pool.ts';
import { toPool } from './to-pool.ts';
import type { WorkerType } from './worker-type.ts';
import {
  poolNameOf,
  type WorkerTypeDeclaration,
  workerTypeDeclaration,
} from './worker-type-pool.ts';

export interface StoredWorkerType {
  readonly workerType: string;
  readonly definition: WorkerType;
}

/** What a stored definition came to. */
export interface StoredPool {
  readonly workerType: string;
  readonly poolId: string;
  /** null: it cannot be a pool of this fleet now, as `waiting` says. */
  readonly pool: Pool | null;
  /** What the file or the infrastructure lacks for it, one sentence each. */
  readonly waiting: readonly string[];
  /** What the definition says and a pool has no place for. */
  readonly notUsed: readonly string[];
  /** As it would stand in the file; null without settings for worker types. */
  readonly declaration: WorkerTypeDeclaration | null;
}

export interface EffectiveFleet {
  readonly fleet: Fleet;
  /** By worker type. */
  readonly stored: ReadonlyMap<string, StoredPool>;
}

/** One definition as a pool of the fleet. */
export function storedPool(
  { fleet, output, draft }: Declaration,
  { workerType, definition }: StoredWorkerType,
): StoredPool {
  const poolId = poolNameOf(workerType);
  const none = { workerType, poolId, pool: null, notUsed: [], declaration: null };
  if (fleet.workerTypes === undefined) {
    const waiting = ["the file has no workerTypes, so it is not known where this one's tasks wait"];
    return { ...none, waiting };
  }
  const taken = fleet.pools.find(({ id, name }) => id === poolId || name === poolId);
  if (taken !== undefined) {
    return { ...none, waiting: [`the file has a pool ${taken.name}, which goes before this one`] };
  }
  const regions = fleet.regions.map(({ name }) => name);
  const declared = workerTypeDeclaration(workerType, definition, fleet.workerTypes, regions);
  const { declaration, missingRegions, notUsed } = declared;
  const missing = missingRegions.map(
    (region) => `the file has no region ${region}: declare it under regions`,
  );
  const known = { workerType, poolId, notUsed, declaration: declared };
  if (missingRegions.length === definition.regions.length) {
    return { ...known, pool: null, waiting: missing };
  }
  const parsed = poolSchema.safeParse(declaration, { reportInput: true });
  const faults = parsed.success
    ? poolFindings(declaration as PoolDraft, [], regions, draft.regions ?? {})
    : parsed.error.issues.flatMap((issue) => explainIssue(issue));
  const waiting = faults.map(({ path, message }) => `${printPath(path)}: ${message}`);
  if (!parsed.success || faults.length > 0) {
    return { ...known, pool: null, waiting: [...missing, ...waiting] };
  }
  return { ...known, pool: toPool(poolId, parsed.data, output), waiting: missing };
}

/** @param stored in any order; the pools of the answer are sorted by id, as those of a file are */
export function effectiveFleet(
  declaration: Declaration,
  stored: Iterable<StoredWorkerType>,
): EffectiveFleet {
  const known = new Map([...stored].map((one) => [one.workerType, storedPool(declaration, one)]));
  return { fleet: withStored(declaration.fleet, known.values()), stored: known };
}

/** The fleet with those of the stored definitions that are pools. */
export function withStored(fleet: Fleet, stored: Iterable<StoredPool>): Fleet {
  const pools = [...stored].flatMap(({ pool }) => (pool === null ? [] : [pool]));
  if (pools.length === 0) return fleet;
  return { ...fleet, pools: [...fleet.pools, ...pools].sort((a, b) => compareText(a.id, b.id)) };
}
