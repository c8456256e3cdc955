/** `muster queue test` as a person runs it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runCommand } from '../harness/run-command.ts';
import { type HttpFake, startHttpFake } from '../scaler/http-fake.ts';

const directory = mkdtempSync(join(tmpdir(), 'muster-queue-'));
let server: HttpFake;
beforeAll(async () => {
  server = await startHttpFake((request, response) => {
    const isKnown = request.headers.authorization === 'Bearer a-secret-token';
    response.writeHead(isKnown ? 200 : 401).end(`{"jobs":{"queued":7},"you":"a-secret-token"}`);
  });
  writeFileSync(
    join(directory, 'muster.yaml'),
    `
fleet: ci
regions: { eu-west-1: { vpc: vpc-0a1b2c3d, subnets: [subnet-0a1] } }
pools:
  linux:
    owner: build@example.com
    queue:
      sum:
        - { exec: { command: [echo, "4"] } }
        - json:
            url: ${server.url}/queue
            auth: { bearer: { environment: CI_TOKEN } }
            pending: jobs.queued
    capacity: { max: 10 }
    instances: [{ type: c5.large, capacity: 1, utility: 1 }]
    image: { ssm: /ci/linux }
`,
  );
});
afterAll(async () => {
  await server.close();
  rmSync(directory, { recursive: true });
});

const run = (words: readonly string[], token: string) =>
  runCommand(['queue', 'test', ...words], {
    directory,
    environment: { ...process.env, CI_TOKEN: token },
  });

it('shows what each source answers, and how it is read', async () => {
  const { exitCode: code, stdout } = await run(['linux'], 'a-secret-token');
  expect(
    stdout
      .replace(/\d+ ms/g, 'N ms')
      .replaceAll(server.url, 'URL')
      .split('\n'),
  ).toEqual([
    'exec: command echo, read in N ms',
    '  read as: 4 waiting; unknown running',
    'json: URL/queue, read in N ms',
    '  GET URL/queue answered 200: {"jobs":{"queued":7},"you":"[redacted]"}',
    '  read as: 7 waiting; unknown running',
    'linux: the sum of them: 11 waiting; unknown running',
    '',
  ]);
  expect(code).toBe(0);
});

it('ends with 1 when the queue is not known, and as JSON says why', async () => {
  const { exitCode: code, stdout } = await run(['linux', '--json'], 'another-token');
  expect(JSON.parse(stdout)).toMatchObject({
    pool: 'linux',
    sources: [{ kind: 'exec', reading: { pending: 4 } }, { kind: 'json' }],
    reading: { status: 'unknown', error: expect.stringContaining('expected status 200, got 401') },
  });
  expect(stdout).not.toContain('another-token');
  expect(code).toBe(1);
});

it('ends with 2 for a pool that is not there', async () => {
  const { exitCode: code, stderr } = await run(['linx'], '');
  expect(stderr).toContain('no pool named linx; there are linux; did you mean "linux"?');
  expect(code).toBe(2);
});
