/**
 * Fits spot prices: `npx tsx sim/fit/fit-prices.ts REGION PRICES.csv.gz` with change points as
 * unix_time,zone_id,instance_type,usd_per_hour, where an empty price means that the offering was gone. Prices are
 * taken relative to the built-in on-demand price; families c, m and r, 5th to 7th generation, large to 8xlarge.
 */
import { onDemandPrice } from '../../pool/catalogue.ts';
import { ascending, deviation, mean, quantile } from '../statistics.ts';
import { readCsv } from './read-csv.ts';

const [region, file] = process.argv.slice(2);
if (region === undefined || file === undefined) {
  process.stderr.write('usage: fit-prices REGION PRICES.csv.gz\n');
  process.exit(2);
}
const wanted = /^[cmr][5-7][a-z]*\.(large|xlarge|2xlarge|4xlarge|8xlarge)$/;
/** Samples between which a change is measured. */
const lags = [1, 2, 4, 8, 16, 32, 56];

interface Offering {
  readonly instanceType: string;
  readonly points: { readonly at: number; readonly log: number | null }[];
}

const offerings = new Map<string, Offering>();
const sampled = new Set<number>();
for (const [at, zone, instanceType = '', price] of readCsv(file)) {
  sampled.add(Number(at));
  const onDemand = wanted.test(instanceType) ? onDemandPrice(instanceType, region) : null;
  if (onDemand === null) continue;
  const key = `${zone} ${instanceType}`;
  const offering = offerings.get(key) ?? { instanceType, points: [] };
  const log = price ? Math.log(Number(price) / onDemand) : null;
  offering.points.push({ at: Number(at), log });
  offerings.set(key, offering);
}
const times = ascending(sampled);

/** The logarithm of spot / on-demand at each sample; null: gone, or not yet there. */
function resample({ points }: Offering): (number | null)[] {
  let next = 0;
  let log: number | null = null;
  return times.map((time) => {
    for (let point = points[next]; point && point.at <= time; point = points[++next]) {
      log = point.log;
    }
    return log;
  });
}

const isNumber = (value: number | null): value is number => value !== null;
const series = [...offerings.values()].map(({ instanceType, points }) => ({
  instanceType,
  logs: resample({ instanceType, points }),
}));
const present = series.filter(({ logs }) => logs.filter(isNumber).length >= 100);
const all = ascending(present.flatMap(({ logs }) => logs.filter(isNumber)));
const meansByType = new Map<string, number[]>();
for (const { instanceType, logs } of present) {
  const known = meansByType.get(instanceType) ?? [];
  meansByType.set(instanceType, [...known, mean(logs.filter(isNumber))]);
}
const typeMeans = [...meansByType.values()].map(mean);
const zones = [...meansByType.values()].filter((means) => means.length > 1);
const zoneSquares = zones.map((means) => deviation(means) ** 2 * (means.length - 1));
const zoneDegrees = zones.reduce((sum, means) => sum + means.length - 1, 0);
const zoneSigma = Math.sqrt(zoneSquares.reduce((sum, square) => sum + square, 0) / zoneDegrees);

/** Changes of the logarithm over so many samples. */
function changes(lag: number): number[] {
  return present.flatMap(({ logs }) =>
    logs.flatMap((log, index) => {
      const before = logs[index - lag] ?? null;
      return log === null || before === null ? [] : [log - before];
    }),
  );
}

const hours = (times.at(-1)! - times[0]!) / 3600 / (times.length - 1);
const shares = [0.05, 0.25, 0.5, 0.75, 0.95].map((share) =>
  Math.exp(quantile(all, share)).toFixed(3),
);
const steps = changes(1);
const print = (line: string) => process.stdout.write(`${line}\n`);
print(
  `${present.length} offerings of ${meansByType.size} types, a sample about every ${hours.toFixed(2)} h`,
);
print(`spot / on-demand, p5 p25 p50 p75 p95: ${shares.join(' ')}`);
print(
  `sigma of types ${deviation(typeMeans).toFixed(3)}, of zones within a type ${zoneSigma.toFixed(3)}`,
);
print(
  `samples that differ: ${(steps.filter((step) => step !== 0).length / steps.length).toFixed(3)}`,
);
for (const lag of lags) {
  const rms = Math.sqrt(mean(changes(lag).map((change) => change ** 2)));
  print(
    `change over ${(lag * hours).toFixed(1)} h: ${rms.toFixed(4)}, per root hour ${(rms / Math.sqrt(lag * hours)).toFixed(5)}`,
  );
}
