import { afterEach, describe, expect, it } from 'vitest';
import type { JenkinsDeclaration } from '../../../pool/queues/jenkins.ts';
import { type HttpFake, startHttpFake } from '../http-fake.ts';
import { ManualClock } from '../samples.ts';
import { openQueues } from './open-queues.ts';

const fakes: HttpFake[] = [];
afterEach(async () => {
  await Promise.all(fakes.splice(0).map((fake) => fake.close()));
});

const now = 1_700_000_000;
const anItem = (why: string | null, labelExpression?: string, change: object = {}) => ({
  ...{ _class: 'hudson.model.Queue$BuildableItem', buildable: true, why },
  inQueueSince: (now - 30) * 1000,
  task: labelExpression === undefined ? {} : { labelExpression },
  ...change,
});
const aNode = (displayName: string, labels: readonly string[], idle: readonly boolean[]) => ({
  ...{ _class: 'hudson.slaves.SlaveComputer', displayName, offline: false },
  numExecutors: idle.length,
  assignedLabels: [displayName, ...labels].map((name) => ({ name })),
  executors: idle.map((one) => ({ idle: one })),
});

/** The Remote Access API's queue and nodes, simulated. */
async function serve(items: readonly object[], computer: readonly object[] = []) {
  const fake = await startHttpFake(({ path }, response) => {
    const body = path.startsWith('/queue/api/json?')
      ? { items }
      : path.startsWith('/computer/api/json?')
        ? { computer }
        : null;
    response.writeHead(body === null ? 404 : 200).end(JSON.stringify(body));
  });
  fakes.push(fake);
  const declare = (change: Partial<JenkinsDeclaration> = {}): JenkinsDeclaration => ({
    kind: 'jenkins',
    endpoint: { url: fake.url, headers: {}, auth: { kind: 'none' } },
    label: 'linux',
    expressions: ['linux'],
    unlabelled: false,
    ...change,
  });
  return { fake, declare, ...openQueues({ clock: new ManualClock(now) }) };
}

describe('jenkins', () => {
  it.each([
    ['Waiting for next available executor on ‘linux’', 1],
    ['Waiting for next available executor on linux', 1],
    ['All nodes of label ‘linux’ are offline', 1],
    ['There are no nodes with the label ‘linux’', 1],
    ['‘ci-1’ is offline', 1],
    ['ci-1 is offline', 1],
    ['Waiting for next available executor on ‘ci-1’', 1],
    ['Waiting for next available executor on ‘windows’', 0],
    ['Waiting for next available executor on ‘linux&&docker’', 0],
    ['Waiting for next available executor', 0],
  ])('reads from "%s" whether its nodes are waited for', async (why, pending) => {
    const { declare, readOne } = await serve([anItem(why)], [aNode('ci-1', ['linux'], [true])]);
    expect(await readOne(declare())).toMatchObject({ status: 'known', pending });
  });

  it('counts what can run now, by expressions of jobs, for all pools in two requests', async () => {
    const why = 'Waiting for next available executor on ‘linux’';
    const blocked = { buildable: false };
    const { fake, declare, readAll } = await serve([
      anItem(why, undefined, { inQueueSince: (now - 95) * 1000 }),
      anItem('Finished waiting', 'linux && docker'),
      anItem('Waiting for next available executor'),
      anItem('In the quiet period. Expires in 4.8 sec', 'linux', blocked),
      anItem('Build is already in progress (ETA: 8.1 sec)', 'linux', blocked),
    ]);
    const readings = await readAll([
      declare(),
      declare({ expressions: ['linux', 'linux&&docker'] }),
      declare({ label: 'arm', expressions: ['arm'], unlabelled: true }),
    ]);
    expect(readings).toMatchObject([
      { pending: 1, oldestPendingAge: 95 },
      { pending: 2, oldestPendingAge: 95 },
      { pending: 1, oldestPendingAge: 30 },
    ]);
    expect(fake.received).toHaveLength(2);
    expect(fake.received[0]?.headers['accept-language']).toBe('en');
  });

  it('tells of nodes with the label and their executors', async () => {
    const offline = { offline: true };
    const nodes = [
      aNode('ci-i-0123456789abcdef0', ['linux'], [true, false]),
      aNode('idle', ['linux', 'big'], [true]),
      aNode('other', ['windows'], [false]),
      { ...aNode('gone', ['linux'], [true]), ...offline },
      { ...aNode('leaving', ['linux'], [false]), ...offline },
    ];
    const { declare, readOne } = await serve([], nodes);
    const reading = await readOne(declare());
    expect(reading).toMatchObject({ pending: 0, claimed: 2, oldestPendingAge: null });
    expect(reading.workers).toEqual([
      { name: 'ci-i-0123456789abcdef0', capacity: 2, busySlots: 1, taking: true },
      { name: 'idle', capacity: 1, busySlots: 0, taking: true },
      { name: 'leaving', capacity: 1, busySlots: 1, taking: false },
    ]);
  });

  it('takes a queue whose reasons it cannot read for no empty one', async () => {
    const { declare, readOne } = await serve([anItem('Warten auf den nächsten Knoten')]);
    expect(await readOne(declare())).toMatchObject({
      status: 'unknown',
      error: expect.stringContaining('1 of 1 builds do not tell their label'),
    });
  });

  it('says how many builds it could not read among others', async () => {
    const why = 'Waiting for next available executor on ‘linux’';
    const { declare, readOne, failures } = await serve([anItem(why), anItem('Throttled')]);
    expect(await readOne(declare())).toMatchObject({ status: 'known', pending: 1 });
    expect(failures.join()).toContain('1 of 2 builds do not tell their label');
  });
});
