/** `muster image deploy` with the real scaler on the local AWS: what runs stays, what never registers goes back. */
import { GetParameterCommand } from '@aws-sdk/client-ssm';
import { afterEach, describe, expect, it } from 'vitest';
import { canaryLabel } from '../../pool/names.ts';
import { missingParts } from '../harness/missing-part.ts';
import { motoPart } from '../harness/moto.ts';
import { type DeployWorld, deployWorld, parameter } from './deploy-image-world.ts';
import type { RunningMuster } from './muster-process.ts';
import { until } from './until.ts';

const workers = 3;

describe.skipIf(await missingParts([motoPart]))('an image deployed to a fleet', () => {
  let world: DeployWorld;

  afterEach(() => world?.end());

  const value = async (selector = '') => {
    const Name = `${parameter}${selector}`;
    const found = world.ssm.send(new GetParameterCommand({ Name }));
    return (await found.catch(() => null))?.Parameter?.Value ?? null;
  };
  const canary = () => value(`:${canaryLabel}`);
  async function ended(deployment: RunningMuster): Promise<number | null> {
    const { exitCode } = await deployment.terminate(1).catch(() => ({ exitCode: null }));
    return exitCode;
  }
  async function startFleet(): Promise<void> {
    world = await deployWorld({ workers });
    const all = Array.from({ length: workers }, () => world.images.old);
    const log = () => world.scaler().log().slice(-3_000);
    await until(
      'the fleet stands',
      60,
      async () => {
        const running = await world.running();
        return running.length === workers && running.every((id) => id === all[0]);
      },
      log,
    );
    await until(
      'all are heard',
      30,
      async () => {
        const answer = await fetch(`${world.scalerUrl}/api/v2/pools/linux/workers`).catch(
          () => null,
        );
        if (answer === null) return false;
        const body = (await answer.json()) as { workers: { heardAt: number | null }[] };
        return body.workers.filter(({ heardAt }) => heardAt !== null).length === workers;
      },
      log,
    );
  }

  it('rolls on from a canary that registers to every worker', async () => {
    await startFleet();
    const { old, good } = world.images;
    const deployment = world.deploy(
      ...['--image', `eu-west-1=${good}`, '--canary', '1', '--watch', '--scaler', world.scalerUrl],
    );
    const log = () => `${deployment.log()}\n${world.scaler().log().slice(-3_000)}`;
    await until('the canary is tried', 30, async () => (await canary()) === good, log);
    await until('launches are held', 120, async () => (await value()) === old, log);
    expect(await canary()).toBe(good);
    expect(await world.started(good)).toBe(1);
    await until('it rolls on', 60, async () => (await value()) === good, log);
    await until('it has ended', 200, () => /Deployed/.test(deployment.log()), log);
    expect(deployment.log()).toContain('The canaries run: the new image is for all launches');
    expect(deployment.log()).toMatch(/Deployed to every worker: \d+ run\n/);
    expect(await ended(deployment)).toBe(0);
    expect(await canary()).toBeNull();
    expect(new Set(await world.running())).toEqual(new Set([good]));
  }, 400_000);

  it('goes back when the workers of the image never register', async () => {
    await startFleet();
    const { old, good } = world.images;
    world.cloud.act({ action: 'boot', failureShare: 1 });
    const deployment = world.deploy(
      ...['--image', `eu-west-1=${good}`, '--canary', '1', '--scaler', world.scalerUrl],
    );
    const log = () => `${deployment.log()}\n${world.scaler().log().slice(-3_000)}`;
    await until('launches are held', 120, async () => (await world.started(good)) > 0, log);
    await until('it has ended', 150, () => /is back/.test(deployment.log()), log);
    expect(deployment.log()).toMatch(
      /muster: workers of the new image fail: i-[0-9a-f]+ (did not register in time|ended.*); the previous image is back\n$/,
    );
    expect(await ended(deployment)).toBe(1);
    expect([await value(), await canary()]).toEqual([old, null]);
  }, 400_000);
});
