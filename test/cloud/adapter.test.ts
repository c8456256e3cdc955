/** The scaler's own AWS adapter, over the wire, on the simulated cloud. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AutoScalingCloud } from '../../scaler/aws/auto-scaling-cloud.ts';
import { Prices } from '../../scaler/aws/prices.ts';
import type { Clock } from '../../scaler/ports.ts';
import { aChoice } from '../decide/situations.ts';
import { aFleet, aFullPool } from '../scaler/samples.ts';
import { type Clients, clientsFor, makeSpotGroup, makeTemplate, region } from './fleet-on-cloud.ts';
import { type RunningCloud, startCloud } from './running-cloud.ts';

const fleet = aFleet([
  aFullPool({
    instances: [
      aChoice({ type: 'c6i.2xlarge', capacity: 2 }),
      aChoice({ type: 'm6a.4xlarge', capacity: 4 }),
    ],
  }),
]);

let running: RunningCloud;
let clients: Clients;
let cloud: AutoScalingCloud;
let clock: Clock;
let group: string;
const failures: unknown[] = [];
const { signal } = new AbortController();

beforeEach(async () => {
  running = await startCloud();
  process.env.AWS_ENDPOINT_URL = running.endpoint;
  clients = clientsFor(running.endpoint);
  group = await makeSpotGroup(clients, await makeTemplate(clients, 'ci_linux_x86-64'));
  clock = {
    now: () => running.cloud.account.clock.now(),
    sleep: () => Promise.reject(new Error('nobody sleeps')),
  };
  failures.length = 0;
  cloud = new AutoScalingCloud(fleet, fleet.regions[0]!, clock, (doing, error) =>
    failures.push({ doing, error }),
  );
});

afterEach(async () => {
  delete process.env.AWS_ENDPOINT_URL;
  clients.destroy();
  await running.stop();
  expect(failures).toEqual([]);
});

const observed = async () => (await cloud.observe(signal)).groups[0]!;

describe('the AWS adapter on the simulated cloud', () => {
  it('sees a group without instances', async () => {
    expect(await observed()).toMatchObject({
      name: group,
      region,
      market: 'spot',
      poolId: 'linux',
      desiredCapacity: 0,
      min: 0,
      max: 20,
      overrides: [
        { instanceType: 'c6i.2xlarge', weight: 2 },
        { instanceType: 'm6a.4xlarge', weight: 4 },
      ],
      spotMaxPrice: null,
      workers: [],
    });
  });

  it('sets overrides and a spot max price, and takes the price away again', async () => {
    await observed();
    const overrides = [{ instanceType: 'm6a.4xlarge', weight: 4 }];
    await cloud.setOverrides({ group, overrides, spotMaxPrice: 0.05 }, signal);
    expect(await observed()).toMatchObject({ overrides, spotMaxPrice: 0.05 });
    await cloud.setOverrides({ group, overrides, spotMaxPrice: null }, signal);
    expect(await observed()).toMatchObject({ overrides, spotMaxPrice: null, max: 20 });
  });

  it('starts what the desired capacity asks for, by weight, over the zones', async () => {
    await cloud.setDesiredCapacity(group, 8, signal);
    await running.cloud.step(120);
    const { workers } = await observed();
    expect(workers.reduce((sum, { weight }) => sum + weight, 0)).toBeGreaterThanOrEqual(8);
    expect(new Set(workers.map(({ zone }) => zone)).size).toBe(2);
    expect(new Set(workers.map(({ phase }) => phase))).toEqual(new Set(['in-service']));
    expect(workers.every(({ outdated }) => !outdated)).toBe(true);
  });

  it('launches in one zone at once, and a repeated call launches nothing more', async () => {
    await observed();
    const launch = { group, zone: 'eu-west-1b', slots: 4, token: 'first' };
    const slots = await cloud.launch(launch, signal);
    expect(slots).toBeGreaterThanOrEqual(4);
    expect(await cloud.launch(launch, signal)).toBe(slots);
    const { workers, desiredCapacity } = await observed();
    expect(desiredCapacity).toBe(slots);
    expect(workers.map(({ zone }) => zone)).toEqual(workers.map(() => 'eu-west-1b'));
    expect(workers.reduce((sum, { weight }) => sum + weight, 0)).toBe(slots);
  });

  it('hears why a launch did not start, by type, zone and market', async () => {
    await observed();
    for (const instanceType of ['c6i.2xlarge', 'm6a.4xlarge']) {
      const offering = { zone: 'eu-west-1a', instanceType, market: 'spot' } as const;
      await running.cloud.act({ action: 'capacity', ...offering, available: false });
    }
    const launch = { group, zone: 'eu-west-1a', slots: 2, token: 'second' };
    expect(await cloud.launch(launch, signal)).toBe(0);
    const { launchFailures } = await observed();
    expect(
      launchFailures.map(({ instanceType, zone, cause, market }) => [
        instanceType,
        zone,
        cause,
        market,
      ]),
    ).toEqual([
      ['c6i.2xlarge', 'eu-west-1a', 'no-capacity', 'spot'],
      ['m6a.4xlarge', 'eu-west-1a', 'no-capacity', 'spot'],
    ]);
  });

  it('reads failed activities of a group that cannot launch anywhere', async () => {
    for (const zone of ['eu-west-1a', 'eu-west-1b']) {
      for (const instanceType of ['c6i.2xlarge', 'm6a.4xlarge']) {
        const offering = { zone, instanceType, market: 'spot' } as const;
        await running.cloud.act({ action: 'capacity', ...offering, available: false });
      }
    }
    await cloud.setDesiredCapacity(group, 2, signal);
    await running.cloud.step(30);
    const { launchFailures, workers } = await observed();
    expect(workers).toEqual([]);
    expect(new Set(launchFailures.map(({ cause }) => cause))).toEqual(new Set(['no-capacity']));
    expect(new Set(launchFailures.map(({ zone }) => zone))).toEqual(
      new Set(['eu-west-1a', 'eu-west-1b']),
    );
  });

  it('ends a worker, which is then replaced, as the desired capacity stands', async () => {
    await cloud.setDesiredCapacity(group, 2, signal);
    await running.cloud.step(120);
    const [before] = (await observed()).workers;
    await cloud.terminate(before!.instanceId, signal);
    expect((await observed()).workers[0]).toMatchObject({ phase: 'terminating' });
    await running.cloud.step(120);
    const after = await observed();
    expect(after.desiredCapacity).toBe(2);
    expect(after.workers).toHaveLength(1);
    expect(after.workers[0]!.instanceId).not.toBe(before!.instanceId);
  });

  it('is refused a desired capacity above the maximum', async () => {
    await expect(cloud.setDesiredCapacity(group, 21, signal)).rejects.toMatchObject({
      kind: 'refused',
      code: 'ValidationError',
    });
  });

  it('is throttled, and told so', async () => {
    running.cloud.faults.add({ kind: 'throttle', operation: 'SetDesiredCapacity', share: 1 });
    await expect(cloud.setDesiredCapacity(group, 4, signal)).rejects.toMatchObject({
      kind: 'throttled',
    });
  });

  it('reads the prices of the market, spot and on-demand', async () => {
    await observed();
    const prices = new Prices({
      fleet,
      clock,
      zonesOf: () => cloud.zones(),
      catalogue: () => null,
      spotAdvisor: null,
      onFailure: (_, doing, error) => failures.push({ doing, error }),
    });
    const history = { statistic: 'latest', window: 1800, product: 'Linux/UNIX' } as const;
    const request = { region, instanceTypes: ['c6i.2xlarge'], history, mean: false };
    const offerings = await prices.offerings(request, signal);
    prices.close();
    const { market } = running.cloud.account.region(region);
    const real = (zone: string) => market.find(zone, 'c6i.2xlarge', 'spot')!.prices.at(-1)!.price;
    const spot = offerings.filter((offering) => offering.market === 'spot');
    expect(spot.map(({ zone, price }) => [zone, price])).toEqual(
      ['eu-west-1a', 'eu-west-1b'].map((zone) => [zone, real(zone)]),
    );
    const onDemand = offerings.filter((offering) => offering.market === 'on-demand');
    expect(onDemand.map(({ price, priceSource }) => [price, priceSource])).toEqual(
      onDemand.map(() => [0.3648, 'live']),
    );
    expect(onDemand.length).toBeGreaterThan(0);
  });
});
