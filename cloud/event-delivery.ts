import { accountId } from './account.ts';
import type { CloudEvent } from './events.ts';
import { OrderedSending } from './ordered-sending.ts';
import type { Upstream } from './upstream.ts';

/** SendMessageBatch takes no more (SQS API reference). */
const mostInCall = 10;

/**
 * Sends events to an SQS queue of the upstream, in order, each in the envelope in which a rule of
 * EventBridge sends it there. At best effort, as AWS's own: what cannot be sent is told and lost.
 */
export class EventDelivery {
  private readonly upstream: Upstream;
  private readonly queueUrl: URL;
  private readonly sending: OrderedSending<CloudEvent>;
  private sent = 0;

  constructor(upstream: Upstream, queueUrl: URL, onFailure: (why: string) => void) {
    this.upstream = upstream;
    this.queueUrl = queueUrl;
    this.sending = new OrderedSending(
      mostInCall,
      (events) => this.put(events),
      (why) => onFailure(`events lost: SendMessageBatch: ${why}`),
    );
  }

  send(event: CloudEvent): void {
    this.sending.send(event);
  }

  /** Resolves once all that was sent until now is in the queue, or lost. */
  settled(): Promise<void> {
    return this.sending.settled();
  }

  private async put(events: readonly CloudEvent[]): Promise<void> {
    const Entries = events.map((event) => {
      this.sent++;
      const id = `00000000-0000-4000-a000-${this.sent.toString(16).padStart(12, '0')}`;
      return { Id: String(this.sent), MessageBody: JSON.stringify(envelope(event, id)) };
    });
    // A queue's URL names its region where it is AWS's; elsewhere any will do.
    const [, region = events[0]!.region] = /sqs[.-]([a-z0-9-]+)\./.exec(this.queueUrl.host) ?? [];
    const body = { QueueUrl: this.queueUrl.href, Entries };
    const target = 'AmazonSQS.SendMessageBatch';
    const answer = await this.upstream.json(region, 'sqs', target, '1.0', body);
    const text = answer.body.toString();
    if (answer.status !== 200 || /"Failed":\s*\[\s*\{/.test(text)) {
      throw new Error(`status ${answer.status}: ${text.slice(0, 500)}`);
    }
  }
}

/** "Events in Amazon EventBridge" in its user guide. */
function envelope({ source, detailType, region, time, resources, detail }: CloudEvent, id: string) {
  return {
    version: '0',
    id,
    'detail-type': detailType,
    source,
    account: accountId,
    time: time.toISOString().replace(/\.\d+Z$/, 'Z'),
    region,
    resources,
    detail,
  };
}
