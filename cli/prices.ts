import { gzipSync } from 'node:zlib';
import { Command, InvalidArgumentError } from 'commander';
import { createLogUpdate } from 'log-update';
import { loadFleet } from '../pool/load.ts';
import type { Credentials, Fleet } from '../pool/pool.ts';
import { regionName } from '../pool/schema.ts';
import { defaultProduct } from '../pool/schema-market.ts';
import type { Seconds, UnixSeconds } from '../pool/units.ts';
import { systemClock } from '../scaler/system-clock.ts';
import { type PriceChange, printPrices } from '../sim/traces/print-prices.ts';
import { unusable } from '../sim/traces/trace-error.ts';

interface PricesOptions {
  readonly days: number;
  readonly config: string;
  readonly region: readonly string[];
  readonly type: readonly string[];
  readonly product?: string;
}

/** What is asked of one region. */
interface RegionQuestion {
  readonly region: string;
  readonly credentials: Credentials;
  readonly product: string;
  readonly instanceTypes: readonly string[];
}

const day: Seconds = 86_400;
/** EC2 keeps no more (DescribeSpotPriceHistory, EC2 API reference). */
const mostDays = 90;
/** Of all calls together. */
const limitMilliseconds = 15 * 60 * 1000;

export function pricesCommand(): Command {
  return new Command('prices')
    .description('Write the spot prices of the past as gzipped CSV to stdout, for the simulator')
    .option('--days <number>', `how far back, 1 to ${mostDays}`, parseDays, mostDays)
    .option(
      '--config <file>',
      'take regions, types and product from this declaration',
      'muster.yaml',
    )
    .option(
      '--region <region>',
      'with --type, in place of the declaration; may be given again',
      collect,
      [],
    )
    .option('--type <type>', 'an instance type; may be given again', collect, [])
    .option('--product <product>', 'as EC2 describes it, such as Linux/UNIX or Windows')
    .addHelpText(
      'after',
      '\nCalls ec2:DescribeSpotPriceHistory with the credentials of the declaration, or else those of\n' +
        'the environment. Nothing is written unless everything was read.',
    )
    .action(async (options: PricesOptions, command: Command) => {
      if (process.stdout.isTTY) {
        command.error('error: what comes out is gzipped; write it to a file: > prices.csv.gz');
      }
      const questions = questionsOf(options, command);
      const now = Math.floor(systemClock.now());
      const span = { since: now - options.days * day, until: now };
      const changes = await readAll(questions, span);
      if (changes.length === 0) {
        const types = questions.flatMap(({ instanceTypes }) => instanceTypes);
        const asked = `${[...new Set(types)].join(', ')} as ${questions[0]?.product}`;
        throw unusable('prices', `EC2 has none of ${asked}; allowed: types that it offers as spot`);
      }
      process.stdout.write(gzipSync(printPrices(changes, span)));
    });
}

async function readAll(
  questions: readonly RegionQuestion[],
  span: { readonly since: UnixSeconds; readonly until: UnixSeconds },
): Promise<readonly PriceChange[]> {
  // The AWS SDK takes a while to load; a wrong declaration is told before.
  const { SpotPriceHistory } = await import('../scaler/aws/spot-price-history.ts');
  const signal = AbortSignal.timeout(limitMilliseconds);
  const progress = progressLine();
  const all = await Promise.all(
    questions.map(async ({ region, instanceTypes, ...access }) => {
      const history = await new SpotPriceHistory({ region, ...access }).read(
        { instanceTypes, ...span, onPage: (count) => progress.show(region, count) },
        signal,
      );
      return history.map(changeOf);
    }),
  ).finally(progress.end);
  return all.flatMap((changes, index) => {
    const known = changes.filter((change) => change !== null);
    tellCounts(questions[index]!, known, changes.length - known.length);
    return known;
  });
}

