import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { onDemandPrice } from '../../pool/catalogue.ts';
import { Prices, type PricesOptions } from '../../scaler/aws/prices.ts';
import { missingParts } from '../harness/missing-part.ts';
import { motoPart, startMoto } from '../harness/moto.ts';
import { type HttpFake, startHttpFake } from './http-fake.ts';
import { priceEntry } from './price-entry.ts';
import { aFleet, ManualClock, never, region } from './samples.ts';

const clock = () => new ManualClock(1_700_000_000);

/** Spot price history as EC2 answers, two rows a page; `null` price: EC2 fails. */
interface SpotMarket {
  readonly history: { type: string; zone: string; price: number; at: number }[];
  failing: boolean;
}

async function startEc2(market: SpotMarket): Promise<HttpFake> {
  return startHttpFake(({ body }, response) => {
    const asked = new URLSearchParams(body);
    if (asked.get('Action') !== 'DescribeSpotPriceHistory') throw new Error(`not known: ${body}`);
    response.setHeader('content-type', 'text/xml');
    if (market.failing) {
      const error = '<Error><Code>UnauthorizedOperation</Code><Message>no</Message></Error>';
      response.writeHead(403).end(`<Response><Errors>${error}</Errors></Response>`);
      return;
    }
    const types = [...asked].flatMap(([key, value]) =>
      /^InstanceType\./.test(key) ? [value] : [],
    );
    const start = Date.parse(asked.get('StartTime') ?? '') / 1000;
    const rows = pricesFrom(market, types, start);
    const from = Number(asked.get('NextToken') ?? 0);
    const next = from + 2 < rows.length ? String(from + 2) : '';
    const items = rows
      .slice(from, from + 2)
      .map(
        ({ type, zone, price, at }) =>
          `<item><instanceType>${type}</instanceType><availabilityZone>${zone}</availabilityZone>` +
          `<spotPrice>${price}</spotPrice><timestamp>${new Date(at * 1000).toISOString()}</timestamp></item>`,
      );
    response.end(
      `<DescribeSpotPriceHistoryResponse><spotPriceHistorySet>${items.join('')}` +
        `</spotPriceHistorySet><nextToken>${next}</nextToken></DescribeSpotPriceHistoryResponse>`,
    );
  });
}

/** As documented: the changes since the start, and of each type and zone the one before it. */
function pricesFrom({ history }: SpotMarket, types: string[], start: number) {
  return history.filter(({ type, zone, at }) => {
    if (!types.includes(type)) return false;
    const later = history.some(
      (other) => other.type === type && other.zone === zone && other.at > at && other.at <= start,
    );
    return at > start || !later;
  });
}

async function startPricing(answer: string | null): Promise<HttpFake> {
  return startHttpFake(({ headers }, response) => {
    if (headers['x-amz-target'] !== 'AWSPriceListService.GetProducts') throw new Error('not known');
    response.setHeader('content-type', 'application/x-amz-json-1.1');
    if (answer === null) response.writeHead(400).end('{"__type":"AccessDeniedException"}');
    else response.end(JSON.stringify({ PriceList: [answer] }));
  });
}

const fakes: HttpFake[] = [];
afterEach(async () => {
  for (const name of ['AWS_ENDPOINT_URL', 'AWS_ENDPOINT_URL_EC2', 'AWS_ENDPOINT_URL_PRICING']) {
    delete process.env[name];
  }
  await Promise.all(fakes.splice(0).map((fake) => fake.close()));
});

async function openPrices(
  market: SpotMarket,
  change: Partial<PricesOptions> & { pricing?: string | null } = {},
) {
  const ec2 = await startEc2(market);
  const pricing = await startPricing(change.pricing ?? null);
  fakes.push(ec2, pricing);
  process.env.AWS_ENDPOINT_URL_EC2 = ec2.url;
  process.env.AWS_ENDPOINT_URL_PRICING = pricing.url;
  const failures: string[] = [];
  const prices = new Prices({
    fleet: aFleet(),
    clock: clock(),
    zonesOf: async () => ['eu-west-1a', 'eu-west-1b'],
    catalogue: (type) => (type === 'c6i.xlarge' ? 0.2 : null),
    onFailure: (_region, doing) => failures.push(doing),
    ...change,
  });
  const priceOf = async (zone: string, of: 'spot' | 'on-demand' = 'spot', type = 'c6i.xlarge') => {
    const offerings = await prices.offerings(region, ['c6i.xlarge', 'c7g.2xlarge'], never);
    const found = offerings.find(
      (it) => it.instanceType === type && it.zone === zone && it.market === of,
    );
    return found && [found.price, found.priceSource];
  };
  return { prices, priceOf, failures, ec2, pricing };
}

const startTimes = ({ received }: HttpFake) =>
  received.map(({ body }) => Date.parse(new URLSearchParams(body).get('StartTime') ?? '') / 1000);

describe('Prices', () => {
  const t0 = 1_700_000_000;
  const history = () => [
    { type: 'c6i.xlarge', zone: 'eu-west-1a', price: 0.09, at: t0 - 9_000 },
    { type: 'c6i.xlarge', zone: 'eu-west-1a', price: 0.08, at: t0 - 100 },
    { type: 'c6i.xlarge', zone: 'eu-west-1b', price: 0.07, at: t0 - 5_000 },
    { type: 'c6i.xlarge', zone: 'eu-west-1c', price: 0.01, at: t0 - 5_000 },
  ];

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
    fakes.push(silent);
    process.env.AWS_ENDPOINT_URL = silent.url;
    const prices = new Prices({
      fleet: aFleet(),
      clock: clock(),
      zonesOf: async () => ['eu-west-1a'],
      catalogue: () => 0.2,
      onFailure: () => {},
      patience: 0.2,
    });
    const start = performance.now();
    const offerings = await prices.offerings(region, ['c6i.xlarge'], never);
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
      onFailure: (_region, doing) => failures.push(doing),
    });
    const offerings = await prices.offerings(region, ['c6i.xlarge'], never);
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
