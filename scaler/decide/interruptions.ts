import type { UnixSeconds } from '../../pool/units.ts';
import {
  type InterruptionRecord,
  type InterruptionRecords,
  watchOffering,
} from './interruption-rate.ts';
import type { WorkerMemory } from './memory.ts';
import type { GroupObservation, PoolPolicy } from './observation.ts';

/** Spot instances of one region that are there, and those that were interrupted, by type. */
interface WatchedRegion {
  readonly region: string;
  readonly types: WatchedType[];
}

interface WatchedType {
  readonly instanceType: string;
  instances: number;
  interruptions: number;
  first: WorkerMemory | null;
}

/** Brings the interruption records up to date, and names the types that the breaker stops. */
export function countInterruptions(
  pool: PoolPolicy,
  before: InterruptionRecords,
  groups: readonly GroupObservation[],
  interrupted: readonly WorkerMemory[],
  at: UnixSeconds,
): { readonly interruptions: InterruptionRecords; readonly stopped: readonly WorkerMemory[] } {
  const regions = watchedRegions(groups, interrupted);
  const stopped: WorkerMemory[] = [];
  if (regions.length === 0) return { interruptions: before, stopped };
  const { count, within } = pool.breakers.interruptions;
  const interruptions: Record<string, InterruptionRecords[string]> = { ...before };
  for (const { region, types } of regions) {
    const records: Record<string, InterruptionRecord> = { ...before[region] };
    for (const { instanceType, instances, interruptions, first } of types) {
      const seen = { at, instances, interruptions };
      const record = watchOffering(records[instanceType], seen, count);
      records[instanceType] = record;
      if (first === null) continue;
      const earliest = record.latest[record.latest.length - count];
      if (earliest !== undefined && at - earliest <= within) stopped.push(first);
    }
    interruptions[region] = records;
  }
  return { interruptions, stopped };
}

function watchedRegions(
  groups: readonly GroupObservation[],
  interrupted: readonly WorkerMemory[],
): readonly WatchedRegion[] {
  const regions: WatchedRegion[] = [];
  for (const { market, region, workers } of groups) {
    if (market !== 'spot') continue;
    for (const { instanceType } of workers) watched(regions, region, instanceType).instances += 1;
  }
  for (const worker of interrupted) {
    const type = watched(regions, worker.region, worker.instanceType);
    type.interruptions += 1;
    type.first ??= worker;
  }
  return regions;
}

/** A handful of regions and types each, which are found faster in a list than in a map. */
function watched(regions: WatchedRegion[], region: string, instanceType: string): WatchedType {
  let known = regions.find((one) => one.region === region);
  if (known === undefined) {
    known = { region, types: [] };
    regions.push(known);
  }
  let type = known.types.find((one) => one.instanceType === instanceType);
  if (type === undefined) {
    type = { instanceType, instances: 0, interruptions: 0, first: null };
    known.types.push(type);
  }
  return type;
}
