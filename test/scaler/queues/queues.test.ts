import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { JsonDeclaration } from '../../../pool/queues/json.ts';
import { Queues } from '../../../scaler/queues/queues.ts';
import { systemClock } from '../../../scaler/system-clock.ts';
import { type HttpFake, startHttpFake } from '../http-fake.ts';
import { aFleet, aFullPool, never } from '../samples.ts';
import { poolsOf } from './open-queues.ts';

const endings: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0)) await end();
});

async function serve(answer: Parameters<typeof startHttpFake>[0]): Promise<HttpFake> {
  const fake = await startHttpFake(answer);
  endings.push(() => fake.close());
  return fake;
}

function polled(interval: number) {
  const queues = new Queues({
    fleet: aFleet(),
    clock: systemClock,
    continuous: true,
    interval,
    onFailure: () => {},
  });
  endings.unshift(() => queues.close());
  return queues;
}

const json = (url: string, pending = '@'): JsonDeclaration => ({
  kind: 'json',
  endpoint: { url, headers: {}, auth: { kind: 'none' } },
  pending,
  claimed: null,
  oldestPendingAge: null,
  oldestPendingSince: null,
});

describe('queues polled beside the loop', () => {
  it('hands out the newest reading at once, however slow another source is', async () => {
    let waiting = 1;
    const quick = await serve((_request, response) => response.end(String(waiting)));
    const silent = await serve(() => {});
    const queues = polled(0.1);
    const pools = poolsOf([json(quick.url), json(silent.url)]);
    await queues.read(pools, never);
    waiting = 8;
    await expect
      .poll(async () => {
        const startedAt = performance.now();
        const readings = await queues.read(pools, never);
        // It reads what is there, and waits for nobody.
        expect(performance.now() - startedAt).toBeLessThan(100);
        expect(readings.get('pool-1')).toMatchObject({ status: 'unknown' });
        return readings.get('pool-0');
      })
      .toMatchObject({ status: 'known', pending: 8 });
  });

  it('tells when more tasks wait than were handed out, and not otherwise', async () => {
    let waiting = 3;
    const fake = await serve((_request, response) => response.end(String(waiting)));
    const queues = polled(30);
    let news = 0;
    queues.onNews(() => {
      news += 1;
    });
    const pools = poolsOf([json(fake.url)]);
    await queues.read(pools, never);
    expect(news).toBe(0);
    waiting = 2;
    queues.poke();
    await expect.poll(() => fake.received.length).toBe(2);
    waiting = 9;
    queues.poke(['pool-0']);
    await expect.poll(() => news).toBe(1);
    expect((await queues.read(pools, never)).get('pool-0')).toMatchObject({ pending: 9 });
    queues.poke(['another']);
    expect(fake.received).toHaveLength(3);
  });

  it('ends its polling when it is closed', async () => {
    const fake = await serve((_request, response) => response.end('1'));
    const queues = polled(0.02);
    await queues.read(poolsOf([json(fake.url)]), never);
    await expect.poll(() => fake.received.length).toBeGreaterThan(3);
    await queues.close();
    // What was sent before may still arrive.
    await sleep(100);
    const { length } = fake.received;
    await sleep(200);
    expect(fake.received).toHaveLength(length);
  });
});

describe('a thousand pools', () => {
  it('of one endpoint are one request, read well within an interval', async () => {
    const counts = Object.fromEntries(Array.from({ length: 1_000 }, (_, n) => [`q${n}`, n]));
    const fake = await serve((_request, response) => response.end(JSON.stringify(counts)));
    const queues = new Queues({ fleet: aFleet(), clock: systemClock, onFailure: () => {} });
    const pools = poolsOf(Array.from({ length: 1_000 }, (_, n) => json(fake.url, `q${n}`)));
    const startedAt = process.cpuUsage();
    const readings = await queues.read(pools, never);
    const { user, system } = process.cpuUsage(startedAt);
    expect(fake.received).toHaveLength(1);
    expect(readings.get('pool-999')).toMatchObject({ pending: 999 });
    // Of one core, against an interval of 10 s.
    expect((user + system) / 1e6).toBeLessThan(2);
  });

  it('of as many endpoints are a request each, well within an interval', {
    timeout: 60_000,
  }, async () => {
    const fake = await serve((_request, response) => response.end('2'));
    const queues = new Queues({ fleet: aFleet(), clock: systemClock, onFailure: () => {} });
    const pools = poolsOf(Array.from({ length: 1_000 }, (_, n) => json(`${fake.url}/${n}`)));
    const startedAt = process.cpuUsage();
    const readings = await queues.read(pools, never);
    const { user, system } = process.cpuUsage(startedAt);
    expect(fake.received).toHaveLength(1_000);
    expect([...readings.values()].every((one) => one.status === 'known')).toBe(true);
    expect((user + system) / 1e6).toBeLessThan(8);
  });

  it('that share a queue share its reading', async () => {
    const fake = await serve((_request, response) => response.end('2'));
    const queues = new Queues({ fleet: aFleet(), clock: systemClock, onFailure: () => {} });
    const same = json(fake.url);
    const pools = ['a', 'b'].map((id) => aFullPool({ id, queue: same }));
    const readings = await queues.read(pools, never);
    expect(readings.get('a')).toEqual(readings.get('b'));
    expect(fake.received).toHaveLength(1);
  });
});
