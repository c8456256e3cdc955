import { describe, expect, it } from 'vitest';
import { refusalNow } from '../../../sim/simulated-offering.ts';
import { firstStart, priceSourceOf, type ReplayOptions } from '../../../sim/traces/price-source.ts';
import { readSpotPrices } from '../../../sim/traces/prices.ts';
import { printPrices } from '../../../sim/traces/print-prices.ts';
import { aFleet, aPool, aSimulation, latestPrices, runUntil, start } from '../small-world.ts';
import { messageOf, traceFile } from './trace-files.ts';

const header = 'unix_time,zone_id,instance_type,spot_usd_per_hour';
const hour = 3600;

/** A table of rows `[hours after the start, zone, type, price]`. */
const tableOf = (...rows: readonly (readonly [number, string, string, number | ''])[]) => {
  const lines = rows.map(([at, ...rest]) => [start + at * hour, ...rest].join());
  return readSpotPrices(traceFile('prices.csv', [header, ...lines].join('\n')), { lenient: false });
};

const region = {
  region: 'eu-west-1',
  zones: ['eu-west-1a', 'eu-west-1b'],
  instanceTypes: ['c6i.xlarge', 'c6i.4xlarge'],
};

const options = (change: Partial<ReplayOptions> = {}): ReplayOptions => ({
  regions: [region],
  start,
  end: start + 5 * hour,
  onDemand: (type) => (type === 'c6i.xlarge' ? 0.2 : null),
  lenient: false,
  ...change,
});

/** Covers all that {@link options} asks for. */
const whole = () =>
  tableOf(
    [-2, 'euw1-az1', 'c6i.xlarge', 0.07],
    [-1, 'euw1-az1', 'c6i.xlarge', 0.08],
    [2, 'euw1-az1', 'c6i.xlarge', ''],
    [4, 'euw1-az1', 'c6i.xlarge', 0.09],
    [-1, 'euw1-az3', 'c6i.xlarge', 0.06],
    [0, 'euw1-az3', 'c6i.4xlarge', 0.3],
    [6, 'euw1-az3', 'c6i.4xlarge', 0.31],
  );

const points = (replay: ReturnType<typeof priceSourceOf>, zone: string, instanceType: string) => {
  const series = replay.prices.spot({ region: region.region, zone, instanceType });
  const found = [];
  for (let next = series?.next(); next && !next.done; next = series?.next()) {
    const { at, price, gone } = next.value;
    found.push([(at - start) / hour, gone ? 'gone' : price]);
  }
  return series === null ? null : found;
};

