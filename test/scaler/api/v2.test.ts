/** Version 2 of the API: what it shows, who may see it, what it does. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  auditListSchema,
  budgetListSchema,
  decisionListSchema,
  errorSchema,
  offeringListSchema,
  poolListSchema,
  poolSchema,
  statusSchema,
  workerListSchema,
} from '../../../scaler/api/v2/resources.ts';
import { PoolPauses } from '../../../scaler/store/pool-pauses.ts';
import { systemClock } from '../../../scaler/system-clock.ts';
import { sendTo } from './api-calls.ts';
import { type ApiServer, apiDeclaration, never, startApiServer } from './api-server.ts';
import { definition } from './definitions.ts';
import { decideFor } from './v2-look.ts';

let api: ApiServer;
let root: string;
const at = Math.floor(Date.now() / 1000) - 60;

beforeAll(async () => {
  api = await startApiServer();
  root = (await api.client('root', ['*'])).bearerToken;
  await send('PUT', '/v1/worker-type/w1', definition);
  const { pool } = (await api.parts.directory.get('from-file', never))!;
  let memory = null;
  for (let index = 0; index < 5; index += 1) {
    const made = decideFor(pool!, at + index * 10, 3 + index, memory);
    memory = made.memory;
    api.live.decision(pool!, made.observation, made.decision, memory);
    await api.parts.history.add(made.decision, never);
  }
  api.live.iteration();
});
afterAll(async () => {
  await api.close();
});

const send = (method: string, path: string, body?: unknown, bearer: string | null = root) =>
  sendTo(api, bearer, method, path, body);
const get = async (path: string) => (await send('GET', `/api/v2${path}`)).body as unknown;
const clientWith = async (...scopes: string[]) =>
  (await api.client(`client-${Math.random()}`, scopes)).bearerToken;

describe('version 2 shows', () => {
  it('pools, page by page, and one of them with its state', async () => {
    const all = poolListSchema.parse(await get('/pools'));
    expect(all).toMatchObject({
      pools: [
        { name: 'from-file', source: 'file', decidedAt: at + 40, queue: { pending: 7 } },
        { name: 'w1', source: 'api', decidedAt: null, status: 'waiting for infrastructure' },
      ],
      next: null,
    });
    const first = poolListSchema.parse(await get('/pools?limit=1'));
    expect([first.pools.length, first.next]).toEqual([1, 'from-file']);
    const rest = poolListSchema.parse(await get('/pools?limit=1&after=from-file'));
    expect(rest).toMatchObject({ pools: [{ name: 'w1' }], next: null });
    expect(poolSchema.parse(await get('/pools/from-file'))).toMatchObject({
      owner: 'build@example.com',
      instanceTypes: [{ type: 'c5.xlarge', capacity: 1, utility: 1 }],
      groups: [{ name: 'ci_from-file_spot', desiredCapacity: 2, workers: 2 }],
    });
  });

  it('workers, each in one state', async () => {
    const { workers, seenAt } = workerListSchema.parse(await get('/pools/from-file/workers'));
    expect(seenAt).toBe(at + 40);
    expect(workers.map((it) => [it.instanceId, it.state, it.heldSeconds])).toEqual([
      ['i-00000000000000001', 'busy', 90],
      ['i-00000000000000002', 'stopping', null],
    ]);
    expect(workerListSchema.parse(await get('/pools/w1/workers'))).toEqual({
      workers: [],
      seenAt: null,
    });
  });

  it('offerings with prices, and why not', async () => {
    const { offerings } = offeringListSchema.parse(await get('/pools/from-file/offerings'));
    expect(
      offerings.map(({ zone, market, rejectedBecause }) => [zone, market, rejectedBecause]),
    ).toEqual([
      ['us-west-2b', 'spot', null],
      ['us-west-2a', 'spot', null],
      ['us-west-2a', 'on-demand', null],
      ['us-west-2c', 'spot', 'no-price'],
    ]);
    expect(offerings[0]).toMatchObject({ accepted: true, price: 0.04, pricePerUtility: 0.04 });
    const paged = offeringListSchema.parse(await get('/pools/from-file/offerings?limit=3&after=1'));
    expect([paged.offerings, paged.next]).toEqual([offerings.slice(1), null]);
  });

  it('decisions with their reasons, page by page', async () => {
    const sequences: number[] = [];
    let after = '';
    for (let pages = 0; pages < 5; pages += 1) {
      const page = decisionListSchema.parse(
        await get(`/pools/from-file/decisions?limit=2${after}`),
      );
      sequences.push(...page.decisions.map(({ sequence }) => sequence));
      expect(page.decisions[0]?.why.length).toBe(page.decisions[0]?.reasons.length);
      if (page.next === null) break;
      after = `&after=${page.next}`;
    }
    expect(sequences).toEqual([5, 4, 3, 2, 1]);
  });

  it('budgets and what is spent', async () => {
    const { budgets } = budgetListSchema.parse(await get('/budgets'));
    expect(budgets.map(({ pool }) => pool)).toEqual([null, 'from-file', 'w1']);
    expect(budgets[1]!.spent.day).toBeGreaterThan(0);
    expect(budgets[0]!.spent).toEqual(budgets[1]!.spent);
    expect(budgets[2]!.spent).toEqual({ day: null, month: null });
  });

  it('whether the scaler works', async () => {
    expect(statusSchema.parse(await get('/status'))).toMatchObject({
      fleet: 'ci',
      status: 'operational',
      pools: 2,
    });
  });
});

describe('version 2 lets', () => {
  it('each caller see its own pools alone', async () => {
    const viewer = await clientWith('muster:view-pool:w*');
    const list = await send('GET', '/api/v2/pools', undefined, viewer);
    expect(poolListSchema.parse(list.body).pools.map(({ name }) => name)).toEqual(['w1']);
    const statusOf = async (method: string, path: string, bearer: string | null) =>
      (await send(method, `/api/v2${path}`, undefined, bearer)).status;
    expect(await statusOf('GET', '/pools/w1', viewer)).toBe(200);
    for (const path of ['/pools/from-file', '/pools/from-file/decisions', '/audit']) {
      expect(await statusOf('GET', path, viewer)).toBe(403);
    }
    for (const act of ['poke', 'pause', 'resume']) {
      expect(await statusOf('POST', `/pools/w1/${act}`, viewer)).toBe(403);
    }
    for (const path of ['/pools', '/budgets', '/decisions/stream']) {
      expect(await statusOf('GET', path, null)).toBe(403);
      expect(await statusOf('GET', path, 'wrong')).toBe(401);
    }
    const overseer = await clientWith('muster:view-fleet');
    const seen = await send('GET', '/api/v2/budgets', undefined, overseer);
    expect(budgetListSchema.parse(seen.body).budgets.map(({ pool }) => pool)).toEqual([null]);
  });

  it('a pool be poked', async () => {
    const manager = await clientWith('muster:manage-pool:w1');
    expect(await send('POST', '/api/v2/pools/w1/poke', undefined, manager)).toMatchObject({
      status: 202,
      body: { pool: 'w1', poked: true },
    });
    expect(api.calls.at(-1)).toBe('poke w1');
    expect((await send('POST', '/api/v2/pools/nowhere/poke')).status).toBe(404);
  });

  it('a pool be paused and resumed, for every process', async () => {
    const reason = { reason: 'bad image' };
    const paused = await send('POST', '/api/v2/pools/from-file/pause', reason);
    expect(paused).toMatchObject({ status: 200, body: { paused: { by: 'root', ...reason } } });
    expect(api.calls.at(-1)).toBe('wake from-file');
    expect(await send('POST', '/api/v2/pools/from-file/pause', reason)).toMatchObject({
      body: paused.body,
    });
    expect(await get('/pools/from-file')).toMatchObject({ paused: { by: 'root', ...reason } });
    const elsewhere = new PoolPauses(api.store, systemClock);
    const fleet = await api.parts.directory.fleet(never);
    const stateOf = async () =>
      (await elsewhere.applyTo(fleet, never)).pools.map(({ id, paused: is }) => [id, is]);
    expect(await stateOf()).toEqual(
      [
        ['from-file', true],
        ['w1', false],
      ].filter(([id]) => fleet.pools.some((pool) => pool.id === id)),
    );
    await send('POST', '/api/v2/pools/from-file/resume');
    expect(await get('/pools/from-file')).toMatchObject({ paused: null });
    expect((await stateOf())[0]).toEqual(['from-file', false]);
  });

  it('nobody resume what the file pauses', async () => {
    const other = await startApiServer({
      text: apiDeclaration.replace(
        'capacity: { max: 10 }',
        'capacity: { max: 10 }\n    paused: true',
      ),
      authenticated: false,
    });
    expect(await sendTo(other, null, 'POST', '/api/v2/pools/from-file/resume')).toMatchObject({
      status: 409,
      body: { code: 'RequestConflict', message: expect.stringContaining('edit the file') },
    });
    await other.close();
  });
});

describe('version 2 refuses', () => {
  it.each([
    ['GET', '/pools?limit=0', undefined, 'limit'],
    ['GET', '/pools?limit=1001', undefined, 'limit'],
    ['GET', '/pools?limit=1&limit=2', undefined, 'limit'],
    ['GET', '/pools?nonsense=1', undefined, 'nonsense'],
    ['GET', '/status?nonsense=1', undefined, 'nonsense'],
    ['GET', '/pools/from-file/offerings?after=x', undefined, 'after'],
    ['POST', '/pools/from-file/pause', { reason: 1 }, 'reason'],
    ['POST', '/pools/from-file/pause', { because: 'x' }, 'because'],
    ['POST', '/pools/from-file/pause', [], 'body'],
    ['GET', '/pools/%20', undefined, 'pool'],
    ['GET', '/decisions/stream?after=x', undefined, 'after'],
  ])('%s %s with %j, saying what of it', async (method, path, body, word) => {
    const answer = await send(method, `/api/v2${path}`, body);
    expect(answer.status).toBe(400);
    expect(errorSchema.parse(answer.body).message).toContain(word);
  });

  it('bodies that are too large, and an unknown method', async () => {
    const large = { reason: 'x'.repeat(20_000) };
    expect((await send('POST', '/api/v2/pools/w1/pause', large)).status).toBe(413);
    expect((await send('DELETE', '/api/v2/pools/w1')).status).toBe(404);
  });
});

describe('version 2 keeps', () => {
  it('every write, also a refused one, with who, what, whence and result', async () => {
    const viewer = await api.client('viewer', ['muster:view-pool:*']);
    await send('POST', '/api/v2/pools/w1/pause', { reason: 'secret words' }, viewer.bearerToken);
    await send('POST', '/api/v2/pools/w1/poke');
    await api.parts.auditLog.flush();
    const { entries, next } = auditListSchema.parse(await get('/audit?limit=2'));
    const common = { from: '127.0.0.1', subject: 'w1', method: 'POST' };
    expect(new Set(entries.map(({ status }) => status))).toEqual(new Set([202, 403]));
    expect(entries).toContainEqual(
      expect.objectContaining({
        ...common,
        clientId: 'viewer',
        status: 403,
        route: '/api/v2/pools/:pool/pause',
      }),
    );
    expect(entries).toContainEqual(
      expect.objectContaining({ ...common, clientId: 'root', status: 202 }),
    );
    const older = auditListSchema.parse(await get(`/audit?after=${next}`));
    expect(older.entries.length).toBeGreaterThan(0);
    expect(JSON.stringify([entries, older])).not.toContain('secret words');
    const { records } = await api.store.list({ partition: 'audit', limit: 1 }, never);
    expect(records[0]!.expiresAt! - Date.now() / 1000).toBeGreaterThan(89 * 86_400);
  });

  it('no fault of its own in all of this', () => {
    expect(api.failures).toEqual([]);
  });
});
