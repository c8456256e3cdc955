/** The commands and a real `muster serve`, for the old clients, on both stores. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningCloud, startCloud } from '../../cloud/running-cloud.ts';
import { freePort } from '../../harness/free-port.ts';
import { missingParts } from '../../harness/missing-part.ts';
import { type Moto, motoPart, startMoto } from '../../harness/moto.ts';
import { toolPart } from '../../harness/tools/tool.ts';
import { definition } from '../../scaler/api/definitions.ts';
import { dynamoWorld } from '../../scaler/store/store-world.ts';
import { muster, type RunningMuster, startMuster } from '../muster-process.ts';
import { until } from '../until.ts';
import { type OldClient, oldClientTools, startOldClients } from './old-client.ts';

const missing = await missingParts([motoPart, ...oldClientTools.map(toolPart)]);
const region = 'eu-west-1';
const declaration = `
fleet: ci
workerTypes:
  owner: ops@example.com
  queue: { http: { host: 127.0.0.1, port: 1, provisionerId: '{provisionerId}', workerType: '{workerType}' } }
regions:
  ${region}: { vpc: vpc-1, subnets: [subnet-1] }
pools:
  from-file:
    owner: build@example.com
    queue: { http: { host: 127.0.0.1, port: 1, provisionerId: x } }
    capacity: { max: 1 }
    instances: [{ type: c5.xlarge, capacity: 1, utility: 1 }]
    image: { amiSet: base }
`;
const wanted = {
  ...definition,
  regions: definition.regions.map((entry) => ({ ...entry, region })),
};

describe.skipIf(missing)('muster serve', () => {
  let clients: readonly OldClient[];
  let moto: Moto;
  let cloud: RunningCloud;
  let folder: string;
  const running: RunningMuster[] = [];

  beforeAll(async () => {
    [clients, moto] = await Promise.all([startOldClients(), startMoto()]);
    cloud = await startCloud({ upstream: moto.endpoint, speed: 1, start: Date.now() / 1000 });
    folder = mkdtempSync(join(tmpdir(), 'muster-run-'));
    writeFileSync(join(folder, 'muster.yaml'), declaration);
  });

  afterAll(async () => {
    for (const process_ of running) process_.kill();
    for (const client of clients ?? []) client.stop();
    await cloud?.stop();
    await moto?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const serve = async (store: string) => {
    const environment: NodeJS.ProcessEnv = {
      ...process.env,
      AWS_ENDPOINT_URL: cloud.endpoint,
      MUSTER_STORE: store,
    };
    const config = ['--config', join(folder, 'muster.yaml')];
    const key = ['--key', `file:${join(folder, 'key')}`];
    const run = async (...words: string[]) =>
      (await muster(environment, ...words, ...config)).stdout;
    const tokens = async (...words: string[]) => {
      const shown = await run('token', ...words, ...key);
      const [, accessToken = ''] = /accessToken: (\S+)/.exec(shown) ?? [];
      const [, bearerToken = ''] = /bearer: +(\S+)/.exec(shown) ?? [];
      return { clientId: 'ci/root', accessToken, bearerToken };
    };
    const credentials = await tokens('create', 'ci/root', '--scope', '*');
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const listen = ['--port', String(port), '--cloudwatch', 'false'];
    running.push(startMuster(environment, 'serve', ...config, ...key, ...listen));
    await until(
      'an answer',
      60,
      async () => (await fetch(`${url}/v1/ping`).catch(() => null))?.ok === true,
      () => running.at(-1)!.log(),
    );
    return { url, credentials, run, tokens, environment };
  };

  it.each(['sqlite', 'dynamodb'])(
    'serves all three clients, and other commands, on %s',
    async (kind) => {
      const world = kind === 'sqlite' ? null : await dynamoWorld(moto.endpoint);
      const store =
        world === null ? `sqlite:${join(folder, 'state.db')}` : `dynamodb:${world.table}`;
      const { url, credentials, run, tokens, environment } = await serve(store);
      const [first] = clients;
      for (const [index, client] of clients.entries()) {
        const call = (method: string, ...parameters: unknown[]) =>
          client.call({ url, credentials }, method, ...parameters);
        expect(await call('createWorkerType', `w${index}`, wanted)).toMatchObject({ ok: true });
        expect(await call('listWorkerTypes')).toMatchObject({
          ok: true,
          result: expect.arrayContaining([`w${index}`]),
        });
      }
      const amis = [{ region, hvm: 'ami-0ba5e', pv: '' }];
      await first!.call({ url, credentials }, 'createAmiSet', 'base', { amis });
      // The loop takes them in: an iteration decides for each.
      await until(
        'a decision for each',
        60,
        () =>
          ['from-file', 'w0', 'w1', 'w2'].every((id) =>
            running
              .at(-1)!
              .decisions()
              .some(({ pool }) => pool === id),
          ),
        () => running.at(-1)!.log(),
      );
      expect(await first!.call({ url, credentials }, 'backendStatus')).toMatchObject({
        result: { status: 'operational' },
      });
      expect(await first!.call({ url, credentials }, 'state', 'w0')).toMatchObject({
        result: {
          status: 'waiting for infrastructure',
          waitingFor: [expect.stringContaining('no spot group')],
        },
      });

      // They read either store in the same way, which the store's own suite shows.
      if (world === null) {
        const fromStore = await run('pull', '--from', store);
        environment.MUSTER_TOKEN = credentials.bearerToken;
        expect(await run('pull', '--from', url)).toBe(fromStore);
        for (const name of ['w0', 'w1', 'w2']) expect(fromStore).toContain(`  ${name}:\n`);
        const out = join(folder, `out-${kind}`);
        await run('synth', '--state', store, '--out', out);
        const stack = readFileSync(join(out, 'stacks', `ci-${region}`, 'cdk.tf.json'), 'utf8');
        for (const name of ['ci_w0_spot', 'ci_w2_spot', 'ami-0ba5e']) expect(stack).toContain(name);
      }

      const rotated = await tokens('rotate', 'ci/root', '--overlap', '0s');
      expect(await run('token', 'list', '--key', `file:${join(folder, 'key')}`)).toContain(
        'ci/root, *',
      );
      const remove = (with_: typeof rotated) =>
        first!.call({ url, credentials: with_ }, 'removeWorkerType', 'w0');
      await until('the end of the old key', 10, async () => !(await remove(credentials)).ok);
      expect(await remove(rotated)).toMatchObject({ ok: true });
      await running.at(-1)!.terminate(30);
      await world?.end();
    },
  );
});
