import { eventQueueName } from '../../pool/names.ts';
import type { Fleet } from '../../pool/pool.ts';
import type { Clock, EventPort, FleetEvent } from '../ports.ts';
import { EventQueue } from './event-queue.ts';

/** The queues of events of all regions of a fleet that declares them. */
export class EventQueues implements EventPort {
  readonly #queues: ReadonlyMap<string, EventQueue>;

  constructor(
    { name, regions }: Fleet,
    clock: Pick<Clock, 'sleep'>,
    onFailure: (region: string, doing: string, error: unknown) => void,
  ) {
    const queueName = eventQueueName(name);
    this.#queues = new Map(
      regions.map((region) => [
        region.name,
        new EventQueue({
          region,
          queueName,
          clock,
          onFailure: (doing, error) => onFailure(region.name, doing, error),
        }),
      ]),
    );
  }

  async listen(hear: (events: readonly FleetEvent[]) => void, signal: AbortSignal): Promise<void> {
    await Promise.all([...this.#queues.values()].map((queue) => queue.listen(hear, signal)));
  }

  async settle(events: readonly FleetEvent[], signal: AbortSignal): Promise<void> {
    await Promise.all(
      [...this.#queues].map(([region, queue]) =>
        queue.settle(
          events.filter((event) => event.region === region),
          signal,
        ),
      ),
    );
  }
}
