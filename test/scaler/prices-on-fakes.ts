/** Prices read from fakes of EC2 and the Price List API. */
import { Prices, type PricesOptions } from '../../scaler/aws/prices.ts';
import type { PriceRequest } from '../../scaler/ports.ts';
import { type HttpFake, startHttpFake } from './http-fake.ts';
import { aFleet, ManualClock, never, region } from './samples.ts';

/** The time at which each test begins. */
export const t0 = 1_700_000_000;

/** Changes of price before then, in three zones. */
export const history = () => [
  { type: 'c6i.xlarge', zone: 'eu-west-1a', price: 0.09, at: t0 - 9_000 },
  { type: 'c6i.xlarge', zone: 'eu-west-1a', price: 0.08, at: t0 - 100 },
  { type: 'c6i.xlarge', zone: 'eu-west-1b', price: 0.07, at: t0 - 5_000 },
  { type: 'c6i.xlarge', zone: 'eu-west-1c', price: 0.01, at: t0 - 5_000 },
];

/** Spot price history as EC2 answers, two rows a page. */
export interface SpotMarket {
  readonly history: {
    type: string;
    zone: string;
    price: number;
    at: number;
    /** Default: Linux/UNIX. */
    product?: string;
  }[];
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
    const product = asked.get('ProductDescription.1') ?? '';
    const rows = pricesFrom(market, types, start, product);
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
function pricesFrom(market: SpotMarket, types: string[], start: number, product: string) {
  const history = market.history.filter((row) => (row.product ?? 'Linux/UNIX') === product);
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

/** Ends the servers of a test, which `afterEach` must do. */
export async function closePrices(): Promise<void> {
  for (const name of ['AWS_ENDPOINT_URL', 'AWS_ENDPOINT_URL_EC2', 'AWS_ENDPOINT_URL_PRICING']) {
    delete process.env[name];
  }
  await Promise.all(fakes.splice(0).map((fake) => fake.close()));
}

export function request(change: Partial<PriceRequest> = {}): PriceRequest {
  const history = { statistic: 'latest', window: 1_800, product: 'Linux/UNIX' } as const;
  const instanceTypes = ['c6i.xlarge', 'c7g.2xlarge'];
  return { region, instanceTypes, history, mean: false, ...change };
}

export async function openPrices(
  market: SpotMarket,
  { pricing: answer = null, ...change }: Partial<PricesOptions> & { pricing?: string | null } = {},
) {
  const ec2 = await startEc2(market);
  const pricing = await startPricing(answer);
  fakes.push(ec2, pricing);
  process.env.AWS_ENDPOINT_URL_EC2 = ec2.url;
  process.env.AWS_ENDPOINT_URL_PRICING = pricing.url;
  const failures: string[] = [];
  const prices = new Prices({
    fleet: aFleet(),
    clock: new ManualClock(t0),
    zonesOf: async () => ['eu-west-1a', 'eu-west-1b'],
    catalogue: (type) => (type === 'c6i.xlarge' ? 0.2 : null),
    spotAdvisor: null,
    onFailure: (_region, doing) => failures.push(doing),
    ...change,
  });
  const priceOf = async (zone: string, of: 'spot' | 'on-demand' = 'spot', type = 'c6i.xlarge') => {
    const offerings = await prices.offerings(request(), never);
    const found = offerings.find(
      (it) => it.instanceType === type && it.zone === zone && it.market === of,
    );
    return found && [found.price, found.priceSource];
  };
  return { prices, priceOf, failures, ec2, pricing };
}

export const startTimes = ({ received }: HttpFake) =>
  received.map(({ body }) => Date.parse(new URLSearchParams(body).get('StartTime') ?? '') / 1000);
