import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { onDemandPrice } from '../../pool/catalogue.ts';
import { Prices } from '../../scaler/aws/prices.ts';
import { missingParts } from '../harness/missing-part.ts';
import { motoPart, startMoto } from '../harness/moto.ts';
import { startHttpFake } from './http-fake.ts';
import { priceEntry } from './price-entry.ts';
import {
  closePrices,
  history,
  openPrices,
  request,
  type SpotMarket,
  startTimes,
  t0,
} from './prices-on-fakes.ts';
import { aFleet, ManualClock, never, region } from './samples.ts';

const clock = () => new ManualClock(t0);
afterEach(closePrices);

describe('Prices', () => {
  it('reads all pages once, then only changes, every five minutes', async () => {
    const market: SpotMarket = { history: history(), failing: false };
    const time = clock();
    const { priceOf, ec2 } = await openPrices(market, { clock: time });
    expect(await priceOf('eu-west-1a')).toEqual([0.08, 'live']);
    expect(await priceOf('eu-west-1b')).toEqual([0.07, 'live']);
    expect(await priceOf('eu-west-1c')).toBeUndefined(); // No group launches there.
    expect(await priceOf('eu-west-1a', 'spot', 'c7g.2xlarge')).toEqual([null, 'none']);
    expect(startTimes(ec2)).toEqual([t0, t0]);
    time.advance(299);
    await priceOf('eu-west-1a');
    expect(ec2.received).toHaveLength(2);
    market.history.push({ type: 'c6i.xlarge', zone: 'eu-west-1a', price: 0.11, at: t0 + 200 });
    time.advance(1);
    expect(await priceOf('eu-west-1a')).toEqual([0.11, 'live']);
    expect(startTimes(ec2).slice(2)).toEqual([t0, t0]);
    time.advance(300);
    await priceOf('eu-west-1a');
    expect(startTimes(ec2).slice(4)).toEqual([t0 + 300, t0 + 300]);
  });

  it('degrades from live to last known to on-demand to none', async () => {
    const market: SpotMarket = { history: history(), failing: false };
    const time = clock();
    const { priceOf, failures } = await openPrices(market, { clock: time });
    expect(await priceOf('eu-west-1a')).toEqual([0.08, 'live']);
    market.failing = true;
    time.advance(400);
    expect(await priceOf('eu-west-1a')).toEqual([0.08, 'live']);
    time.advance(600);
    expect(await priceOf('eu-west-1a')).toEqual([0.08, 'last-known']);
    time.advance(24 * 3600);
    expect(await priceOf('eu-west-1a')).toEqual([0.2, 'on-demand']);
    expect(await priceOf('eu-west-1a', 'spot', 'c7g.2xlarge')).toEqual([null, 'none']);
    expect(failures).toContain('reading spot prices');
    market.failing = false;
    time.advance(60);
    expect(await priceOf('eu-west-1a')).toEqual([0.08, 'live']);
  });

  it('takes on-demand prices from the price list, a call per type and day', async () => {
    const time = clock();
    const market: SpotMarket = { history: history(), failing: false };
    const { priceOf, pricing } = await openPrices(market, {
      clock: time,
      pricing: priceEntry('0.1900000000'),
    });
    await priceOf('eu-west-1a', 'on-demand');
    await expect
      .poll(() => priceOf('eu-west-1a', 'on-demand'), { timeout: 5_000 })
      .toEqual([0.19, 'live']);
    await priceOf('eu-west-1b', 'on-demand');
    expect(pricing.received).toHaveLength(2); // Two types.
    expect(JSON.parse(pricing.received[0]?.body ?? '')).toMatchObject({
      ServiceCode: 'AmazonEC2',
      Filters: expect.arrayContaining([{ Type: 'TERM_MATCH', Field: 'regionCode', Value: region }]),
    });
    time.advance(24 * 3600);
    await priceOf('eu-west-1a', 'on-demand');
    await expect.poll(() => pricing.received.length, { timeout: 5_000 }).toBe(4);
  });

  it('does not ask for a refused on-demand price again at once', async () => {
    const market: SpotMarket = { history: history(), failing: false };
    const { priceOf, pricing, failures } = await openPrices(market);
    expect(await priceOf('eu-west-1a', 'on-demand')).toEqual([0.2, 'last-known']);
    await expect.poll(() => failures, { timeout: 5_000 }).toEqual(['reading on-demand prices']);
    await priceOf('eu-west-1a');
    expect(pricing.received).toHaveLength(2);
  });

  it('does not wait past its patience for an EC2 that never answers', async () => {
    const silent = await startHttpFake(() => {});
    onTestFinished(silent.close);
    process.env.AWS_ENDPOINT_URL = silent.url;
    const prices = new Prices({
      fleet: aFleet(),
      clock: clock(),
      zonesOf: async () => ['eu-west-1a'],
      catalogue: () => 0.2,
      spotAdvisor: null,
      onFailure: () => {},
      patience: 0.2,
    });
    const start = performance.now();
    const offerings = await prices.offerings(request({ instanceTypes: ['c6i.xlarge'] }), never);
    expect(performance.now() - start).toBeLessThan(1_500);
    expect(offerings).toMatchObject([
      { market: 'spot', price: 0.2, priceSource: 'on-demand' },
      { market: 'on-demand', price: 0.2, priceSource: 'last-known' },
    ]);
    prices.close();
  });
});

describe.skipIf(await missingParts([motoPart]))('Prices on moto', () => {
  it('reads spot prices and falls back to the catalogue', { timeout: 90_000 }, async () => {
    const moto = await startMoto();
    onTestFinished(moto.stop);
    process.env.AWS_ENDPOINT_URL = moto.endpoint;
    const failures: string[] = [];
    const prices = new Prices({
      fleet: aFleet(),
      clock: clock(),
      zonesOf: async () => [],
      catalogue: onDemandPrice,
      spotAdvisor: null,
      onFailure: (_region, doing) => failures.push(doing),
    });
    const offerings = await prices.offerings(request({ instanceTypes: ['c6i.xlarge'] }), never);
    // moto has one price for everything, and no price list service.
    expect(new Set(offerings.map(({ zone }) => zone)).size).toBeGreaterThan(1);
    for (const offering of offerings) {
      const expected =
        offering.market === 'spot'
          ? { price: 0.00001, priceSource: 'live' }
          : { price: onDemandPrice('c6i.xlarge', region), priceSource: 'last-known' };
      expect(offering).toMatchObject(expected);
    }
    await expect.poll(() => failures, { timeout: 30_000 }).toEqual(['reading on-demand prices']);
    prices.close();
  });
});
