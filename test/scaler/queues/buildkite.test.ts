import { afterEach, describe, expect, it } from 'vitest';
import type { BuildkiteDeclaration } from '../../../pool/queues/buildkite.ts';
import { type HttpFake, startHttpFake } from '../http-fake.ts';
import { ManualClock } from '../samples.ts';
import { openQueues } from './open-queues.ts';

const fakes: HttpFake[] = [];
afterEach(async () => {
  await Promise.all(fakes.splice(0).map((fake) => fake.close()));
});

const queueOf = (scheduled: number, running: number, waiting = 0) => ({
  ...{ scheduled, running, waiting, total: scheduled + running + waiting },
});
const agents = { idle: 1, busy: 0, total: 1 };

/** The agent API's metrics (buildkite.com/docs/apis/agent-api/metrics), simulated. */
async function serve(pollSeconds: string | null = null) {
  const organization = { slug: 'acme' };
  const queues = { default: queueOf(5, 2, 7), linux: queueOf(0, 0) };
  const headers =
    pollSeconds === null ? {} : { 'Buildkite-Agent-Metrics-Poll-Duration': pollSeconds };
  const fake = await startHttpFake(({ path }, response) => {
    const url = new URL(path, 'http://127.0.0.1');
    const name = url.searchParams.get('name');
    const all = { agents: { ...agents, queues: { default: agents } }, organization };
    const body =
      url.pathname === '/v3/metrics'
        ? { ...all, jobs: { ...queueOf(5, 2, 7), queues } }
        : url.pathname === '/v3/metrics/queue' && name === 'idle'
          ? { agents, organization, jobs: queueOf(0, 0) }
          : null;
    response.writeHead(body === null ? 404 : 200, headers).end(JSON.stringify(body));
  });
  fakes.push(fake);
  const declare = (queue: string): BuildkiteDeclaration => ({
    kind: 'buildkite',
    endpoint: {
      url: `${fake.url}/v3`,
      headers: {},
      auth: {
        ...{ kind: 'bearer', scheme: 'Token' },
        secret: { kind: 'secret', from: 'environment', name: 'BUILDKITE', field: null },
      },
    },
    queue,
  });
  const clock = new ManualClock();
  return { fake, clock, declare, ...openQueues({ clock, environment: { BUILDKITE: 'bkct-1' } }) };
}

describe('buildkite', () => {
  it('reads all queues of a token at once, without jobs that wait for others', async () => {
    const { fake, declare, readAll } = await serve();
    const [first, second] = await readAll([declare('default'), declare('linux')]);
    expect(first).toMatchObject({ status: 'known', pending: 5, claimed: 2 });
    expect(second).toMatchObject({ status: 'known', pending: 0, claimed: 0 });
    expect(fake.received).toHaveLength(1);
    expect(fake.received[0]?.headers.authorization).toBe('Token bkct-1');
  });

  it('tells a queue without jobs from one that is not there', async () => {
    const { declare, readAll } = await serve();
    const [idle, not, known] = await readAll(['idle', 'lniux', 'default'].map(declare));
    expect(idle).toMatchObject({ status: 'known', pending: 0, claimed: 0 });
    expect(not).toMatchObject({ error: expect.stringContaining('/metrics/queue?name=lniux') });
    expect(known).toMatchObject({ status: 'known', pending: 5 });
  });

  it('asks no sooner than its header says', async () => {
    const { fake, clock, declare, readOne } = await serve('30');
    await readOne(declare('default'));
    clock.advance(29);
    expect(await readOne(declare('default'))).toMatchObject({ status: 'known', pending: 5 });
    expect(fake.received).toHaveLength(1);
    clock.advance(2);
    await readOne(declare('default'));
    expect(fake.received).toHaveLength(2);
  });

  it.each(['soon', '-5', ''])('is not held up by a header that says %s', async (seconds) => {
    const { fake, clock, declare, readOne } = await serve(seconds);
    await readOne(declare('default'));
    clock.advance(10);
    await readOne(declare('default'));
    expect(fake.received).toHaveLength(2);
  });
});
