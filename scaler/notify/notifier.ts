import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import type { Fleet, Pool } from '../../pool/pool.ts';
import type { Seconds } from '../../pool/units.ts';
import { awsCall } from '../aws/aws-call.ts';
import { clientConfiguration } from '../aws/client-configuration.ts';
import type { Notice } from '../decide/notice.ts';
import type { Clock, NotifierPort } from '../ports.ts';
import { withinLimit } from '../time-limit.ts';
import { describeNotices, type NoticeText } from './describe-notice.ts';
import { type SendTarget, sendTargets, targetName } from './notice-targets.ts';
import { postWebhook } from './post-webhook.ts';

/** One target, retries included, may take this long; all are told at the same time. */
const targetLimit: Seconds = 8;

/** Version of what a webhook gets; goes up when a field changes its meaning or leaves. */
const webhookVersion = 1;

/** Tells a pool's owner: e-mail addresses and topics through SNS, URLs by a POST of JSON. */
export class Notifier implements NotifierPort {
  readonly #fleet: Fleet;
  readonly #clock: Clock;
  readonly #poolTopic: (poolId: string) => string | null;
  readonly #post: typeof postWebhook;
  /** By region. */
  readonly #clients = new Map<string, SNSClient>();

  /**
   * @param options.poolTopic ARN of a pool's own topic; null: not known (yet)
   * @param options.post how a webhook is told. Default: {@link postWebhook}
   */
  constructor(options: {
    fleet: Fleet;
    clock: Clock;
    poolTopic: (poolId: string) => string | null;
    post?: typeof postWebhook;
  }) {
    this.#fleet = options.fleet;
    this.#clock = options.clock;
    this.#poolTopic = options.poolTopic;
    this.#post = options.post ?? postWebhook;
  }

  /**
   * Tells all targets at once; one that fails does not keep the others from hearing.
   * @throws Error that names the targets which were not told, and why; nothing of a URL but its host.
   */
  async notify(pool: Pool, notices: readonly Notice[], signal: AbortSignal): Promise<void> {
    if (notices.length === 0) return;
    const text = describeNotices(this.#fleet, pool, notices);
    const targets = sendTargets(pool, this.#poolTopic(pool.id));
    const outcomes = await Promise.allSettled(
      targets.map((target) =>
        withinLimit(targetLimit, signal, (limited) =>
          this.#tell(target, { pool, notices, text }, limited),
        ),
      ),
    );
    const problems = outcomes.flatMap((outcome, index) => {
      if (outcome.status === 'fulfilled') return [];
      const { reason } = outcome;
      return `${targetName(targets[index]!)}: ${reason instanceof Error ? reason.message : reason}`;
    });
    if (problems.length === 0) return;
    throw new Error(
      `${problems.length} of ${targets.length} targets of pool ${pool.id} not told: ` +
        problems.join('; '),
    );
  }

  async #tell(
    target: SendTarget,
    told: { pool: Pool; notices: readonly Notice[]; text: NoticeText },
    signal: AbortSignal,
  ): Promise<void> {
    const { pool, notices, text } = told;
    switch (target.kind) {
      case 'none':
        throw new Error(target.problem);
      case 'topic':
        return this.#publish(target, text, signal);
      case 'webhook': {
        const { subject, body } = text;
        const of = { fleet: this.#fleet.name, pool: pool.id, name: pool.name, owner: pool.owner };
        const at = this.#clock.now();
        const json = { version: webhookVersion, at, ...of, subject, text: body, notices };
        return this.#post(target.url, json, signal);
      }
    }
  }

  async #publish(
    { arn, region }: Extract<SendTarget, { kind: 'topic' }>,
    { subject, body }: NoticeText,
    signal: AbortSignal,
  ): Promise<void> {
    const client = this.#client(region);
    await awsCall('publishing', signal, (abortSignal) =>
      client.send(new PublishCommand({ TopicArn: arn, Subject: subject, Message: body }), {
        abortSignal,
      }),
    );
  }

  #client(region: string): SNSClient {
    const known = this.#clients.get(region);
    if (known !== undefined) return known;
    const { regions, credentials } = this.#fleet;
    const own = regions.find(({ name }) => name === region)?.credentials ?? credentials;
    const client = new SNSClient(clientConfiguration(own, region));
    this.#clients.set(region, client);
    return client;
  }
}
