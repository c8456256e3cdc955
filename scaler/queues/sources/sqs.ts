import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import pLimit from 'p-limit';
import type { SqsDeclaration } from '../../../pool/queues/sqs.ts';
import { awsCall } from '../../aws/aws-call.ts';
import { clientConfiguration } from '../../aws/client-configuration.ts';
import { CloudError } from '../../ports.ts';
import { withinLimit } from '../../time-limit.ts';
import { metricLimit, queuesAtOnce, sqsZeroHold } from '../limits.ts';
import type { QueueSource, SourceContext, SourceReading } from '../source.ts';
import { QueueAgeMetric } from './sqs-ages.ts';

/**
 * Delayed messages are not among them: nobody can take one yet, so a worker that stays free beside
 * it would look as if it did not take work. They become pending when their delay is over.
 */
const attributes = [
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesNotVisible',
] as const;

/**
 * SQS queues of one region, read by their attributes, all at once and one call each, as SQS has no
 * call for several; ages come from CloudWatch, 500 a call. Messages are never received: that would
 * hide them from the user's workers.
 */
export const sqsSource: QueueSource<SqsDeclaration> = {
  groupKey: ({ region }) => region,
  describe: ({ region }) => `SQS in ${region}`,
  minimumInterval: 0,
  zeroHold: sqsZeroHold,
  open: (context, { region }) => {
    const queues = new SqsQueues(context, region);
    return {
      async read(declarations, answer, signal) {
        const urls = [...new Set([...declarations.values()].map(({ url }) => url))];
        const ages = queues.refreshAges(urls, signal);
        const inLine = pLimit(queuesAtOnce);
        const reads = [...declarations].map(([key, { url }]) =>
          inLine(async () => {
            try {
              answer(key, await queues.read(url, ages, signal));
            } catch (error) {
              answer(key, { error: error instanceof Error ? error.message : String(error) });
            }
          }),
        );
        await Promise.all(reads);
      },
    };
  },
};

class SqsQueues {
  readonly #client: SQSClient;
  readonly #ages: QueueAgeMetric;
  readonly #report: SourceContext['report'];

  constructor({ clock, credentialsOf, report }: SourceContext, region: string) {
    const credentials = credentialsOf(region);
    this.#client = new SQSClient({
      ...clientConfiguration(credentials, region),
      // The region is declared, and the endpoint follows from it or from AWS_ENDPOINT_URL. Signed
      // requests do not go to whatever host a URL in a file names.
      useQueueUrlAsEndpoint: false,
    });
    this.#ages = new QueueAgeMetric(credentials, region, clock);
    this.#report = report;
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
      this.#report('reading queue ages', error);
    }
  }

  /**
   * @param ages a refresh under way, so that a process that reads once knows the age too
   * @throws CloudError
   */
  async read(url: string, ages: Promise<void>, signal: AbortSignal): Promise<SourceReading> {
    const [counts] = await Promise.all([this.#counts(url, signal), ages]);
    return { ...counts, oldestPendingAge: this.#ages.ageBound(queueNameOf(url)) };
  }

  async #counts(
    url: string,
    signal: AbortSignal,
  ): Promise<Pick<SourceReading, 'pending' | 'claimed'>> {
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
