import type { Slots, UsdPerHour } from '../../pool/units.ts';
import type { Situation } from './assess.ts';
import type { Growth } from './growth.ts';
import type { OfferingTable } from './offering-table.ts';
import { chooseScaleIn, type ScaleIn } from './scale-in.ts';
import { workerPrice } from './worker-price.ts';

const nobody: ScaleIn = { drain: [], terminate: [], reasons: [] };

/** Whom to let go; nobody while the queue is not known or the pool is paused. */
export function letGo(
  situation: Situation,
  table: OfferingTable,
  { recalled, surplusBooted }: Growth,
  surplus: Slots,
): ScaleIn {
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
    surplus,
    surplusBooted,
    pricePerUtility: ({ worker, group }) =>
      workerPrice(table, worker, group)?.pricePerUtility ?? Number.POSITIVE_INFINITY,
  });
}

/** What the pool's instances cost in an hour, as far as their prices are known. */
export function usdPerHour({ workers }: Situation, table: OfferingTable): UsdPerHour {
  const prices: UsdPerHour[] = [];
  for (const { worker, group } of workers) {
    if (worker.phase !== 'gone') prices.push(workerPrice(table, worker, group)?.price ?? 0);
  }
  // Least first, so that the order in which workers are listed makes no difference.
  prices.sort((a, b) => a - b);
  let sum = 0;
  for (const price of prices) sum += price;
  return sum;
}
