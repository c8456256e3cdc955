import { createServer, type Server } from 'node:http';
import * as hawk from 'hawk';
import { afterEach, describe, expect, it } from 'vitest';
import { taskclusterForm } from '../../../pool/queues/taskcluster.ts';
import { openQueues } from './open-queues.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

const accessToken = { environment: 'TC_ACCESS_TOKEN' };
const certificate = { environment: 'TC_CERTIFICATE' };
const place = { poolName: 'linux', firstRegion: 'eu-west-1', region: null };
const declare = (written: unknown) =>
  taskclusterForm.declare(taskclusterForm.schema.parse(written), place);

/**
 * A queue service with the paths and answers of its reference (`queue/v1/api.json`, the schemas
 * `task-queue-counts-response` and `pending-tasks-response`), simulated; Hawk is the real library.
 */
async function serve(keys: Record<string, string> | null = null) {
  const asked: { url: string; ext: string | null }[] = [];
  const server = createServer(async (request, response) => {
    const url = request.url ?? '';
    try {
      const find = (id: string) => ({
        key: keys?.[id] ?? '',
        algorithm: 'sha256' as const,
        user: id,
      });
      const found = keys === null ? null : await hawk.server.authenticate(request, find);
      asked.push({ url, ext: found?.artifacts.ext ?? null });
    } catch {
      asked.push({ url, ext: null });
      response.writeHead(401).end('{"code":"AuthenticationFailed","message":"Bad mac"}');
      return;
    }
    const counts = /^\/api\/queue\/v1\/task-queues\/([\w-]+)%2F([\w-]+)\/counts$/.exec(url);
    const pending = /^\/api\/queue\/v1\/pending\/([\w-]+)\/([\w-]+)$/.exec(url);
    const [, provisionerId, workerType] = counts ?? pending ?? [];
    if (workerType === undefined || workerType === 'secret') {
      response.writeHead(workerType === undefined ? 404 : 403).end('{"code":"InsufficientScopes"}');
      return;
    }
    const queue = { provisionerId, workerType, taskQueueId: `${provisionerId}/${workerType}` };
    const some = { ...queue, pendingTasks: workerType.length, ...(counts && { claimedTasks: 2 }) };
    response.end(JSON.stringify(some));
  });
  servers.push(server);
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return { url: `http://127.0.0.1:${address.port}`, asked };
}

describe('taskcluster', () => {
  it('reads pending and claimed tasks of task queues, each by itself', async () => {
    const { url } = await serve();
    const readings = await openQueues().readAll([
      declare({ url, taskQueueId: 'proj-ci/linux' }),
      declare({ url, taskQueueId: 'proj-ci/secret' }),
      declare({ url, taskQueueId: 'proj-ci/mac' }),
    ]);
    expect(readings).toMatchObject([
      { status: 'known', pending: 5, claimed: 2 },
      { status: 'unknown', error: expect.stringContaining('got 403') },
      { status: 'known', pending: 3, claimed: 2 },
    ]);
  });

  it('reads the older method by provisioner and worker type', async () => {
    const { url } = await serve();
    const written = { url, provisionerId: 'aws-provisioner-v1' };
    const readings = await openQueues().readAll([
      declare(written),
      declare({ ...written, workerType: 'win2012r2' }),
    ]);
    expect(readings).toMatchObject([
      { status: 'known', pending: 5, claimed: null },
      { status: 'known', pending: 9, claimed: null },
    ]);
  });

  it('knows where the first deployment has its queue', () => {
    const { url } = declare({ url: 'https://taskcluster.net/', taskQueueId: 'a/b' });
    expect(url).toBe('https://queue.taskcluster.net/v1');
  });

  it('signs as a client does, with the certificate of temporary credentials', async () => {
    const { url, asked } = await serve({ 'project/ci/muster': 'token-of-client' });
    const written = { url, taskQueueId: 'proj-ci/linux', clientId: 'project/ci/muster' };
    const environment = { TC_ACCESS_TOKEN: 'token-of-client', TC_CERTIFICATE: '{"version":1}' };
    const { readAll } = openQueues({ environment });
    const readings = await readAll([
      declare({ ...written, accessToken }),
      declare({ ...written, accessToken, certificate }),
    ]);
    expect(readings).toMatchObject([{ pending: 5 }, { pending: 5 }]);
    const extensions = asked.map(({ ext }) => ext && Buffer.from(ext, 'base64').toString());
    expect(extensions.sort()).toEqual([null, '{"certificate":{"version":1}}'].sort());
  });

  it('reads the access token anew when it is refused', async () => {
    const { url, asked } = await serve({ muster: 'renewed-token' });
    const environment = { TC_ACCESS_TOKEN: 'first-token' };
    const { readOne } = openQueues({ environment });
    const one = declare({ url, taskQueueId: 'a/linux', clientId: 'muster', accessToken });
    const refused = await readOne(one);
    expect(refused).toMatchObject({ error: expect.stringContaining('got 401') });
    expect(JSON.stringify(refused)).not.toContain('first-token');
    expect(asked).toHaveLength(2);
    environment.TC_ACCESS_TOKEN = 'renewed-token';
    expect(await readOne(one)).toMatchObject({ status: 'known', pending: 5 });
  });

  it.each([
    [{ taskQueueId: 'a/b', provisionerId: 'a' }, 'got none or both'],
    [{}, 'got none or both'],
    [{ taskQueueId: 'a/b', workerType: 'b' }, 'got workerType with taskQueueId'],
    [{ taskQueueId: 'a/b', clientId: 'c' }, 'got some of the credentials'],
    [{ taskQueueId: 'a/b', certificate }, 'got some of the credentials'],
    [{ taskQueueId: 'a' }, 'provisioner/worker-type'],
  ])('refuses %j', (written, message) => {
    const parsed = taskclusterForm.schema.safeParse({ url: 'https://tc.example.com', ...written });
    expect(parsed.error?.message).toContain(message);
  });
});