describe('priceSourceOf', () => {
  it('maps zones in order of name, and gives the price in force at the start first', async () => {
    const replay = priceSourceOf(await whole(), options());
    expect([...replay.zones]).toEqual([
      ['eu-west-1a', 'euw1-az1'],
      ['eu-west-1b', 'euw1-az3'],
    ]);
    expect(points(replay, 'eu-west-1a', 'c6i.xlarge')).toEqual([
      [0, 0.08],
      [2, 'gone'],
      [4, 0.09],
    ]);
    expect(points(replay, 'eu-west-1b', 'c6i.4xlarge')).toEqual([
      [0, 0.3],
      [6, 0.31],
    ]);
    expect(points(replay, 'eu-west-1a', 'c6i.4xlarge')).toBeNull();
    expect(replay.prices.onDemand('c6i.xlarge', 'eu-west-1')).toBe(0.2);
    expect(replay).toMatchObject({ repairs: [], notes: [] });
  });

  it('starts by default when all types have a price', async () => {
    const table = await whole();
    expect(firstStart(table, [region])).toBe(start);
    expect(firstStart(table, [{ ...region, instanceTypes: ['c6i.xlarge'] }])).toBe(
      start - 2 * hour,
    );
    expect(firstStart(table, [{ ...region, instanceTypes: ['m6a.large'] }])).toBeNull();
  });

  it('takes the zones that price most types, and says which it leaves', async () => {
    const replay = priceSourceOf(
      await whole(),
      options({ regions: [{ ...region, zones: ['eu-west-1a'] }] }),
    );
    expect([...replay.zones]).toEqual([['eu-west-1a', 'euw1-az3']]);
    expect(replay.notes).toEqual(['prices of euw1-az1 are not used: eu-west-1 has 1 subnet(s)']);
  });

  it('does not offer in a zone before its first price there', async () => {
    const table = await tableOf(
      [0, 'euw1-az1', 'c6i.xlarge', 0.08],
      [3, 'euw1-az2', 'c6i.xlarge', 0.07],
      [9, 'euw1-az2', 'c6i.xlarge', 0.06],
    );
    const regions = [{ ...region, instanceTypes: ['c6i.xlarge'] }];
    const replay = priceSourceOf(table, options({ regions }));
    expect(points(replay, 'eu-west-1b', 'c6i.xlarge')).toEqual([
      [0, 'gone'],
      [3, 0.07],
      [9, 0.06],
    ]);
  });

  /** What is wrong, how it is told, and what leniency makes of it. */
  const faults = [
    {
      name: 'prices that end before the tasks do',
      change: { end: start + 30 * hour },
      message:
        'eu-west-1: prices end at 2023-03-06T06:00:00Z, and tasks at 2023-03-07T06:00:00Z, 24.0 h later; get prices of at least 30.0 h',
      repair: '1 price that ends before the tasks held at the last one, at eu-west-1',
    },
    {
      name: 'prices that would cover an earlier start',
      change: { start: start + 2 * hour, end: start + 7 * hour },
      message: '60.0 min later; use --start 2023-03-06T01:00:00Z or earlier',
      repair: '1 price that ends before the tasks held at the last one, at eu-west-1',
    },
    {
      name: 'prices that begin after the tasks',
      change: { start: start - hour },
      message:
        'c6i.4xlarge in eu-west-1: its first price is of 2023-03-06T00:00:00Z, and tasks begin at 2023-03-05T23:00:00Z; use --start 2023-03-06T00:00:00Z or later',
      repair:
        '1 price that begins after the tasks taken to have been the first one from the start, at c6i.4xlarge in eu-west-1',
    },
    {
      name: 'a type without a price',
      change: { regions: [{ ...region, instanceTypes: ['c6i.xlarge', 'm6a.large'] }] },
      message:
        'm6a.large in eu-west-1: no zone of euw1-az1, euw1-az3 prices it; leave it out of the pool',
      repair: '1 type without a price left without spot, at m6a.large in eu-west-1',
    },
    {
      name: 'more zones than have prices',
      change: { regions: [{ ...region, zones: [...region.zones, 'eu-west-1c'] }] },
      message: 'eu-west-1c: prices are of euw1-az1, euw1-az3 alone; declare 2 subnets',
      repair: '1 zone without prices left without spot, at eu-west-1c',
    },
    {
      name: 'a region without prices',
      change: { regions: [{ ...region, region: 'us-east-1' }] },
      message:
        'us-east-1: no zone of it is in the file, but euw1-az1, euw1-az3 (euw1); get its prices',
      repair: '1 region without prices given those of another region, at us-east-1',
    },
  ];

  it.each(faults)('tells of $name, or mends it', async ({ change, message, repair }) => {
    const table = await whole();
    const told = await messageOf(() => priceSourceOf(table, options(change)));
    expect(told).toContain(`prices.csv: `);
    expect(told).toContain(message);
    expect(told).toContain('add --lenient');
    const { repairs } = priceSourceOf(table, options({ ...change, lenient: true }));
    expect(repairs.map(({ text }) => text)).toEqual([repair]);
  });

  it('holds a first price back to the start when lenient', async () => {
    const late = options({ start: start - hour, lenient: true });
    const replay = priceSourceOf(await whole(), late);
    expect(points(replay, 'eu-west-1b', 'c6i.4xlarge')).toEqual([
      [-1, 0.3],
      [0, 0.3],
      [6, 0.31],
    ]);
  });

  it('tells of all problems of all regions at once', async () => {
    const regions = [region, { ...region, region: 'us-east-1' }];
    const table = await whole();
    const told = await messageOf(() =>
      priceSourceOf(table, options({ regions, end: start + 9 * hour })),
    );
    expect(told).toContain('3 problems: 2 prices that end before the tasks, 1 region without');
  });
});

describe('an offer that is gone', () => {
  it('has no price and cannot be launched until it is back', async () => {
    const { prices } = priceSourceOf(await whole(), options({ onDemand: () => 0.4 }));
    const simulation = aSimulation({ fleet: aFleet([aPool()], 2), prices });
    const look = async () => {
      const asked = { region: 'eu-west-1', instanceTypes: ['c6i.xlarge'], mean: true };
      const [seen] = (
        await simulation.prices.offerings({ ...asked, history: latestPrices })
      ).filter(({ zone, market }) => zone === 'eu-west-1a' && market === 'spot');
      const offering = simulation.prices.find('eu-west-1a', 'c6i.xlarge', 'spot')!;
      return [seen?.price, seen?.priceSource, refusalNow(offering)];
    };
    expect(await look()).toEqual([0.08, 'live', null]);
    await runUntil(simulation, 3 * hour);
    expect(await look()).toEqual([null, 'none', 'no-capacity']);
    await runUntil(simulation, 5 * hour);
    expect(await look()).toEqual([0.09, 'live', null]);
  });
});

describe('printPrices', () => {
  const change = (at: number, price: number, zone = 'euw1-az1') => ({
    at,
    price,
    zone,
    instanceType: 'c6i.large',
  });

  it('writes what readSpotPrices reads, from one end of the time to the other', async () => {
    const changes = [
      change(start + 50, 0.04),
      change(start + 70, 0.04),
      change(start - 20, 0.03),
      change(start - 90, 0.02),
      change(start + 200, 0.09),
      change(start, 0.5, 'euw1-az2'),
    ];
    const text = printPrices(changes, { since: start, until: start + 100 });
    expect(text.trim().split('\n')).toEqual([
      header,
      `${start},euw1-az1,c6i.large,0.03`,
      `${start + 50},euw1-az1,c6i.large,0.04`,
      `${start + 100},euw1-az1,c6i.large,0.04`,
      `${start},euw1-az2,c6i.large,0.5`,
      `${start + 100},euw1-az2,c6i.large,0.5`,
    ]);
    const { counts } = await readSpotPrices(traceFile('printed.csv', text), { lenient: false });
    expect(counts).toMatchObject({ rowsIn: 5, repairs: [] });
  });
});
