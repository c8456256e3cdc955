import type { UnixSeconds } from '../../pool/units.ts';
import {
  type InterruptionRecord,
  type InterruptionRecords,
  watchOffering,
} from './interruption-rate.ts';
import type { WorkerMemory } from './memory.ts';
import type { GroupObservation, PoolPolicy } from './observation.ts';

/** Brings the interruption records up to date, and names the types that the breaker stops. */
export function countInterruptions(
  pool: PoolPolicy,
  before: InterruptionRecords,
  groups: readonly GroupObservation[],
  interrupted: readonly WorkerMemory[],
  at: UnixSeconds,
): { readonly interruptions: InterruptionRecords; readonly stopped: readonly WorkerMemory[] } {
  const regions = new Set<string>();
  for (const group of groups) {
    if (group.market === 'spot' && group.workers.length > 0) regions.add(group.region);
  }
  for (const { region } of interrupted) regions.add(region);
  if (regions.size === 0) return { interruptions: before, stopped: [] };
  const stopped: WorkerMemory[] = [];
  const interruptions: Record<string, InterruptionRecords[string]> = { ...before };
  for (const region of regions) {
    const ofRegion = interrupted.filter((worker) => worker.region === region);
    const counts = spotInstances(groups, region);
    for (const { instanceType } of ofRegion) {
      if (!counts.has(instanceType)) counts.set(instanceType, 0);
    }
    const records: Record<string, InterruptionRecord> = { ...before[region] };
    for (const [instanceType, instances] of counts) {
      const workers = ofRegion.filter((worker) => worker.instanceType === instanceType);
      const { count, within } = pool.breakers.interruptions;
      const seen = { at, instances, interruptions: workers.length };
      const record = watchOffering(records[instanceType], seen, count);
      records[instanceType] = record;
      const first = record.latest[record.latest.length - count];
      const trips = workers.length > 0 && first !== undefined && at - first <= within;
      if (trips) stopped.push(workers[0]!);
    }
    interruptions[region] = records;
  }
  return { interruptions, stopped };
}

function spotInstances(groups: readonly GroupObservation[], region: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const group of groups) {
    if (group.market !== 'spot' || group.region !== region) continue;
    for (const { instanceType } of group.workers) {
      counts.set(instanceType, (counts.get(instanceType) ?? 0) + 1);
    }
  }
  return counts;
}
