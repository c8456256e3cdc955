import { describe, expect, it } from 'vitest';
import { comparePolicies } from '../../../sim/compare/compare-policies.ts';
import { priceSeriesOf } from '../../../sim/compare/price-series.ts';
import { measuredOn, poolAlone } from '../../../sim/compare/scenario.ts';
import type { PriceSource } from '../../../sim/market.ts';
import { renderReport } from '../../../sim/report/render-report.ts';
import { result } from '../report/hand-made-comparison.ts';
import { aFleet, anInstance, aPool, aRegion, start } from '../small-world.ts';
import { aScenario } from './compared-world.ts';

const labels = { tasks: '30 tasks', prices: 'flat', measuredOn: 'c6i.xlarge' };

describe('comparing policies', () => {
  it('runs each on the same, in the order asked for, and can be reported', async () => {
    const seen: string[] = [];
    const comparison = await comparePolicies({
      ...{ scenario: aScenario(), policies: ['keda', 'muster'], ...labels },
      onProgress: (share, policy) => seen.push(`${policy} ${share === 1}`),
    });
    expect(comparison.results.map(({ policy }) => policy)).toEqual(['keda', 'muster']);
    expect([seen[0], seen.at(-1)]).toEqual(['keda false', 'muster true']);
    // 30 tasks of 300 s at USD 0.10 an hour, and 20 GiB for as long on at best a quarter of an instance.
    const work = (30 * 300) / 3600;
    expect(comparison.lowerBound).toBeGreaterThan(work * 0.1);
    expect(comparison.lowerBound).toBeLessThan(work * 0.103);
    for (const one of comparison.results) {
      expect(one.ratioToBound).toBeCloseTo(one.usd / comparison.lowerBound!, 9);
      expect(one.ratioToBound).toBeGreaterThan(1);
    }
    expect(comparison.priceSeries[0]!.points).toHaveLength(1);
    expect(JSON.parse(JSON.stringify(comparison))).toEqual(comparison);
    const page = renderReport(comparison);
    expect(page).toContain('as on one slot of c6i.xlarge');
  });
});

describe('the prices of what was used most', () => {
  const regions = [{ region: 'eu-west-1', zones: ['a', 'b'], instanceTypes: [] }];
  const prices: PriceSource = {
    onDemand: () => 0.7,
    spot: ({ zone }) =>
      (zone === 'a'
        ? [
            { at: 0, price: 0.3 },
            { at: 10, price: 0.1 },
            { at: 20, price: 0.1, gone: true as const },
            { at: 90, price: 0.05 },
          ]
        : [
            { at: 0, price: 0.2 },
            { at: 30, price: 0.4 },
          ]
      ).values(),
  };

  it('are the lowest over the zones, where there is an offer, until the end', () => {
    const series = priceSeriesOf([result('muster')], { regions, prices, start: 0, end: 50 });
    expect(series).toEqual([
      {
        ...{ instanceType: 'c6i.2xlarge', market: 'spot' },
        points: [
          { at: 0, price: 0.2 },
          { at: 10, price: 0.1 },
          { at: 20, price: 0.2 },
          { at: 30, price: 0.4 },
        ],
      },
      { instanceType: 'm6a.4xlarge', market: 'on-demand', points: [{ at: 0, price: 0.7 }] },
    ]);
  });

  it('are of the largest shares of cost, six at most', () => {
    const usage = (types: readonly string[], usd: number) =>
      types.map((instanceType) => {
        return { instanceType, market: 'spot' as const, instances: 1, slotHours: 1, usd };
      });
    const dear = { ...result('static'), usd: 100, usage: usage(['a'], 100) };
    const cheap = { ...result('muster'), usd: 1.4, usage: usage([...'bcdefgh'], 0.2) };
    const series = priceSeriesOf([dear, cheap], { regions, prices, start: 0, end: 50 });
    expect(series.map(({ instanceType }) => instanceType)).toEqual([...'abcdef']);
  });
});

describe('the pool that is simulated', () => {
  const windows = aPool({ id: 'win', name: 'windows', regions: ['us-east-1'], paused: true });
  const silent = aPool({ heartbeats: false });
  const regions = [aRegion('eu-west-1'), aRegion('us-east-1')];
  const declared = aFleet([silent, windows], 1, { regions, paused: true });

  it('is alone in its regions, sends heartbeats and is not paused', () => {
    for (const name of ['windows', 'win']) {
      const { fleet, pool } = poolAlone(declared, name);
      expect(fleet.pools).toEqual([pool]);
      expect(fleet.regions.map((region) => region.name)).toEqual(['us-east-1']);
      expect(pool).toEqual({ ...windows, heartbeats: true, paused: false });
      expect(fleet.paused).toBe(false);
    }
    expect(poolAlone(declared, 'linux').pool.heartbeats).toBe(true);
    expect(() => poolAlone(declared, 'windoze')).toThrow(
      'no pool is windoze; allowed: linux, windows; did you mean "windows"?',
    );
  });

  it('has durations of the type asked for, or of the middle one', () => {
    const instances = [
      anInstance({ type: 'a.large', capacity: 2, utility: 6 }),
      anInstance({ type: 'b.large', capacity: 1, utility: 1 }),
      anInstance({ type: 'c.large', capacity: 4, utility: 8 }),
      anInstance({ type: 'd.large', capacity: 1, utility: 4 }),
    ];
    const pool = aPool({ instances });
    expect(measuredOn(pool, null).type).toBe('c.large');
    expect(measuredOn(pool, 'd.large').type).toBe('d.large');
    expect(() => measuredOn(pool, 'e.large')).toThrow(
      'no type in pool linux is e.large; allowed: a.large',
    );
  });
});

it('starts where the scenario starts', async () => {
  const scenario = aScenario();
  const { results } = await comparePolicies({ scenario, policies: ['static'], ...labels });
  expect(results[0]!.timeline[0]!.at).toBe(start);
});
