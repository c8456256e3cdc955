import type { Slots } from '../../pool/units.ts';
import { capacityOf, isUp, type PeerWorker, type PoolCloud, type PoolView } from './peer.ts';

/** Which of them an auto scaling group ends so that it keeps at least its desired capacity: in order. */
export function surplusOf(candidates: readonly PeerWorker[], surplus: Slots): PeerWorker[] {
  let left = surplus;
  return candidates.filter(({ capacity }) => {
    if (capacity > left) return false;
    left -= capacity;
    return true;
  });
}

/**
 * What a group does whose desired capacity was lowered: it ends what it has too many of, the oldest
 * first. (Its default termination policy, simplified: launch templates are all alike here.)
 */
export async function endSurplus(
  view: PoolView,
  cloud: PoolCloud,
  desired: Slots,
  mayEnd: (worker: PeerWorker) => boolean,
): Promise<void> {
  const surplus = capacityOf(view.workers.filter(isUp)) - desired;
  if (surplus <= 0) return;
  const candidates = view.workers.filter((worker) => isUp(worker) && mayEnd(worker));
  for (const worker of surplusOf(candidates, surplus)) await cloud.terminate(worker);
}
