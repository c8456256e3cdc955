import type { Seconds, UnixSeconds } from '../../pool/units.ts';
import { isUp, type PeerWorker } from './peer.ts';

/** Since when each registered worker has had no task, as seen at each iteration. */
export class IdleTimes {
  private since = new Map<string, UnixSeconds>();

  /** Workers that have been idle for at least so long, in order of launch. */
  update(at: UnixSeconds, workers: readonly PeerWorker[], atLeast: Seconds): PeerWorker[] {
    const before = this.since;
    const since = new Map<string, UnixSeconds>();
    const idle: PeerWorker[] = [];
    for (const worker of workers) {
      if (!worker.registered || worker.busySlots > 0 || !isUp(worker)) continue;
      const from = before.get(worker.instanceId) ?? at;
      since.set(worker.instanceId, from);
      if (at - from >= atLeast) idle.push(worker);
    }
    this.since = since;
    return idle;
  }

  /** Its idle time starts anew. */
  reset({ instanceId }: PeerWorker): void {
    this.since.delete(instanceId);
  }
}
