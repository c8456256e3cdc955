import type { Clock, EventPort, FleetEvent, InstanceEvent } from '../scaler/ports.ts';
import type { InstanceHost, SimulatedInstance } from './instance-host.ts';

type Hear = (events: readonly FleetEvent[]) => void;

/**
 * What EC2 and the groups tell of by themselves, as EventBridge passes it on. Each is told at once, and
 * once: AWS states no delay ("near real time"), and delivers some twice.
 */
export class SimulatedEvents implements EventPort {
  private readonly clock: Pick<Clock, 'now'>;
  private readonly hearers = new Set<Hear>();
  private told = 0;

  constructor(clock: Pick<Clock, 'now'>, host: InstanceHost) {
    this.clock = clock;
    const tell = (kind: InstanceEvent['kind'], { id: instanceId, offering }: SimulatedInstance) =>
      this.tell([{ ...this.next(offering.region), kind, instanceId }]);
    host.listen({
      noticed: (instance) => tell('interruption', instance),
      rebalanceRecommended: (instance) => tell('rebalance', instance),
      ended: (instance) => tell('ending', instance),
      launchFailed: ({ name: group, region }, _, failures) =>
        this.tell(
          failures.map(({ instanceType, zone, cause }) => ({
            ...this.next(region),
            ...{ kind: 'launch-failed', group, instanceType, zone, cause },
          })),
        ),
    });
  }

  async listen(hear: Hear, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    this.hearers.add(hear);
    await new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    this.hearers.delete(hear);
  }

  async settle(): Promise<void> {}

  private tell(events: readonly FleetEvent[]): void {
    for (const hear of this.hearers) hear(events);
  }

  private next(region: string) {
    this.told++;
    return { id: String(this.told), region, at: this.clock.now() };
  }
}
