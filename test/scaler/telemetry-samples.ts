import type { Observation } from '../../scaler/decide/observation.ts';
import { known } from '../decide/situations.ts';

export const at = 1_700_000_000;

/** What was seen of a pool with 5 pending and 2 claimed tasks. */
export function anObservation(change: Partial<Observation> = {}): Observation {
  return {
    at,
    queue: known(5, 2, { oldestPendingAge: 42 }),
    groups: [],
    unreachableRegions: [],
    offerings: [],
    finishedTasks: [],
    launchFailures: [],
    warnings: [],
    scheduledMin: 0,
    allowance: null,
    fleetSpend: null,
    ...change,
  };
}
