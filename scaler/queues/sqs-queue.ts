import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Credentials } from '../../pool/pool.ts';
import { awsCall } from '../aws/aws-call.ts';
import { clientConfiguration } from '../aws/client-configuration.ts';
import type { QueueReading } from '../decide/observation.ts';
import { type Clock, CloudError } from '../ports.ts';
import { withinLimit } from '../time-limit.ts';
import { metricLimit, zeroHold } from './limits.ts';
import { QueueAgeMetric } from './queue-age-metric.ts';
import { type QueueCounts, QueueHistory, tighter } from './queue-history.ts';

/**
 * Delayed messages are not among them: nobody can take one yet, so a worker that stays free beside
 * it would look as if it did not take work. They become pending when their delay is over.
 */
const attributes = [
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesNotVisible',
] as const;

/**
 * Queues of one region under the same credentials, read by their attributes. Messages are never
 * received: that would hide them from the user's workers.
 */
export class SqsQueues {
  readonly #client: SQSClient;
  readonly #clock: Clock;
  readonly #ages: QueueAgeMetric;
  readonly #onFailure: (doing: string, error: unknown) => void;
  readonly #histories = new Map<string, QueueHistory>();

  constructor(options: {
    credentials: Credentials;
    region: string;
    clock: Clock;
    onFailure: (doing: string, error: unknown) => void;
  }) {
    const { credentials, region, clock } = options;
    this.#client = new SQSClient({
      ...clientConfiguration(credentials, region),
      // The region is declared, and the endpoint follows from it or from AWS_ENDPOINT_URL. Signed
      // requests do not go to whatever host a URL in a file names.
      useQueueUrlAsEndpoint: false,
    });
    this.#clock = clock;
    this.#ages = new QueueAgeMetric(credentials, region, clock);
    this.#onFailure = options.onFailure;
  }

  /**
   * Asks CloudWatch for the ages of all these queues at once, if it is time. Never rejects, and
   * gives up early: ages are a check, and counts must not wait for them.
   */
  async refreshAges(urls: readonly string[], signal: AbortSignal): Promise<void> {
    const names = urls.map(queueNameOf);
    try {
      await withinLimit(metricLimit, signal, (limited) => this.#ages.refresh(names, limited));
    } catch (error) {
      this.#onFailure('reading queue ages', error);
    }
  }

  /**
   * Never rejects: what cannot be read is unknown, which is not zero.
   * @param ages a refresh under way, so that a process that reads once knows the age too
   */
  async read(url: string, ages: Promise<void>, signal: AbortSignal): Promise<QueueReading> {
    try {
      const [counts] = await Promise.all([this.#counts(url, signal), ages]);
      const history = this.#histories.get(url) ?? new QueueHistory(zeroHold);
      this.#histories.set(url, history);
      const reading = history.add(this.#clock.now(), counts);
      if (reading.pending === 0) return reading;
      const bound = this.#ages.ageBound(queueNameOf(url));
      return { ...reading, oldestPendingAge: tighter(reading.oldestPendingAge, bound) };
    } catch (error) {
      return { status: 'unknown', error: error instanceof Error ? error.message : String(error) };
    }
  }

  async #counts(url: string, signal: AbortSignal): Promise<QueueCounts> {
    const doing = `reading queue ${url}`;
    const answer = await awsCall(doing, signal, (abortSignal) =>
      this.#client.send(
        new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: [...attributes] }),
        { abortSignal },
      ),
    );
    const count = (name: (typeof attributes)[number]): number => {
      const text = answer.Attributes?.[name];
      // An answer that leaves a count out, or a count that is no number, is not a zero.
      if (text === undefined || !/^\d+$/.test(text)) {
        const message = `${doing}: expected a count for ${name}, got ${text ?? 'nothing'}`;
        throw new CloudError('unavailable', 'IncompleteAnswer', message);
      }
      return Number(text);
    };
    return {
      pending: count('ApproximateNumberOfMessages'),
      claimed: count('ApproximateNumberOfMessagesNotVisible'),
    };
  }
}

/** The last part of a queue's URL, as CloudWatch names it. */
function queueNameOf(url: string): string {
  return url.slice(url.lastIndexOf('/') + 1);
}
