import type { LaunchFailure, Observation, WorkerWarning } from './decide/observation.ts';
import type { Observations } from './observe.ts';
import type { FleetEvent } from './ports.ts';

export interface ObservationsWithEvents {
  readonly observations: Observations;
  /** What is in them, and what concerns nobody. The rest is of regions that did not answer. */
  readonly taken: readonly FleetEvent[];
}

/**
 * Adds to what was observed what the cloud told of besides. Events of unknown instances and groups are
 * dropped; those of a region that did not answer are left for a later observation, which may know them.
 */
export function addEvents(
  observations: Observations,
  events: readonly FleetEvent[],
): ObservationsWithEvents {
  if (events.length === 0) return { observations, taken: events };
  const unreachable = new Set(
    [...observations.values()].flatMap(({ unreachableRegions }) => unreachableRegions),
  );
  const taken = events.filter(({ region }) => !unreachable.has(region));
  const told = sortEvents(taken);
  const withEvents = [...observations].map(
    ([poolId, observation]) => [poolId, withNews(observation, told)] as const,
  );
  return { observations: new Map(withEvents), taken };
}

interface Told {
  readonly warnings: ReadonlyMap<string, readonly WorkerWarning[]>;
  readonly ending: ReadonlySet<string>;
  /** By region and group: groups of one name may be in several regions. */
  readonly failures: ReadonlyMap<string, readonly Omit<LaunchFailure, 'region' | 'market'>[]>;
}

function sortEvents(events: readonly FleetEvent[]): Told {
  const warnings = new Map<string, WorkerWarning[]>();
  const ending = new Set<string>();
  const failures = new Map<string, Omit<LaunchFailure, 'region' | 'market'>[]>();
  for (const event of events) {
    if (event.kind === 'launch-failed') {
      const key = groupKey(event.region, event.group);
      const { at, instanceType, zone, cause } = event;
      failures.set(key, [...(failures.get(key) ?? []), { at, instanceType, zone, cause }]);
    } else if (event.kind === 'ending') {
      ending.add(event.instanceId);
    } else {
      const { instanceId, at, kind } = event;
      warnings.set(instanceId, [...(warnings.get(instanceId) ?? []), { instanceId, at, kind }]);
    }
  }
  return { warnings, ending, failures };
}

function withNews(observation: Observation, { warnings, ending, failures }: Told): Observation {
  const news: WorkerWarning[] = [];
  const launchFailures = [...observation.launchFailures];
  const groups = observation.groups.map((group) => {
    for (const failure of failures.get(groupKey(group.region, group.name)) ?? []) {
      launchFailures.push({ ...failure, region: group.region, market: group.market });
    }
    let changed = false;
    const workers = group.workers.map((worker) => {
      const warned = warnings.get(worker.instanceId);
      if (warned !== undefined) news.push(...warned);
      const present = worker.phase === 'pending' || worker.phase === 'in-service';
      if (!present || !ending.has(worker.instanceId)) return worker;
      changed = true;
      return { ...worker, phase: 'terminating' as const };
    });
    return changed ? { ...group, workers } : group;
  });
  return { ...observation, groups, launchFailures, warnings: news };
}

function groupKey(region: string, group: string): string {
  return `${region} ${group}`;
}
