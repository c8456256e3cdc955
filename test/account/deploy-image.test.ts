/**
 * `muster image deploy` on moto, which resolves no `resolve:ssm` of a launch template: the groups here
 * are of templates with the image itself.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CreateAutoScalingGroupCommand,
  SetDesiredCapacityCommand,
} from '@aws-sdk/client-auto-scaling';
import {
  CreateImageCommand,
  CreateLaunchTemplateCommand,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2';
import { GetParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { plannedChanges, putImages } from '../../account/deploy-image.ts';
import { watchDeployment } from '../../account/watch-deployment.ts';
import { parseFleet } from '../../pool/load.ts';
import type { Pool } from '../../pool/pool.ts';
import { until } from '../end-to-end/until.ts';
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

  const declare = (image: object) =>
    world.declare({
      fleet: 'ci',
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
        'Deployed: workers that start from now on have the new image\n',
    );
    expect(await current()).toBe(made);
    expect((await deploy('linux')).stdout).toContain('(as before)\nNothing to deploy\n');
    expect((await deploy('linux', '--previous')).exitCode).toBe(0);
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

  it("keeps an AMI set's images before as a set of its own", async () => {
    declare({ amiSet: 'linux' });
    const to = (id: string) =>
      deploy('linux', '--image', `eu-west-1=${id}`, '--state', 'sqlite:s.db');
    expect((await deploy('linux', '--image', `eu-west-1=${made}`)).exitCode).toBe(2);
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

  describe('followed', () => {
    let now = Date.now() / 1_000;

    async function startDeployment(canary: number | null) {
      const file = declare({ ssm: parameter });
      const fleet = parseFleet(readFileSync(file, 'utf8'), file);
      const pool = required(fleet.pools[0], 'a pool') as Pool;
      const signal = AbortSignal.timeout(20_000);
      const since = Math.floor(Date.now() / 1_000);
      now = since;
      const changes = await plannedChanges(fleet, pool, () => made, signal);
      await putImages(fleet, changes, signal);
      const lines: string[] = [];
      const stop = new AbortController();
      const end = watchDeployment(
        {
          ...{ fleet, pool, changes, canary, since, scaler: null, interval: 0.05 },
          now: () => now,
          say: (line) => lines.push(line),
        },
        stop.signal,
      ).then(
        (progress) => ({ progress, error: null }),
        (error: Error) => ({ progress: null, error: error.message }),
      );
      return { end, lines, stop, pool };
    }

    async function startGroup(name: string, ImageId: string): Promise<void> {
      await world.ec2.send(
        new CreateLaunchTemplateCommand({
          LaunchTemplateName: name,
          LaunchTemplateData: { ImageId, InstanceType: 'c7i.large' },
        }),
      );
      const tags = { 'muster:fleet': 'ci', 'muster:pool': 'linux' };
      await world.autoScaling.send(
        new CreateAutoScalingGroupCommand({
          ...{ AutoScalingGroupName: name, MinSize: 0, MaxSize: 4, DesiredCapacity: 1 },
          LaunchTemplate: { LaunchTemplateName: name, Version: '$Default' },
          VPCZoneIdentifier: world.network.subnets[0],
          Tags: Object.entries(tags).map(([Key, Value]) => ({
            Key,
            Value,
            PropagateAtLaunch: true,
          })),
        }),
      );
    }

    it('holds launches at the canaries, and goes on once they run', async () => {
      await startGroup('ci_linux_old', world.images.x86_64);
      const { end, lines, pool } = await startDeployment(1);
      expect(await current()).toBe(made);
      await startGroup('ci_linux_new', made);
      await until('launches are held', 15, async () => (await current()) === world.images.x86_64);
      now += pool.lifecycle.missingAfter + 300;
      await until('the canary is proven', 15, async () => (await current()) === made);
      await world.autoScaling.send(
        new SetDesiredCapacityCommand({ AutoScalingGroupName: 'ci_linux_old', DesiredCapacity: 0 }),
      );
      expect(await end).toMatchObject({ error: null, progress: { older: 0 } });
      expect(lines).toContain(
        '0 of the new image run, 1 boot, 0 failed, 1 of an older image; further launches are of the previous one',
      );
      expect(lines).toContain('the canaries run: the new image is for all launches');
      expect(await current()).toBe(made);
    });

    it('puts the previous image back when a canary never registers, or the time is up', async () => {
      const failing = await startDeployment(2);
      const Tags = [
        { Key: 'muster:fleet', Value: 'ci' },
        { Key: 'muster:pool', Value: 'linux' },
      ];
      // In no group's service, as a worker that does not come up.
      await world.ec2.send(
        new RunInstancesCommand({
          ...{ ImageId: made, MinCount: 1, MaxCount: 1 },
          TagSpecifications: [{ ResourceType: 'instance', Tags }],
        }),
      );
      await until('it boots', 15, async () =>
        failing.lines.some((line) => / [1-9] boot/.test(line)),
      );
      expect(await current()).toBe(made);
      now += failing.pool.lifecycle.missingAfter + 300;
      expect((await failing.end).error).toMatch(
        /^workers of the new image fail: i-[0-9a-f]+ did not register in time; the previous image is back$/,
      );
      expect(await current()).toBe(world.images.x86_64);

      const { end, lines, stop } = await startDeployment(1);
      await until('it looks', 15, async () => lines.length > 0);
      stop.abort();
      expect((await end).error).toBe(
        '0 of 1 canaries registered in time; the previous image is back',
      );
      expect(await current()).toBe(world.images.x86_64);
    });
  });
});
