import { accountId } from './account.ts';
import type { CloudEvent } from './events.ts';
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
  private readonly onFailure: (why: string) => void;
  private readonly waiting: CloudEvent[] = [];
  private sending: Promise<void> | null = null;
  private sent = 0;

  constructor(upstream: Upstream, queueUrl: URL, onFailure: (why: string) => void) {
    this.upstream = upstream;
    this.queueUrl = queueUrl;
    this.onFailure = onFailure;
  }

  send(event: CloudEvent): void {
    this.waiting.push(event);
    this.sending ??= this.sendAll().finally(() => {
      this.sending = null;
    });
  }

  /** Resolves once all that was sent until now is in the queue, or lost. */
  async settled(): Promise<void> {
    while (this.sending !== null) await this.sending;
  }

  private async sendAll(): Promise<void> {
    // Events of one moment come together: so that they share calls.
    await Promise.resolve();
    while (this.waiting.length > 0) await this.put(this.waiting.splice(0, mostInCall));
  }

  private async put(events: readonly CloudEvent[]): Promise<void> {
    const Entries = events.map((event) => {
      this.sent++;
      const id = `00000000-0000-4000-a000-${this.sent.toString(16).padStart(12, '0')}`;
      return { Id: String(this.sent), MessageBody: JSON.stringify(envelope(event, id)) };
    });
    // A queue's URL names its region where it is AWS's; elsewhere any will do.
    const [, region = events[0]!.region] = /sqs[.-]([a-z0-9-]+)\./.exec(this.queueUrl.host) ?? [];
    const scope = `cloud/20110101/${region}/sqs/aws4_request`;
    const request = {
      method: 'POST',
      url: '/',
      headers: {
        authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=${'0'.repeat(64)}`,
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': 'AmazonSQS.SendMessageBatch',
      },
      body: JSON.stringify({ QueueUrl: this.queueUrl.href, Entries }),
    };
    try {
      const { status, body } = await this.upstream.passOn(request);
      const text = body.toString();
      if (status !== 200 || /"Failed":\s*\[\s*\{/.test(text)) {
        this.onFailure(`events lost: SendMessageBatch: status ${status}: ${text.slice(0, 500)}`);
      }
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.onFailure(`events lost: SendMessageBatch: ${why}`);
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
