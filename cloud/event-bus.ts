import type { CloudEvent } from './events.ts';
import { OrderedSending } from './ordered-sending.ts';
import type { Upstream } from './upstream.ts';

/** PutEvents takes no more (EventBridge API reference). */
const mostInCall = 10;

/**
 * Puts events on the default bus of the upstream, so that rules put there send them to their targets. AWS
 * itself lets nobody put events of `aws.` sources; moto does. An upstream that does not is told of once.
 */
export class EventBus {
  private readonly upstream: Upstream;
  private readonly onFailure: (why: string) => void;
  private readonly sending: OrderedSending<CloudEvent>;
  private refused = false;

  constructor(upstream: Upstream, onFailure: (why: string) => void) {
    this.upstream = upstream;
    this.onFailure = onFailure;
    this.sending = new OrderedSending(
      mostInCall,
      (events) => this.put(events),
      (why) => this.giveUp(why),
    );
  }

  send(event: CloudEvent): void {
    if (!this.refused) this.sending.send(event);
  }

  /** Resolves once all that was sent until now is on the bus, or lost. */
  settled(): Promise<void> {
    return this.sending.settled();
  }

  private giveUp(why: string): void {
    if (this.refused) return;
    this.refused = true;
    this.onFailure(`no more events to rules of the upstream: PutEvents: ${why}`);
  }

  private async put(events: readonly CloudEvent[]): Promise<void> {
    if (this.refused) return;
    for (const region of new Set(events.map((event) => event.region))) {
      const Entries = events
        .filter((event) => event.region === region)
        .map(({ source, detailType, time, resources, detail }) => ({
          Source: source,
          DetailType: detailType,
          Time: Math.floor(time.getTime() / 1000),
          Resources: resources,
          Detail: JSON.stringify(detail),
        }));
      const target = 'AWSEvents.PutEvents';
      const answer = await this.upstream.json(region, 'events', target, '1.1', { Entries });
      const text = answer.body.toString();
      if (answer.status !== 200 || /"ErrorCode"/.test(text)) {
        throw new Error(`status ${answer.status}: ${text.slice(0, 500)}`);
      }
    }
  }
}
