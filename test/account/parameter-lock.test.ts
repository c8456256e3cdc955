import { setTimeout as sleep } from 'node:timers/promises';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lockParameter } from '../../account/parameter-lock.ts';
import { missingParts } from '../harness/missing-part.ts';
import { type Moto, motoPart, startMoto } from '../harness/moto.ts';

const start = Date.parse('2026-01-01T00:00:00Z');

describe.skipIf(await missingParts([motoPart]))('the lock of an image', () => {
  let moto: Moto;
  let ssm: SSMClient;
  let now = start;
  let count = 0;

  beforeAll(async () => {
    moto = await startMoto();
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    ssm = new SSMClient({ region: 'eu-west-1', endpoint: moto.endpoint, credentials });
  }, 60_000);
  afterAll(async () => {
    ssm?.destroy();
    await moto?.stop();
  });

  const take = (name: string, more: { renewEverySeconds?: number } = {}) =>
    lockParameter(ssm, name, {
      ...{ what: 'deployment', now: () => new Date(now), limitSeconds: 60, ...more },
    });
  const read = async (Name: string) => {
    const { Parameter } = await ssm.send(new GetParameterCommand({ Name }));
    return JSON.parse(Parameter?.Value ?? 'null');
  };
  const newName = () => {
    now = start;
    count += 1;
    return `/lock/${count}`;
  };

  it('is had by one of two, until that one releases it or its time is up', async () => {
    const name = newName();
    const both = await Promise.allSettled([take(name), take(name)]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    await expect(take(name)).rejects.toThrow(
      /^another deployment of this image runs: process \d+ on .*, since 2026-01-01T00:00:00.000Z \(\/lock\/1\); wait for it, or, if it is dead, remove that parameter; its lock ends at 2026-01-01T00:01:00.000Z$/,
    );
    now += 61_000;
    const second = await take(name);
    // The first is late, and may not take away what is no longer its own.
    const [first] = both.filter((one) => one.status === 'fulfilled');
    await first?.value.release();
    await expect(take(name)).rejects.toThrow('another deployment');
    await second.release();
    await (await take(name)).release();
  });

  it('goes on as long as its holder renews it', async () => {
    const name = newName();
    const lock = await take(name, { renewEverySeconds: 0.05 });
    now += 50_000;
    await expect
      .poll(async () => (await read(name))?.until, { timeout: 20_000 })
      .toBe('2026-01-01T00:01:50.000Z');
    // Past its first end. It may have been renewed since.
    now += 50_000;
    await expect(take(name)).rejects.toThrow(/its lock ends at 2026-01-01T00:0(1:50|2:40)\.000Z/);
    await lock.release();
    await sleep(300);
    await expect(read(name)).rejects.toThrow('not found');
  });
});
