import { describe, expect, it } from 'vitest';
import { allocate, type Candidate } from '../../sim/allocation.ts';
import { drawBoot } from '../../sim/boot.ts';
import {
  drawBucket,
  drawTimeToNotice,
  drawWarning,
  interruptionsPerHour,
} from '../../sim/interruptions.ts';
import { defaultParameters, hoursPerMonth } from '../../sim/parameters.ts';
import { countedPrice, meanPrice, priceAt } from '../../sim/price-window.ts';
import { randomStream } from '../../sim/random.ts';
import { generatedSpotPrices } from '../../sim/spot-prices.ts';
import { ascending, deviation, mean, quantile } from '../../sim/statistics.ts';

describe('interruptions', () => {
  const { interruptions } = defaultParameters;

  it('hit the stated share of instances that run for a month', () => {
    const random = randomStream(1, 'test');
    const perHour = interruptionsPerHour(3, interruptions);
    const times = Array.from({ length: 20_000 }, () => drawTimeToNotice(random, perHour));
    const hit = times.filter((time) => time < hoursPerMonth * 3600).length / times.length;
    expect(Math.abs(hit - 0.175)).toBeLessThan(0.01);
  });

  it('never come at a rate of 0, and a bucket beyond the fifth is refused', () => {
    expect(drawTimeToNotice(randomStream(1, 'test'), 0)).toBe(Number.POSITIVE_INFINITY);
    expect(() => interruptionsPerHour(5, interruptions)).toThrow(RangeError);
  });

  it('are advised of before the notice in the stated share, by the stated time', () => {
    const notices = randomStream(1, 'notices');
    const recommendations = randomStream(1, 'recommendations');
    const drawn = Array.from(
      { length: 20_000 },
      () => drawWarning(notices, recommendations, 0.01, interruptions)!,
    );
    const early = drawn.flatMap(({ notice, recommendation }) =>
      recommendation === null ? [] : [notice - recommendation],
    );
    const { earlyShare, meanLead } = interruptions.rebalance;
    expect(Math.abs(early.length / drawn.length - earlyShare)).toBeLessThan(0.015);
    expect(Math.abs(mean(early) / meanLead - 1)).toBeLessThan(0.05);
    expect(Math.min(...early)).toBeGreaterThanOrEqual(0);
    expect(drawWarning(notices, recommendations, 0, interruptions)).toBeNull();
  });

  it('have buckets in the stated shares', () => {
    const random = randomStream(1, 'test');
    const drawn = Array.from({ length: 20_000 }, () => drawBucket(random, interruptions));
    for (const [bucket, share] of interruptions.bucketShares.entries()) {
      const got = drawn.filter((one) => one === bucket).length / drawn.length;
      expect(Math.abs(got - share)).toBeLessThan(0.015);
    }
  });
});

describe('boots', () => {
  it('have the stated median and p90, and fail at the stated rate', () => {
    const random = randomStream(1, 'test');
    const boots = Array.from({ length: 20_000 }, () => drawBoot(random, defaultParameters.boot));
    const ready = ascending(boots.flatMap((boot) => (boot.ready === null ? [] : [boot.ready])));
    expect(Math.abs(quantile(ready, 0.5) - 75)).toBeLessThan(2);
    expect(Math.abs(quantile(ready, 0.9) - 150)).toBeLessThan(5);
    expect(ready[0]).toBeGreaterThanOrEqual(18);
    expect(Math.abs(1 - ready.length / boots.length - 0.005)).toBeLessThan(0.002);
    for (const { inService, ready: at } of boots) if (at) expect(inService).toBeLessThanOrEqual(at);
  });
});

describe('generated spot prices', () => {
  const { spotPrices } = defaultParameters;
  const day = 86_400;
  const series = Array.from({ length: 200 }, (_, type) => {
    const place = { instanceType: `t${type}`, region: 'r', zone: `r${type}` };
    const points = [];
    for (const point of generatedSpotPrices(3, place, 1, 0, spotPrices)) {
      if (point.at > 60 * day) break;
      points.push(point);
    }
    return points;
  });

  it('start about the stated share of on-demand, and never exceed it', () => {
    const logs = series.map(([first]) => Math.log(first!.price / spotPrices.medianShareOfOnDemand));
    expect(Math.abs(mean(logs))).toBeLessThan(0.05);
    const { typeSigma, zoneSigma } = spotPrices;
    expect(Math.abs(deviation(logs) - Math.hypot(typeSigma, zoneSigma))).toBeLessThan(0.04);
    for (const { price } of series.flat()) expect(price).toBeLessThanOrEqual(1);
  });

  it('stay at on-demand when their level is above it', () => {
    const place = { instanceType: 't', region: 'r', zone: 'ra' };
    const dear = { ...spotPrices, medianShareOfOnDemand: 3 };
    expect(generatedSpotPrices(1, place, 0.5, 0, dear).next().value?.price).toBe(0.5);
  });

  it('change about as often, and move about as far, as stated', () => {
    const changes = mean(series.map((points) => points.length - 1));
    expect(Math.abs((changes * spotPrices.changeInterval) / (60 * day) - 1)).toBeLessThan(0.05);
    const steps = series.flatMap((points) =>
      points.slice(1).map(({ at, price }, index) => {
        const before = points[index]!;
        return Math.log(price / before.price) / Math.sqrt((at - before.at) / 3600);
      }),
    );
    expect(Math.abs(deviation(steps) / spotPrices.hourlyVolatility - 1)).toBeLessThan(0.1);
  });

  it('are nearer between zones of a type than between types', () => {
    const first = (instanceType: string, zone: string) => {
      const place = { instanceType, region: 'r', zone };
      return Math.log(generatedSpotPrices(3, place, 1, 0, spotPrices).next().value!.price);
    };
    const zones = Array.from({ length: 100 }, (_, zone) => first('t', `r${zone}`));
    expect(deviation(zones)).toBeLessThan(0.08);
  });
});

