import type { HookNotification } from './hook-notifications.ts';
import { OrderedSending } from './ordered-sending.ts';
import type { Upstream } from './upstream.ts';

/** Sends what lifecycle hooks tell their targets to SQS and SNS of the upstream, in order, at best effort. */
export class NotificationDelivery {
  private readonly upstream: Upstream | null;
  private readonly sending: OrderedSending<HookNotification>;

  /** `upstream`: null: each notification is told as lost. */
  constructor(upstream: Upstream | null, onFailure: (why: string) => void) {
    this.upstream = upstream;
    this.sending = new OrderedSending(
      1,
      ([notification]) => this.put(notification!),
      (why) => onFailure(`notification lost: ${why}`),
    );
  }

  send(notification: HookNotification): void {
    this.sending.send(notification);
  }

  /** Resolves once all that was sent until now has arrived, or is lost. */
  settled(): Promise<void> {
    return this.sending.settled();
  }

  private async put({ targetArn, subject, message }: HookNotification): Promise<void> {
    const { upstream } = this;
    if (upstream === null) throw new Error(`${targetArn}: --upstream URL names who has it`);
    const [, , service = '', region = '', account = '', name = ''] = targetArn.split(':');
    if (service === 'sns') {
      const parameters = { TopicArn: targetArn, Subject: subject, Message: message };
      const call = { Action: 'Publish', Version: '2010-03-31', ...parameters };
      check(targetArn, await upstream.query(region, 'sns', call));
      return;
    }
    if (service !== 'sqs') throw new Error(`${targetArn}: it is neither a queue nor a topic`);
    const send = async (action: string, body: object) => {
      const answer = await upstream.json(region, 'sqs', `AmazonSQS.${action}`, '1.0', body);
      return check(targetArn, answer);
    };
    const named = { QueueName: name, QueueOwnerAWSAccountId: account };
    const { QueueUrl } = JSON.parse(await send('GetQueueUrl', named)) as { QueueUrl: string };
    await send('SendMessage', { QueueUrl, MessageBody: message });
  }
}

function check(
  targetArn: string,
  answer: { readonly status: number; readonly body: Buffer },
): string {
  const text = answer.body.toString();
  if (answer.status === 200) return text;
  throw new Error(`${targetArn}: status ${answer.status}: ${text.slice(0, 500)}`);
}
