import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { NatsDeclaration } from '../../../pool/queues/nats.ts';
import { missingParts } from '../../harness/missing-part.ts';
import { type Nats, natsTool, startNats } from '../../harness/servers/nats.ts';
import { toolPart } from '../../harness/tools/tool.ts';
import { startHttpFake } from '../http-fake.ts';
import { openQueues } from './open-queues.ts';

function declare(url: string, change: Partial<NatsDeclaration> = {}): NatsDeclaration {
  return {
    kind: 'nats',
    endpoint: { url, headers: {}, auth: { kind: 'none' } },
    others: [],
    account: null,
    stream: 'tasks',
    consumer: 'workers',
    ...change,
  };
}

describe.skipIf(await missingParts([toolPart(natsTool)]))('nats, against a real server', () => {
  let nats: Nats;
  let socket: Socket;
  let received = '';
  /** Sends a message; what answers it goes to the subject `answers`. */
  const publish = (subject: string, message: object) => {
    const text = JSON.stringify(message);
    socket.write(`PUB ${subject} answers ${text.length}\r\n${text}\r\n`);
  };
  beforeAll(async () => {
    nats = await startNats();
    socket = connect(nats.port, '127.0.0.1');
    socket.setEncoding('utf8').on('data', (text: string) => {
      received += text;
    });
    socket.write('CONNECT {"verbose":false}\r\nSUB answers 1\r\n');
  }, 120_000);
  afterAll(async () => {
    socket.destroy();
    await nats.stop();
  });

  it('follows a consumer from sent to acknowledged', { timeout: 60_000 }, async () => {
    const { readAll, queues } = openQueues();
    const read = () =>
      readAll([declare(nats.monitoringUrl), declare(nats.monitoringUrl, { consumer: 'absent' })]);
    expect(await read()).toMatchObject([
      { status: 'unknown', error: expect.stringContaining('there is no stream tasks') },
      { status: 'unknown' },
    ]);
    const stream = { name: 'tasks', subjects: ['tasks'], storage: 'memory' };
    publish('$JS.API.STREAM.CREATE.tasks', { ...stream, retention: 'workqueue' });
    publish('$JS.API.CONSUMER.DURABLE.CREATE.tasks.workers', {
      stream_name: 'tasks',
      config: { durable_name: 'workers', ack_policy: 'explicit' },
    });
    for (let task = 0; task < 5; task += 1) publish('tasks', { task });
    const absent = { error: expect.stringContaining('stream tasks has no consumer absent') };
    await vi.waitFor(async () =>
      expect(await read()).toMatchObject([{ status: 'known', pending: 5, claimed: 0 }, absent]),
    );
    const [waiting] = await read();
    expect(waiting).toHaveProperty('oldestPendingAge', expect.any(Number));
    publish('$JS.API.CONSUMER.MSG.NEXT.tasks.workers', { batch: 2 });
    await vi.waitFor(async () =>
      expect(await read()).toMatchObject([
        { pending: 3, claimed: 2, oldestPendingAge: null },
        absent,
      ]),
    );
    for (const [subject] of received.matchAll(/\$JS\.ACK\S+/g))
      socket.write(`PUB ${subject} 0\r\n\r\n`);
    await vi.waitFor(async () =>
      expect(await read()).toMatchObject([{ pending: 3, claimed: 0 }, absent]),
    );
    await queues.close();
  });
});

/**
 * What two servers of a cluster of three (NATS 2.15, three replicas) told of one consumer, cut down to
 * the keys that count: the one that follows says that nothing waits.
 */
const recorded = { follower: answerOf(0, ['n2', 'n3']), leader: answerOf(3, ['n1', 'n3']) };

function answerOf(pending: number, replicas: readonly string[]) {
  const cluster = { name: 'c', leader: 'n2', replicas: replicas.map((name) => ({ name })) };
  const consumer = { name: 'workers', num_pending: pending, num_ack_pending: 2, cluster };
  const state = { messages: 5, first_ts: '2026-11-21T19:02:53.669693814Z' };
  const stream = { name: 'tasks', state, consumer_detail: [consumer] };
  return { server_id: 'N', account_details: [{ name: '$G', stream_detail: [stream] }] };
}

describe('nats in a cluster, from recorded answers', () => {
  const serve = async (answer: object) => {
    const fake = await startHttpFake((_request, response) => response.end(JSON.stringify(answer)));
    return { url: fake.url, close: fake.close };
  };

  it('takes the counts of the server that leads, and none of one that follows', async () => {
    const [follower, leader] = [await serve(recorded.follower), await serve(recorded.leader)];
    const { readOne, queues, failures } = openQueues();
    expect(await readOne(declare(follower.url))).toMatchObject({
      status: 'unknown',
      error: expect.stringContaining('led by n2'),
    });
    const both = declare(follower.url, { others: [leader.url] });
    expect(await readOne(both)).toMatchObject({ pending: 3, claimed: 2 });
    expect(failures).toEqual([]);
    await follower.close();
    const leaderOnly = openQueues();
    expect(await leaderOnly.readOne(both)).toMatchObject({ pending: 3, claimed: 2 });
    expect(leaderOnly.failures).toEqual([expect.stringContaining('a server of the cluster')]);
    await leader.close();
    await Promise.all([queues.close(), leaderOnly.queues.close()]);
  });

  it('does not choose between accounts', async () => {
    const account = recorded.leader.account_details[0];
    const answer = { server_id: 'N', account_details: [account, { ...account, name: 'CI' }] };
    const server = await serve(answer);
    const { readAll, queues } = openQueues();
    expect(
      await readAll([declare(server.url), declare(server.url, { account: 'CI' })]),
    ).toMatchObject([
      { error: expect.stringContaining('accounts $G, CI have a stream tasks') },
      { pending: 3 },
    ]);
    await server.close();
    await queues.close();
  });
});
