import type { Slots } from '../../pool/units.ts';
import type { Heartbeat } from '../../scaler/decide/observation.ts';
import type { CloudGroup } from '../../scaler/ports.ts';
import type { PeerWorker } from './peer.ts';

type Seen = CloudGroup['workers'][number];

interface Entry extends PeerWorker {
  readonly seen: Seen;
  registered: boolean;
  busySlots: Slots;
  word: Heartbeat | undefined;
}

/**
 * The workers of one group as a peer sees them. What has not changed since the last time is kept:
 * a long run looks at each of them ten thousand times.
 */
export class WorkerList {
  private readonly capacities: ReadonlyMap<string, Slots>;
  private seen: readonly Seen[] = [];
  private entries: Entry[] = [];

  constructor(capacities: ReadonlyMap<string, Slots>) {
    this.capacities = capacities;
  }

  update(
    { workers, region }: Pick<CloudGroup, 'workers' | 'region'>,
    heartbeats: ReadonlyMap<string, Heartbeat>,
  ): readonly PeerWorker[] {
    if (workers !== this.seen) {
      const known = new Map(this.entries.map((entry) => [entry.seen, entry]));
      this.entries = workers.map((seen) => known.get(seen) ?? this.enter(seen, region));
      this.seen = workers;
    }
    for (const entry of this.entries) {
      const word = heartbeats.get(entry.instanceId);
      if (word === entry.word) continue;
      entry.word = word;
      entry.registered = word !== undefined;
      entry.busySlots = word?.busySlots ?? 0;
    }
    return this.entries;
  }

  private enter(seen: Seen, region: string): Entry {
    const { instanceId, instanceType, zone, weight, launchedAt, phase } = seen;
    const capacity = this.capacities.get(instanceType) ?? weight;
    const facts = { instanceId, instanceType, region, zone, capacity, launchedAt, phase };
    return { ...facts, seen, registered: false, busySlots: 0, word: undefined };
  }
}
