import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Notice } from '../../scaler/decide/notice.ts';
import { sendTargets } from '../../scaler/notify/notice-targets.ts';
import { Notifier } from '../../scaler/notify/notifier.ts';
import { postWebhook } from '../../scaler/notify/post-webhook.ts';
import { missingParts } from '../harness/missing-part.ts';
import { type Moto, motoPart, startMoto } from '../harness/moto.ts';
import { type HttpFake, startHttpFake } from './http-fake.ts';
import { aFleet, aFullPool, ManualClock, never } from './samples.ts';

const notices: readonly Notice[] = [{ kind: 'missing-workers', instanceIds: ['i-1'] }];
const poolTopic = 'arn:aws:sns:eu-west-1:123456789012:ci_linux_notices';

const fakes: HttpFake[] = [];
afterEach(async () => {
  await Promise.all(fakes.splice(0).map((fake) => fake.close()));
});
const startWebhook = async (...answer: Parameters<typeof startHttpFake>) => {
  const fake = await startHttpFake(...answer);
  fakes.push(fake);
  return fake;
};

/** Webhooks are https; the servers here, on loopback, are not. */
const open = (topic: string | null = null) =>
  new Notifier({
    fleet: aFleet(),
    clock: new ManualClock(),
    poolTopic: () => topic,
    post: (url, json, signal) => postWebhook(url.replace('https:', 'http:'), json, signal),
  });
const secretUrl = ({ port }: HttpFake) => `https://127.0.0.1:${port}/hooks/s3cret?key=s3cret`;

describe('sendTargets', () => {
  const of = (notifyOnMissing: string[], topic: string | null = poolTopic) =>
    sendTargets({ id: 'linux', notifyOnMissing }, topic);
  const asTopic = (arn: string) => ({ kind: 'topic', arn, region: arn.split(':')[3] });

  it("takes all addresses together for the pool's topic, and each target once", () => {
    const own = 'arn:aws:sns:us-east-1:123456789012:alarms';
    const url = 'https://example.com/hook';
    expect(of(['a@example.com', own, 'b@example.com', url, url])).toEqual([
      asTopic(poolTopic),
      asTopic(own),
      { kind: 'webhook', url },
    ]);
    expect(of(['a@example.com', poolTopic])).toEqual([asTopic(poolTopic)]);
    expect(of([])).toEqual([]);
  });

  it.each([
    [['a@example.com', 'b@example.com'], null, /no group of pool linux names a topic/],
    [['a@example.com'], 'arn:aws:sqs:eu-west-1:123456789012:a', /which is no SNS topic/],
    [['ftp://example.com'], null, /no address, topic or https URL/],
  ])('says of %j with the topic %s that nobody can be told', (entries, topic, problem) => {
    expect(of(entries, topic)).toEqual([
      { kind: 'none', name: expect.any(String), problem: expect.stringMatching(problem) },
    ]);
  });
});