describe('the price at a time', () => {
  const prices = [10, 20, 30].map((at) => ({ at, price: at / 10 }));
  it.each([
    [5, 1],
    [10, 1],
    [19, 1],
    [20, 2],
    [99, 3],
  ])('%d s: %d', (time, price) => {
    expect(priceAt(prices, time)).toBe(price);
  });

  it.each([
    // 15 to 20 at 1, to 30 at 2, to 35 at 3.
    [15, 35, (5 * 1 + 10 * 2 + 5 * 3) / 20],
    [21, 29, 2],
    [10, 20, 1],
    // The first price holds before it is known.
    [0, 20, 1],
    [25, 99, (5 * 2 + 69 * 3) / 74],
  ])('on the mean from %d to %d s, weighted by time: %d', (from, to, price) => {
    expect(meanPrice(prices, from, to)).toBeCloseTo(price, 12);
  });

  it('counts by the statistic that a pool wants', () => {
    const falls = [
      { at: 0, price: 9 },
      { at: 50, price: 4 },
      { at: 90, price: 2 },
    ];
    const counted = (statistic: 'latest' | 'mean' | 'max', window: number) =>
      countedPrice(falls, { statistic, window }, 100);
    expect(counted('latest', 60)).toBe(2);
    expect(counted('max', 60)).toBe(9);
    // What held when the window began is in it.
    expect(counted('max', 49)).toBe(4);
    expect(counted('max', 10)).toBe(2);
    expect(counted('mean', 60)).toBeCloseTo((10 * 9 + 40 * 4 + 10 * 2) / 60, 12);
    expect(counted('mean', 0)).toBe(2);
    const rises = [
      { at: 0, price: 1 },
      { at: 50, price: 5 },
      { at: 99, price: 3 },
    ];
    const most = (now: number) => countedPrice(rises, { statistic: 'max', window: 60 }, now);
    expect([49, 50, 100, 158, 159].map(most)).toEqual([1, 5, 5, 5, 3]);
  });
});

describe('allocation', () => {
  const candidate = (
    instanceType: string,
    price: number,
    depth: number,
    weight = 1,
  ): Candidate => ({
    weight,
    offering: {
      instanceType,
      region: 'r',
      zone: 'ra',
      market: 'spot',
      available: depth > 0,
      depth,
      running: 0,
      virtualCpus: 4,
      quota: { limit: null, used: 0 },
      interruptionsPerHour: 0,
      prices: [{ at: 0, price }],
      seen: {
        instanceType,
        region: 'r',
        zone: 'ra',
        market: 'spot',
        price,
        priceSource: 'live',
        meanPrice: null,
        onDemandPrice: null,
        interruptionBucket: 0,
      },
    },
  });
  const name = (chosen: Candidate | null) => chosen?.offering.instanceType ?? null;
  const all = [candidate('b', 4, 100, 2), candidate('c', 1, 40), candidate('a', 2, 100)];

  it('prioritized: the first that can be had', () => {
    expect(name(allocate('prioritized', all))).toBe('b');
    expect(name(allocate('prioritized', [candidate('x', 1, 0), ...all]))).toBe('b');
  });

  it('lowest-price: per weighted unit', () => {
    expect(name(allocate('lowest-price', all))).toBe('c');
  });

  it('price-capacity-optimized: the cheapest of the deep ones, whatever the order', () => {
    expect(name(allocate('price-capacity-optimized', all))).toBe('a');
    expect(name(allocate('price-capacity-optimized', all.toReversed()))).toBe('a');
    expect(name(allocate('price-capacity-optimized', [candidate('d', 1, 60), ...all]))).toBe('d');
  });

  it('capacity-optimized: the deepest, whatever its price', () => {
    expect(name(allocate('capacity-optimized', [...all, candidate('d', 9, 101)]))).toBe('d');
    // As deep as another: by name, whatever the order.
    expect(name(allocate('capacity-optimized', all))).toBe('a');
    expect(name(allocate('capacity-optimized', all.toReversed()))).toBe('a');
  });

  it('capacity-optimized-prioritized: the first of the deep ones', () => {
    expect(name(allocate('capacity-optimized-prioritized', all))).toBe('b');
    expect(name(allocate('capacity-optimized-prioritized', all.toReversed()))).toBe('a');
    const shallow = candidate('x', 1, 49);
    expect(name(allocate('capacity-optimized-prioritized', [shallow, ...all]))).toBe('b');
  });

  it('nothing where nothing can be had', () => {
    for (const strategy of ['capacity-optimized', 'capacity-optimized-prioritized'] as const) {
      expect(allocate(strategy, [candidate('x', 1, 0)])).toBeNull();
    }
    expect(allocate('price-capacity-optimized', [candidate('x', 1, 0)])).toBeNull();
    expect(allocate('prioritized', [])).toBeNull();
  });
});
