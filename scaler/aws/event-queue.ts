import {
  DeleteMessageBatchCommand,
  GetQueueUrlCommand,
  type Message,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { Region } from '../../pool/pool.ts';
import type { Seconds } from '../../pool/units.ts';
import type { Clock, EventPort, FleetEvent } from '../ports.ts';
import { withinLimit } from '../time-limit.ts';
import { awsCall } from './aws-call.ts';
import { clientConfiguration } from './client-configuration.ts';
import { readEventMessage } from './event-message.ts';

/** SQS waits no longer for a message, and takes no more in one call (SQS API reference). */
const longestPoll: Seconds = 20;
const mostInCall = 10;

/** A poll that has not been answered so long after it should have been will not be. */
const answerLimit: Seconds = 10;

/** Events handed over and not yet settled; while there are so many, no more are fetched. */
const mostUnsettled = 1_000;

/** Between looks for room, and between attempts after a failure: doubled each time, to the longest. */
const shortestPause: Seconds = 1;
const longestPause: Seconds = 60;

export interface EventQueueOptions {
  readonly region: Region;
  /** Of the queue, which `stacks/event-queue.ts` makes. */
  readonly queueName: string;
  /** To wait by, between attempts. */
  readonly clock: Pick<Clock, 'sleep'>;
  /** Hears of each trouble once, until it is over. */
  readonly onFailure: (doing: string, error: unknown) => void;
}

/**
 * The queue of a region's events. A message is deleted once its event is settled, or when no decision
 * is made on such events. One that cannot be read is left: SQS hands it out a few times more and then
 * puts it in the queue of dead messages, where a person can look. Without the queue nothing is missing
 * but time: observations tell the same later.
 */
export class EventQueue implements EventPort {
  readonly #client: SQSClient;
  readonly #options: EventQueueOptions;
  #url: string | null = null;
  /** By event id: the latest receipt, which alone deletes a message that was handed out again. */
  readonly #receipts = new Map<string, string>();
  #troubled = false;
  #toldMalformed = false;

  constructor(options: EventQueueOptions) {
    const { credentials, name } = options.region;
    this.#options = options;
    const configuration = clientConfiguration(credentials, name);
    this.#client = new SQSClient({
      ...configuration,
      requestHandler: {
        ...configuration.requestHandler,
        requestTimeout: (longestPoll + answerLimit) * 1000,
      },
      useQueueUrlAsEndpoint: false,
    });
  }

  async listen(hear: (events: readonly FleetEvent[]) => void, signal: AbortSignal): Promise<void> {
    const { clock, region } = this.#options;
    let pause = shortestPause;
    while (!signal.aborted) {
      if (this.#receipts.size >= mostUnsettled) {
        await clock.sleep(shortestPause, signal);
        continue;
      }
      try {
        const events = await this.#receive(signal);
        if (events.length > 0) hear(events);
        pause = shortestPause;
        this.#troubled = false;
      } catch (error) {
        if (signal.aborted) break;
        this.#tell(`reading events of ${region.name}`, error);
        await clock.sleep(pause, signal);
        pause = Math.min(longestPause, 2 * pause);
      }
    }
  }

  async settle(events: readonly FleetEvent[], signal: AbortSignal): Promise<void> {
    const receipts = events.flatMap(({ id }) => {
      const receipt = this.#receipts.get(id);
      this.#receipts.delete(id);
      return receipt === undefined ? [] : [receipt];
    });
    await this.#delete(receipts, signal);
  }

  async #receive(signal: AbortSignal): Promise<readonly FleetEvent[]> {
    const { region, queueName } = this.#options;
    const QueueUrl = await this.#queueUrl(signal);
    const answer = await awsCall(`reading queue ${queueName}`, signal, (abortSignal) =>
      this.#client.send(
        new ReceiveMessageCommand({
          QueueUrl,
          MaxNumberOfMessages: mostInCall,
          WaitTimeSeconds: longestPoll,
        }),
        { abortSignal },
      ),
    );
    const events: FleetEvent[] = [];
    const irrelevant: string[] = [];
    for (const message of answer.Messages ?? []) {
      const { ReceiptHandle: receipt } = message;
      const read = readEventMessage(message.Body ?? '', region.name);
      if (read.kind === 'malformed') this.#tellMalformed(message, read.problem);
      if (read.kind === 'irrelevant' && receipt !== undefined) irrelevant.push(receipt);
      if (read.kind !== 'event' || receipt === undefined) continue;
      // Handed out again before it was settled: it was told already.
      if (!this.#receipts.has(read.event.id)) events.push(read.event);
      this.#receipts.set(read.event.id, receipt);
    }
    await this.#delete(irrelevant, signal);
    return events;
  }

  /** @throws CloudError also where there is no such queue */
  async #queueUrl(signal: AbortSignal): Promise<string> {
    const { queueName: QueueName } = this.#options;
    this.#url ??= await awsCall(`looking for queue ${QueueName}`, signal, async (abortSignal) => {
      const answer = await this.#client.send(new GetQueueUrlCommand({ QueueName }), {
        abortSignal,
      });
      return answer.QueueUrl ?? null;
    });
    if (this.#url === null) throw new Error(`${QueueName}: the answer has no URL`);
    return this.#url;
  }

  /** Never rejects: what is not deleted comes again, and is then no news. */
  async #delete(receipts: readonly string[], signal: AbortSignal): Promise<void> {
    const QueueUrl = this.#url;
    if (QueueUrl === null) return;
    const doing = `deleting from queue ${this.#options.queueName}`;
    for (let from = 0; from < receipts.length; from += mostInCall) {
      const Entries = receipts
        .slice(from, from + mostInCall)
        .map((ReceiptHandle, index) => ({ Id: String(index), ReceiptHandle }));
      try {
        await withinLimit(answerLimit, signal, (limited) =>
          awsCall(doing, limited, (abortSignal) =>
            this.#client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }), {
              abortSignal,
            }),
          ),
        );
      } catch (error) {
        if (!signal.aborted) this.#tell(doing, error);
        return;
      }
    }
  }

  #tell(doing: string, error: unknown): void {
    if (this.#troubled) return;
    this.#troubled = true;
    this.#options.onFailure(doing, error);
  }

  #tellMalformed({ MessageId }: Message, problem: string): void {
    if (this.#toldMalformed) return;
    this.#toldMalformed = true;
    const { queueName } = this.#options;
    const advice = `it and others like it end in ${queueName}-dead`;
    this.#options.onFailure(
      `reading queue ${queueName}`,
      new Error(`message ${MessageId} is no event of EventBridge: ${problem}; ${advice}`),
    );
  }
}