describe('Notifier and webhooks', () => {
  it('posts what happened as JSON, once', async () => {
    const hook = await startWebhook((_request, response) => response.writeHead(204).end());
    const pool = aFullPool({ notifyOnMissing: [secretUrl(hook)] });
    await open().notify(pool, notices, never);
    await open().notify(pool, [], never);
    expect(hook.received).toHaveLength(1);
    const [request] = hook.received;
    expect(request).toMatchObject({ method: 'POST', path: '/hooks/s3cret?key=s3cret' });
    expect(request?.headers['content-type']).toBe('application/json');
    expect(JSON.parse(request?.body ?? '')).toEqual({
      version: 1,
      at: 1_700_000_000,
      fleet: 'ci',
      pool: 'linux',
      name: 'linux',
      owner: 'build@example.com',
      subject: '[muster] ci/linux: workers never came',
      text: expect.stringContaining('i-1'),
      notices,
    });
  });

  it('tries again what may pass, and not what will not', async () => {
    let failing = 2;
    const hook = await startWebhook((_request, response) =>
      response.writeHead(failing-- > 0 ? 503 : 200).end(),
    );
    await open().notify(aFullPool({ notifyOnMissing: [secretUrl(hook)] }), notices, never);
    expect(hook.received).toHaveLength(3);
    const gone = await startWebhook((_request, response) => response.writeHead(404).end());
    const telling = open().notify(
      aFullPool({ notifyOnMissing: [secretUrl(gone)] }),
      notices,
      never,
    );
    await expect(telling).rejects.toThrow(`127.0.0.1:${gone.port}: status 404`);
    expect(gone.received).toHaveLength(1);
  });

  it('follows no redirect', async () => {
    const other = await startWebhook((_request, response) => response.end());
    const hook = await startWebhook((_request, response) =>
      response.writeHead(307, { location: `${other.url}/taken` }).end(),
    );
    const telling = open().notify(
      aFullPool({ notifyOnMissing: [secretUrl(hook)] }),
      notices,
      never,
    );
    await expect(telling).rejects.toThrow(/status 307, a redirect/);
    expect(other.received).toEqual([]);
  });

  it('tells the others when one fails, and keeps the secret part of a URL to itself', async () => {
    const hook = await startWebhook((_request, response) => response.end());
    const silent = 'https://127.0.0.1:1/hooks/s3cret?key=s3cret';
    const pool = aFullPool({ notifyOnMissing: [silent, 'a@example.com', secretUrl(hook)] });
    const problem = await open()
      .notify(pool, notices, never)
      .then(
        () => '',
        (error: Error) => `${error.message} ${error.stack} ${error.cause}`,
      );
    expect(hook.received).toHaveLength(1);
    expect(problem).toContain('2 of 3 targets of pool linux not told: 127.0.0.1:1: no answer');
    expect(problem).toContain('e-mail addresses: no group of pool linux names a topic');
    expect(problem).not.toContain('s3cret');
  });

  it('ends when the signal fires, although nobody answers', async () => {
    const hook = await startWebhook(() => {});
    const pool = aFullPool({ notifyOnMissing: [secretUrl(hook)] });
    const start = performance.now();
    const telling = open().notify(pool, notices, AbortSignal.timeout(200));
    await expect(telling).rejects.toThrow(/ended before an answer/);
    expect(performance.now() - start).toBeLessThan(2_000);
  });
});

describe.skipIf(await missingParts([motoPart]))('Notifier and topics on moto', () => {
  let moto: Moto;
  beforeAll(async () => {
    moto = await startMoto();
    process.env.AWS_ENDPOINT_URL = moto.endpoint;
  }, 90_000);
  afterAll(async () => {
    delete process.env.AWS_ENDPOINT_URL;
    await moto.stop();
  });
  beforeEach(() => moto.reset());

  /** A topic with a queue that hears of what is published. */
  async function makeTopic(region: string, name: string) {
    const sns = new SNSClient({ region });
    const sqs = new SQSClient({ region });
    const { TopicArn = '' } = await sns.send(new CreateTopicCommand({ Name: name }));
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: name }));
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }),
    );
    const Endpoint = Attributes?.QueueArn;
    await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint }));
    const heard = async () => {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }),
      );
      return Messages.map(({ Body }) => JSON.parse(Body ?? ''));
    };
    return { arn: TopicArn, heard };
  }

  it("publishes to the pool's topic for its addresses, and to topics of other regions", async () => {
    const own = await makeTopic('eu-west-1', 'ci_linux_notices');
    const other = await makeTopic('us-east-1', 'alarms');
    const notifyOnMissing = ['a@example.com', 'b@example.com', other.arn];
    await open(own.arn).notify(aFullPool({ notifyOnMissing }), notices, never);
    for (const { heard } of [own, other]) {
      expect(await heard()).toEqual([
        expect.objectContaining({
          Subject: '[muster] ci/linux: workers never came',
          Message: expect.stringContaining('was ended: i-1'),
        }),
      ]);
    }
  });

  it('names a topic that is not there, and tells the other', async () => {
    const own = await makeTopic('eu-west-1', 'ci_linux_notices');
    const gone = 'arn:aws:sns:eu-west-1:123456789012:gone';
    const telling = open(own.arn).notify(
      aFullPool({ notifyOnMissing: [gone, 'a@example.com'] }),
      notices,
      never,
    );
    await expect(telling).rejects.toThrow(
      /1 of 2 targets of pool linux not told: .*gone.*NotFound/,
    );
    expect(await own.heard()).toHaveLength(1);
  });
});
