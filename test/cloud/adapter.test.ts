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
const failures: unknown[] = [];
const { signal } = new AbortController();

beforeEach(async () => {
  running = await startCloud();
  process.env.AWS_ENDPOINT_URL = running.endpoint;
  clients = clientsFor(running.endpoint);
  await makeSpotGroup(clients, await makeTemplate(clients, 'ci_linux_x86-64'));
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

/** The rest is the contract's, in contract.test.ts. */
describe('the AWS adapter on the simulated cloud', () => {
  it('reads the prices of the market, spot and on-demand', async () => {
    await cloud.observe(signal);
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
