/** `muster image deploy` of a pool without workers, on moto. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { CreateImageCommand, RunInstancesCommand } from '@aws-sdk/client-ec2';
import { GetParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createWorld, required, type World } from '../end-to-end/world.ts';
import { missingParts } from '../harness/missing-part.ts';
import { motoPart } from '../harness/moto.ts';
import { runCommand } from '../harness/run-command.ts';
import { useEndpoint } from './on-cloud.ts';

const parameter = '/muster/ci/linux';

describe.skipIf(await missingParts([motoPart]))('muster image deploy', () => {
  let world: World;
  let ssm: SSMClient;
  let made: string;
  let restore: () => void;

  const declare = (image: object, change: object = {}) =>
    world.declare({
      ...change,
      ...{ fleet: 'ci', interval: '1s' },
      regions: { [world.region]: world.network },
      pools: {
        linux: {
          owner: 'build@example.com',
          queue: { sqs: world.queueUrl, region: world.region },
          capacity: { max: 8 },
          instances: [{ type: 'c7i.large', capacity: 1 }],
          image,
        },
      },
    });
  const deploy = (...parameters: string[]) =>
    runCommand(['image', 'deploy', ...parameters], {
      directory: world.folder,
      environment: world.environment,
    });
  const put = (Value: string) =>
    ssm.send(new PutParameterCommand({ Name: parameter, Value, Type: 'String', Overwrite: true }));
  const current = async () =>
    (await ssm.send(new GetParameterCommand({ Name: parameter }))).Parameter?.Value;

  beforeAll(async () => {
    world = await createWorld();
    restore = useEndpoint(world.moto.endpoint);
    ssm = new SSMClient({ region: world.region });
    const { Instances } = await world.ec2.send(
      new RunInstancesCommand({ ImageId: world.images.x86_64, MinCount: 1, MaxCount: 1 }),
    );
    const { ImageId } = await world.ec2.send(
      new CreateImageCommand({ InstanceId: Instances?.[0]?.InstanceId, Name: 'new' }),
    );
    made = required(ImageId, 'an image');
  }, 90_000);
  afterAll(async () => {
    restore?.();
    await world?.stop();
  });
  beforeEach(async () => {
    declare({ ssm: parameter });
    await put(world.images.x86_64);
  });

  it('deploys what was built, and back to what was before', async () => {
    const record = {
      ...{ fleet: 'ci', pool: 'linux', build: '0a1b2c3d', builtAt: '2026-01-01T00:00:00.000Z' },
      ...{ gitCommit: 'x', base: 'al2023', workerKind: 'command', workerVersion: null },
      images: { [world.region]: { x86_64: made } },
    };
    mkdirSync(join(world.folder, 'image.out'));
    writeFileSync(join(world.folder, 'image.out/linux.image.json'), JSON.stringify(record));
    const deployed = await deploy('linux');
    expect(deployed.stderr).toBe('');
    expect(deployed.stdout).toBe(
      `eu-west-1 ${parameter}: ${made} (was ${world.images.x86_64})\n` +
        'Deployed: pool linux has no worker and wants none, so that nothing shows yet that the image runs. ' +
        'If it does not, the breaker on boots stops launches; ' +
        'npx muster image deploy linux --previous puts the former one back\n',
    );
    expect(await current()).toBe(made);
    expect((await deploy('linux')).stdout).toContain('(as before)\nNothing to deploy\n');
    const back = await deploy('linux', '--previous', '--no-wait');
    expect(back.stdout).toContain('Nothing puts the previous one back if they fail');
    expect(back.exitCode).toBe(0);
    expect(await current()).toBe(world.images.x86_64);

    writeFileSync(join(world.folder, 'other.json'), JSON.stringify({ ...record, fleet: 'ci2' }));
    const other = await deploy('linux', '--manifest', 'other.json');
    expect([other.exitCode, other.stderr]).toEqual([
      2,
      expect.stringContaining('got images of pool linux of fleet ci2; allowed:'),
    ]);
  });

  it.each([
    [['linx'], 'pools: got linx; allowed: linux; did you mean "linux"?'],
    [['linux', '--manifest', 'absent.json'], 'absent.json: is not there; allowed: what npx muster'],
    [['linux', '--image', 'us-east-1=ami-1'], '--image: got us-east-1; allowed: eu-west-1/x86_64'],
    [['linux', '--image', 'ami-1'], 'Allowed: eu-west-1=ami-0a1b2c3d'],
    [['linux', '--canary', '0'], 'Allowed: a whole number from 1 to 1000'],
    [['linux', '--previous', '--image', 'eu-west-1=ami-1'], 'allowed: one of the three'],
    [['linux', '--image', 'eu-west-1=ami-1', '--no-wait', '--watch'], '--no-wait: got --watch too'],
    [['linux', '--previous', '--no-wait', '--canary', '1'], '--no-wait: got --canary too'],
    [['linux', '--previous', '--scaler', 'here'], 'Allowed: a URL such as http://127.0.0.1:3001'],
  ])('refuses %j', async (parameters, message) => {
    const result = await deploy(...parameters);
    expect(result.stderr).toContain(message);
    expect(result.exitCode).toBe(2);
    expect(await current()).toBe(world.images.x86_64);
  });

  it('changes nothing when an image is not there, or of another architecture', async () => {
    const absent = await deploy('linux', '--image', 'eu-west-1=ami-0a1b2c3d');
    expect(absent.exitCode).toBe(1);
    expect(absent.stderr).toContain(
      `ami-0a1b2c3d for parameter ${parameter} in eu-west-1 is not there`,
    );
    const arm = await deploy('linux', '--image', `eu-west-1=${world.images.arm64}`);
    expect(arm.stderr).toMatch(/is of arm64\nNothing was changed: the previous image stays in use/);
    expect(await current()).toBe(world.images.x86_64);
  });

  it('refuses a pool whose templates do not read a parameter of its own', async () => {
    const image = `eu-west-1=${made}`;
    declare({ id: world.images.x86_64 });
    expect((await deploy('linux', '--image', image)).stderr).toContain(
      'pools.linux.image: got image ids',
    );
    declare({ ssm: '/aws/service/x' });
    expect((await deploy('linux', '--image', image)).stderr).toContain("which is AWS's");
    declare({ ssm: parameter });
    const images = { 'eu-west-1': { x86_64: { id: made, location: 'x' } } };
    const lock = { pools: { linux: { source: { ssm: parameter }, images } } };
    const file = join(world.folder, 'muster.lock.json');
    writeFileSync(file, JSON.stringify(lock));
    const pinned = await deploy('linux', '--image', image);
    expect([pinned.exitCode, pinned.stderr]).toEqual([2, expect.stringContaining('pinned in')]);
    writeFileSync(file, '{ "pools": {} }');
  });

  it('asks the scaler before it changes anything', async () => {
    const answers = { status: 401, body: '{}' };
    const server = createServer((_, response) => {
      response.writeHead(answers.status, { 'content-type': 'application/json' }).end(answers.body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const scaler = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const ask = () => deploy('linux', '--image', `eu-west-1=${made}`, '--scaler', scaler);
    const silent = await ask();
    expect([silent.exitCode, silent.stderr]).toEqual([
      2,
      expect.stringContaining(
        '--scaler: got pool linux, of whose workers the scaler hears nothing',
      ),
    ]);
    declare({ ssm: parameter }, { heartbeat: { url: 'http://127.0.0.1:3001' } });
    const asked = `muster: the scaler at ${scaler}/api/v2/pools/linux/workers`;
    expect((await ask()).stderr).toContain(`${asked} answers with status 401; set MUSTER_TOKEN`);
    Object.assign(answers, { status: 200, body: '{"workers": 1}' });
    expect((await ask()).stderr).toContain(`${asked} answers as no scaler of muster`);
    await new Promise((resolve) => server.close(resolve));
    const gone = await ask();
    expect(gone.stderr).toMatch(/ does not answer: .*ECONNREFUSED/);
    expect(gone.exitCode).toBe(1);
    expect(await current()).toBe(world.images.x86_64);
  });

  it("keeps an AMI set's images before as a set of its own", async () => {
    declare({ amiSet: 'linux' });
    const to = (id: string) =>
      deploy('linux', '--image', `eu-west-1=${id}`, '--state', 'sqlite:s.db');
    expect((await deploy('linux', '--image', `eu-west-1=${made}`)).exitCode).toBe(2);
    const gone = await to('ami-0a1b2c3d');
    expect([gone.exitCode, gone.stderr]).toEqual([
      1,
      expect.stringContaining('muster: ami-0a1b2c3d for x86_64 in eu-west-1 is not there'),
    ]);
    const watched = await deploy('linux', '--image', `eu-west-1=${made}`, '--watch');
    expect(watched.stderr).toContain('--watch: got a pool with an AMI set');
    expect((await to(world.images.x86_64)).stderr).toBe('');
    expect((await to(made)).stdout).toContain(`AMI set linux: eu-west-1 ${made}`);
    const resolve = () =>
      runCommand(['image', 'resolve', '--state', 'sqlite:s.db'], {
        directory: world.folder,
        environment: world.environment,
      });
    expect((await resolve()).stdout).toContain(made);
    expect((await deploy('linux', '--previous', '--state', 'sqlite:s.db')).exitCode).toBe(0);
    expect((await resolve()).stdout).toContain(world.images.x86_64);
    writeFileSync(join(world.folder, 'muster.lock.json'), '{ "pools": {} }');
  });
});
