import type { CombinedDeclaration } from '../../pool/queues/declaration.ts';
import type { Seconds } from '../../pool/units.ts';
import type { PoolReading, ReportedWorker } from '../ports.ts';

type Known = Extract<PoolReading, { status: 'known' }>;

/**
 * Several sources' readings as one. One that is not known leaves the whole not known: it may hold any
 * number of tasks. What one does not tell of (`claimed`), a sum does not know; a maximum is of those
 * that do tell. The age is the greatest; of a sum it is not known while a source with tasks does not
 * tell, as the oldest may be there. The reading is as old as its oldest part.
 *
 * @param readings at least one
 */
export function combineReadings(
  rule: CombinedDeclaration['rule'],
  readings: readonly PoolReading[],
): PoolReading {
  const errors = readings.flatMap((one) => (one.status === 'unknown' ? [one.error] : []));
  if (errors.length > 0) {
    return { status: 'unknown', error: errors.join('; '), ...newsOf(readings) };
  }
  const known = readings.filter((one): one is Known => one.status === 'known');
  const claims = known.map(({ claimed }) => claimed);
  const told = claims.filter((claimed) => claimed !== null);
  const allTell = told.length === claims.length;
  const add = (numbers: readonly number[]) => numbers.reduce((sum, one) => sum + one, 0);
  const combined = rule === 'sum' ? add : (numbers: readonly number[]) => Math.max(...numbers);
  return {
    status: 'known',
    readAt: Math.min(...known.map(({ readAt }) => readAt)),
    pending: combined(known.map(({ pending }) => pending)),
    claimed: told.length === 0 || (rule === 'sum' && !allTell) ? null : combined(told),
    oldestPendingAge: oldest(rule, known),
    ...newsOf(readings),
  };
}

function oldest(rule: CombinedDeclaration['rule'], known: readonly Known[]): Seconds | null {
  const waiting = known.filter(({ pending }) => pending > 0);
  const ages = waiting.map(({ oldestPendingAge }) => oldestPendingAge);
  const told = ages.filter((age) => age !== null);
  if (told.length === 0 || (rule === 'sum' && told.length < ages.length)) return null;
  return Math.max(...told);
}

/** A worker that several sources know of is one worker, as busy as the busiest of them says. */
function newsOf(readings: readonly PoolReading[]): Pick<PoolReading, 'workers' | 'finishedTasks'> {
  const told = readings.filter(({ workers }) => workers !== undefined);
  const finishedTasks = readings.flatMap((one) => one.finishedTasks ?? []);
  const byName = new Map<string, ReportedWorker>();
  for (const worker of told.flatMap(({ workers = [] }) => workers)) {
    const known = byName.get(worker.name);
    if (known === undefined || worker.busySlots > known.busySlots) byName.set(worker.name, worker);
  }
  return {
    // Where one source does not tell of workers, they may be busy with its tasks.
    ...(told.length === readings.length && { workers: [...byName.values()] }),
    ...(finishedTasks.length > 0 && { finishedTasks }),
  };
}
