import { afterEach, describe, expect, it } from 'vitest';
import type { PriceRequest } from '../../scaler/ports.ts';
import {
  closePrices,
  history,
  openPrices,
  request,
  type SpotMarket,
  startTimes,
  t0,
} from './prices-on-fakes.ts';
import { ManualClock, never } from './samples.ts';

const clock = () => new ManualClock(t0);
afterEach(closePrices);

describe('what is asked of prices', () => {
  it('reads the past only for those who ask for it, as far as they do, and only once', async () => {
    const market: SpotMarket = { history: history(), failing: false };
    const time = clock();
    const { prices, ec2, failures } = await openPrices(market, { clock: time });
    const instanceTypes = ['c6i.xlarge'];
    const latest = request({ instanceTypes });
    const ofHour = request({
      instanceTypes,
      history: { statistic: 'mean', window: 3_600, product: 'Linux/UNIX' },
    });
    const ofDay = request({ instanceTypes, mean: true });
    const inZoneA = async (asked: PriceRequest) => {
      const offerings = await prices.offerings(asked, never);
      return offerings.find((it) => it.market === 'spot' && it.zone === 'eu-west-1a');
    };
    expect(await inZoneA(latest)).toMatchObject({ price: 0.08, meanPrice: null });
    expect(new Set(startTimes(ec2))).toEqual(new Set([t0]));
    const mean = (0.09 * 3_500 + 0.08 * 100) / 3_600;
    expect((await inZoneA(ofHour))?.price).toBeCloseTo(mean, 12);
    expect((await inZoneA(ofDay))?.meanPrice).toBeCloseTo((0.09 * 8_900 + 0.08 * 100) / 9_000, 12);
    expect(new Set(startTimes(ec2))).toEqual(new Set([t0, t0 - 3_600, t0 - 86_400]));

    // From then on, changes only, for all of them at once.
    const before = ec2.received.length;
    time.advance(300);
    market.history.push({ type: 'c6i.xlarge', zone: 'eu-west-1a', price: 0.2, at: t0 + 250 });
    const [one, two, three] = await Promise.all([latest, ofHour, ofDay].map(inZoneA));
    expect(one).toMatchObject({ price: 0.2, meanPrice: null });
    expect(two?.price).toBeCloseTo((0.09 * 3_200 + 0.08 * 350 + 0.2 * 50) / 3_600, 12);
    expect(three?.price).toBe(0.2);
    expect(three?.meanPrice).toBeCloseTo((0.09 * 8_900 + 0.08 * 350 + 0.2 * 50) / 9_300, 12);
    expect(new Set(startTimes(ec2).slice(before))).toEqual(new Set([t0]));
    expect(failures).not.toContain('reading spot prices');
  });

  it('answers all who ask at the same time, also with the first', async () => {
    const { prices } = await openPrices({ history: history(), failing: false });
    const max = { statistic: 'max', window: 600, product: 'Linux/UNIX' } as const;
    const [one, two] = await Promise.all([
      prices.offerings(request({ instanceTypes: ['c6i.xlarge'] }), never),
      prices.offerings(request({ instanceTypes: ['c6i.xlarge'], history: max }), never),
    ]);
    expect(one?.[0]).toMatchObject({ price: 0.08, priceSource: 'live' });
    expect(two?.[0]).toMatchObject({ price: 0.09, priceSource: 'live' });
  });

  it('keeps products apart, and takes no price of Linux for another', async () => {
    const market: SpotMarket = { history: history(), failing: false };
    const product = 'SUSE Linux';
    const place = { type: 'c6i.xlarge', zone: 'eu-west-1a', at: t0 - 50 };
    market.history.push({ ...place, price: 0.5, product });
    const { prices } = await openPrices(market);
    const ofProduct = (name: string) => {
      const asked = { statistic: 'latest', window: 0, product: name } as const;
      return prices.offerings(request({ instanceTypes: ['c6i.xlarge'], history: asked }), never);
    };
    const zoneA = { zone: 'eu-west-1a' };
    expect(await ofProduct(product)).toMatchObject([
      { ...zoneA, market: 'spot', price: 0.5, onDemandPrice: null },
      { ...zoneA, market: 'on-demand', price: null },
      { zone: 'eu-west-1b', market: 'spot', price: null },
      { zone: 'eu-west-1b', market: 'on-demand', price: null },
    ]);
    expect((await ofProduct('Linux/UNIX'))[0]).toMatchObject({ price: 0.08, onDemandPrice: 0.2 });
    expect((await ofProduct('Plan 9'))[0]).toMatchObject({ price: null, onDemandPrice: null });
  });

  it('tells of spot alone how often it is interrupted', async () => {
    const { prices } = await openPrices(
      { history: history(), failing: false },
      { spotAdvisor: { bucket: (_region, type) => (type === 'c6i.xlarge' ? 2 : null) } },
    );
    const buckets = (await prices.offerings(request(), never))
      .filter(({ zone }) => zone === 'eu-west-1a')
      .map((it) => [it.instanceType, it.market, it.interruptionBucket]);
    expect(buckets).toEqual([
      ['c6i.xlarge', 'spot', 2],
      ['c6i.xlarge', 'on-demand', null],
      ['c7g.2xlarge', 'spot', null],
      ['c7g.2xlarge', 'on-demand', null],
    ]);
  });
});