/** null: AWS left something out, which by its reference it does not. */
function changeOf(change: {
  readonly AvailabilityZone?: string | undefined;
  readonly AvailabilityZoneId?: string | undefined;
  readonly InstanceType?: string | undefined;
  readonly SpotPrice?: string | undefined;
  readonly Timestamp?: Date | undefined;
}): PriceChange | null {
  const zone = change.AvailabilityZoneId || change.AvailabilityZone;
  const price = Number(change.SpotPrice);
  const { InstanceType: instanceType, Timestamp: time } = change;
  if (!zone || instanceType === undefined || time === undefined || !(price > 0)) return null;
  return { at: time.getTime() / 1000, zone, instanceType, price };
}

function tellCounts(
  { region, instanceTypes }: RegionQuestion,
  changes: readonly PriceChange[],
  incomplete: number,
): void {
  const priced = new Set(changes.map(({ instanceType }) => instanceType));
  const missing = instanceTypes.filter((type) => !priced.has(type));
  const parts = [
    `${region}: ${changes.length} changes of ${priced.size} types`,
    ...(missing.length === 0 ? [] : [`none of ${missing.join(', ')}`]),
    ...(incomplete === 0 ? [] : [`${incomplete} left out, without a price, place or time`]),
  ];
  process.stderr.write(`${parts.join('; ')}\n`);
}

function questionsOf(options: PricesOptions, command: Command): readonly RegionQuestion[] {
  const { region: regions, type: types, product } = options;
  if (regions.length === 0 && types.length === 0) {
    return questionsOfFleet(loadFleet(options.config), product ?? null, command);
  }
  if (regions.length === 0 || types.length === 0) {
    command.error('error: --region and --type go together; without both, the declaration tells');
  }
  for (const region of regions) {
    const parsed = regionName.safeParse(region);
    if (!parsed.success) command.error(`error: --region: ${parsed.error.issues[0]?.message}`);
  }
  return [...new Set(regions)].map((region) => ({
    region,
    credentials: { kind: 'default' },
    product: product ?? defaultProduct,
    instanceTypes: [...new Set(types)],
  }));
}

/** What the spot pools of each region may run. */
function questionsOfFleet(
  fleet: Fleet,
  asked: string | null,
  command: Command,
): readonly RegionQuestion[] {
  const pools = fleet.pools.flatMap(({ market, name, regions, instances }) =>
    market.kind === 'spot'
      ? [{ product: market.priceHistory.product, name, regions, instances }]
      : [],
  );
  const products = [...new Set(pools.map(({ product }) => product))];
  const product = asked ?? products[0];
  if (product === undefined) command.error('error: no pool of the declaration uses spot');
  if (asked === null && products.length > 1) {
    // A file has no column for it.
    command.error(`error: the pools' products differ (${products.join(', ')}); choose: --product`);
  }
  if (!products.includes(product)) {
    command.error(`error: --product: no pool is of ${product}; allowed: ${products.join(', ')}`);
  }
  return fleet.regions.flatMap(({ name: region, credentials }) => {
    const here = pools.filter((pool) => pool.product === product && pool.regions.includes(region));
    const types = here.flatMap(({ instances }) => instances.map(({ type }) => type));
    const instanceTypes = [...new Set(types)].sort();
    return types.length === 0 ? [] : [{ region, credentials, product, instanceTypes }];
  });
}

/** One line on a terminal, with the changes read so far; none where stderr is piped. */
function progressLine() {
  const counts = new Map<string, number>();
  const line = process.stderr.isTTY ? createLogUpdate(process.stderr) : null;
  return {
    show(region: string, count: number): void {
      counts.set(region, count);
      line?.([...counts].map(([name, changes]) => `${name}: ${changes} changes`).join(', '));
    },
    end: () => line?.clear(),
  };
}

function parseDays(text: string): number {
  const days = Number(text);
  if (/^\d+$/.test(text) && days >= 1 && days <= mostDays) return days;
  throw new InvalidArgumentError(`Allowed: a whole number from 1 to ${mostDays}.`);
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}
