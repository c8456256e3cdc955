/** A deployment followed on moto. */
import { readFileSync } from 'node:fs';
import { CreateImageCommand, RunInstancesCommand } from '@aws-sdk/client-ec2';
import { GetParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { plannedChanges, poolsOfImage, putImages } from '../../account/deploy-image.ts';
import { watchDeployment } from '../../account/watch-deployment.ts';
import { parseFleet } from '../../pool/load.ts';
import { canaryLabel } from '../../pool/names.ts';
import type { Pool } from '../../pool/pool.ts';
import { until } from '../end-to-end/until.ts';
import { createWorld, required, type World } from '../end-to-end/world.ts';
import { missingParts } from '../harness/missing-part.ts';
import { motoPart } from '../harness/moto.ts';
import { useEndpoint } from './on-cloud.ts';
import { emptyGroup, endWorkers, startFailing, startGroup } from './worker-groups.ts';

const parameter = '/muster/ci/linux';

describe.skipIf(await missingParts([motoPart]))(
  'a deployment that is followed',
  { timeout: 90_000 },
  () => {
    let world: World;
    let ssm: SSMClient;
    let made: string;
    let restore: () => void;
    let now = 0;

    const put = (Value: string) =>
      ssm.send(
        new PutParameterCommand({ Name: parameter, Value, Type: 'String', Overwrite: true }),
      );
    const valueAt = async (Name: string) => {
      const found = await ssm.send(new GetParameterCommand({ Name })).catch(() => null);
      return found?.Parameter?.Value ?? null;
    };
    const current = () => valueAt(parameter);
    const canary = () => valueAt(`${parameter}:${canaryLabel}`);

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
      ssm?.destroy();
      restore?.();
      await world?.stop();
    });
    beforeEach(() => put(world.images.x86_64));
    afterEach(() => endWorkers(world));

    async function startDeployment(
      canaries: number | null,
      {
        pool: change = {},
        others = [],
        toTheEnd = true,
      }: { pool?: object; others?: readonly string[]; toTheEnd?: boolean } = {},
    ) {
      const linux = {
        owner: 'build@example.com',
        queue: { sqs: world.queueUrl, region: world.region },
        capacity: { max: 8 },
        instances: [{ type: 'c7i.large', capacity: 1 }],
        image: { ssm: parameter },
      };
      const file = world.declare({
        ...{ fleet: 'ci', interval: '1s', regions: { [world.region]: world.network } },
        pools: {
          linux: { ...linux, ...change },
          ...Object.fromEntries(others.map((name) => [name, linux])),
        },
      });
      const fleet = parseFleet(readFileSync(file, 'utf8'), file);
      const pool = required(
        fleet.pools.find(({ name }) => name === 'linux'),
        'a pool',
      ) as Pool;
      const pools = poolsOfImage(fleet, pool);
      const signal = AbortSignal.timeout(20_000);
      const since = Math.floor(Date.now() / 1_000);
      now = since;
      const changes = await plannedChanges(fleet, pool, () => made, signal);
      await putImages(fleet, changes, canaries !== null, signal);
      const lines: string[] = [];
      const stop = new AbortController();
      const end = watchDeployment(
        {
          ...{ fleet, pools, changes, canary: canaries, since, scaler: null, interval: 0.05 },
          toTheEnd,
          now: () => now,
          onProgress: (line) => lines.push(line),
          say: (line) => lines.push(line),
        },
        stop.signal,
      ).then(
        (followed) => ({ ...followed, error: null }),
        (error: Error) => ({ progress: null, end: null, error: error.message }),
      );
      return { end, lines, stop, pool };
    }

    const saw = (lines: readonly string[], what: RegExp) =>
      until(
        `${what}`,
        15,
        () => lines.some((line) => what.test(line)),
        () => lines.join('\n'),
      );

    it('holds launches at the canaries, and goes on once they run', async () => {
      const old = await startGroup(world, 'old', world.images.x86_64);
      const { end, lines, pool } = await startDeployment(1);
      expect([await current(), await canary()]).toEqual([made, made]);
      await startGroup(world, 'new', made);
      await until('launches are held', 60, async () => (await current()) === world.images.x86_64);
      expect(await canary()).toBe(made);
      now += pool.lifecycle.missingAfter + 300;
      await until('the canary is proven', 60, async () => (await current()) === made);
      await emptyGroup(world, old);
      expect(await end).toMatchObject({ error: null, end: 'proven', progress: { older: 0 } });
      expect(lines).toContain(
        '0 of the new image run, 1 boot, 0 failed, 1 of an older image; further launches are of the previous one',
      );
      expect(lines).toContain('The canaries run: the new image is for all launches');
      expect([await current(), await canary()]).toEqual([made, null]);
    });

    it('takes fewer canaries as proof where the pool has no more workers', async () => {
      const { end, lines, pool } = await startDeployment(2);
      await startGroup(world, 'new', made);
      await saw(lines, / 1 boot/);
      now += pool.lifecycle.missingAfter + 300;
      const stop = setInterval(() => {
        now += 1;
      }, 100);
      expect(await end).toMatchObject({
        end: 'proven',
        progress: { proven: [expect.any(String)] },
      });
      clearInterval(stop);
      expect([await current(), await canary()]).toEqual([made, null]);
    });

    it('takes service as proof behind a launch hook, and waits for no older worker unless asked', async () => {
      await startGroup(world, 'old', world.images.x86_64);
      const lifecycle = { launchHook: '5m' };
      const { end } = await startDeployment(1, { pool: { lifecycle }, toTheEnd: false });
      await startGroup(world, 'new', made);
      expect(await end).toMatchObject({ end: 'proven', progress: { older: 1 } });
      expect([await current(), await canary()]).toEqual([made, null]);
    });

    it('counts the workers of every pool that reads the parameter', async () => {
      await startGroup(world, 'old', world.images.x86_64, 'other');
      const lifecycle = { launchHook: '5m' };
      const { lines, stop, end } = await startDeployment(null, {
        ...{ pool: { lifecycle }, others: ['other'] },
      });
      await saw(lines, /^0 of the new image run, 0 boot, 0 failed, 1 of an older image$/);
      stop.abort();
      expect(await end).toMatchObject({ end: 'stopped', error: null });
      expect(await current()).toBe(made);
    });

    it('puts the previous image back when a canary never registers', async () => {
      const { end, lines, pool } = await startDeployment(2);
      await startFailing(world, made, 1);
      await saw(lines, / [1-9] boot/);
      expect(await current()).toBe(made);
      now += pool.lifecycle.missingAfter + 300;
      expect((await end).error).toMatch(
        /^workers of the new image fail: i-[0-9a-f]+ did not register in time; the previous image is back$/,
      );
      expect([await current(), await canary()]).toEqual([world.images.x86_64, null]);
    });

    it('puts it back when the canaries have not registered by the end of the time', async () => {
      await startGroup(world, 'old', world.images.x86_64);
      const { end, lines, stop } = await startDeployment(1);
      await saw(lines, / 0 boot/);
      stop.abort();
      expect((await end).error).toBe(
        '0 of 1 canaries registered in time; the previous image is back',
      );
      expect([await current(), await canary()]).toEqual([world.images.x86_64, null]);
    });

    it.each([
      ['goes back at once after three failures', 3, false, /^workers of the new image fail: /],
      ['goes back after one at the end of the time', 1, true, /^no worker of the new image runs: /],
    ])('without canaries, %s', async (_, failures, isLate, message) => {
      const { end, lines, stop, pool } = await startDeployment(null);
      await startFailing(world, made, failures);
      await saw(lines, new RegExp(` ${failures} boot`));
      now += pool.lifecycle.missingAfter + 300;
      if (isLate) {
        await saw(lines, new RegExp(` ${failures} failed`));
        stop.abort();
      }
      expect((await end).error).toMatch(message);
      expect((await end).error).toMatch(/; the previous image is back$/);
      expect(await current()).toBe(world.images.x86_64);
    });
  },
);
