import type { UsdPerHour } from '../../pool/units.ts';
import type { Situation } from './assess.ts';
import type { Growth } from './growth.ts';
import { idleTime } from './idle-time.ts';
import type { OfferingTable } from './offering-table.ts';
import { chooseScaleIn, type ScaleIn } from './scale-in.ts';
import type { DroppedRequests } from './scale-out.ts';
import { workerPrice } from './worker-price.ts';

const nobody: ScaleIn = { drain: [], terminate: [], reasons: [] };

/** Whom to let go; nobody while the queue is not known or the pool is paused. */
export function letGo(
  situation: Situation,
  table: OfferingTable,
  growth: Growth,
  { plans, dropped }: DroppedRequests,
): ScaleIn {
  const { recalled, surplus, surplusBooted, replaceable } = growth;
  const { pool, queue, workers, memory, at, heartbeats } = situation;
  if (queue.status === 'unknown' || pool.paused || workers.length === 0) return nobody;
  return chooseScaleIn({
    at,
    pool,
    memory,
    workers:
      recalled.length === 0 ? workers : workers.filter((judged) => !recalled.includes(judged)),
    heartbeats,
    bootTime: memory.bootTime.mean,
    idleTime: idleTime(pool, memory.bootTime.mean, memory.idleSpells),
    requested: plans.reduce((sum, { requested }) => sum + requested, 0),
    // Where no offering may be used, nothing would come.
    replaceable: plans.some(({ types }) => types.length > 0) ? replaceable : 0,
    surplus: surplus - dropped,
    surplusBooted,
    pricePerUtility: ({ worker, group }) =>
      workerPrice(table, worker, group)?.pricePerUtility ?? Number.POSITIVE_INFINITY,
  });
}

/** What the pool's instances cost in an hour, as far as their prices are known. */
export function usdPerHour({ workers }: Situation, table: OfferingTable): UsdPerHour {
  const counts = new Map<UsdPerHour, number>();
  for (const { worker, group } of workers) {
    if (worker.phase === 'gone') continue;
    const price = workerPrice(table, worker, group)?.price ?? 0;
    counts.set(price, (counts.get(price) ?? 0) + 1);
  }
  // Least first, so that the order in which workers are listed makes no difference.
  let sum = 0;
  for (const [price, count] of [...counts].sort(([a], [b]) => a - b)) sum += price * count;
  return sum;
}
