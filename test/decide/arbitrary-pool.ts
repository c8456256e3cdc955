/** Any pool that the schemas admit, for the properties of the decision. */
import fc from 'fast-check';
import type { InstanceChoice, MarketPolicy, ScalingRule } from '../../pool/pool.ts';
import type { PoolPolicy } from '../../scaler/decide/observation.ts';

export const regions = ['eu-west-1', 'us-east-1', 'ap-south-1'] as const;
export const types = ['c6i.large', 'c6i.xlarge', 'c7g.xlarge', 'm6a.4xlarge'] as const;
export const markets = ['spot', 'on-demand'] as const;

export const runs = { numRuns: 1_000 };

/** For a machine that is busy with other things: a thousand runs take a few seconds. */
export const unhurried = { timeout: 120_000 };

/** Now and then the bounds, else anything between. */
export function seconds(max: number): fc.Arbitrary<number> {
  return fc.oneof(fc.nat(max), fc.double({ min: 0, max, noNaN: true }), fc.constantFrom(0, max));
}

export const usd = fc.double({ min: 0.001, max: 5, noNaN: true });

/** What a price may be, however wrong. */
export const badPrice = fc.constantFrom(
  null,
  0,
  -0,
  -0.1,
  -1e9,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
);
export const anyPrice = fc.oneof({ weight: 6, arbitrary: usd }, { weight: 1, arbitrary: badPrice });

const anyMarket: fc.Arbitrary<MarketPolicy> = fc.oneof(
  fc.constant({ kind: 'on-demand' as const }),
  fc.record({
    kind: fc.constant('spot' as const),
    price: fc.oneof(
      fc.record({
        kind: fc.constant('cap' as const),
        maxPrice: fc.option(usd),
        priceMultiplier: fc.option(fc.double({ min: 0.5, max: 3, noNaN: true })),
        maxPricePerUtility: fc.option(usd),
        aboveOnDemand: fc.boolean(),
      }),
      fc.record({
        kind: fc.constant('bid' as const),
        minPrice: fc.oneof(fc.constant(0), usd),
        maxPrice: usd,
      }),
    ),
    priceHistory: fc.record({
      statistic: fc.constantFrom('latest', 'mean', 'max'),
      window: seconds(3_600),
      product: fc.constant('Linux/UNIX'),
    }),
    onDemandAfter: fc.option(seconds(900)),
    onDemandBase: fc.oneof(fc.constant(0), fc.nat(10)),
    onDemandShare: fc.oneof(fc.constantFrom(0, 1), fc.double({ min: 0, max: 1, noNaN: true })),
  }),
);

const anyScaling: fc.Arbitrary<ScalingRule> = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ kind: 'wait' as const }) },
  fc.record({
    kind: fc.constant('ratio' as const),
    ratio: fc.double({ min: -1, max: 1, noNaN: true }),
  }),
  fc.constant({ kind: 'task' as const }),
  fc.record({ kind: fc.constant('fixed' as const), slots: fc.nat(30) }),
  fc.constant({ kind: 'schedule' as const }),
);

const anyChoice = (type: string): fc.Arbitrary<InstanceChoice> =>
  fc.record({
    type: fc.constant(type),
    architecture: fc.constantFrom('x86_64', 'arm64'),
    capacity: fc.oneof(fc.integer({ min: 1, max: 8 }), fc.constant(999)),
    utility: fc.double({ min: 0.1, max: 10, noNaN: true }),
    maxPrice: fc.option(usd, { freq: 4 }),
    onDemandDiscount: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 0.9, noNaN: true })),
  });

const anyBreaker = fc.record({
  count: fc.integer({ min: 1, max: 4 }),
  within: seconds(3_600),
  pause: seconds(3_600),
});

export const anyPool: fc.Arbitrary<PoolPolicy> = fc.record({
  name: fc.constant('linux'),
  regions: fc.subarray([...regions], { minLength: 1 }),
  heartbeats: fc.boolean(),
  capacity: fc
    .tuple(fc.oneof(fc.constant(0), fc.nat(10)), fc.oneof(fc.nat(60), fc.constant(10_000)))
    .map(([min, more]) => ({ min, max: Math.min(10_000, min + more) })),
  wait: seconds(900),
  instances: fc
    .subarray([...types], { minLength: 1 })
    .chain((chosen) => fc.tuple(...chosen.map(anyChoice))),
  market: anyMarket,
  lifecycle: fc.record({
    idle: fc.oneof(fc.constant('auto' as const), seconds(600)),
    drain: seconds(900),
    missingAfter: seconds(1_200),
    maxLifetime: fc.oneof(seconds(7_200), fc.constant(345_600)),
  }),
  scaling: anyScaling,
  buffer: fc.oneof(fc.constant(0), fc.nat(5)),
  coldStart: fc.oneof(fc.constant(0), seconds(300)),
  placement: fc.record({
    zones: fc.constantFrom('group', 'cheapest'),
    regionShare: fc.oneof(fc.constant(1), fc.double({ min: 0.01, max: 1, noNaN: true })),
    zoneShare: fc.oneof(fc.constant(0.7), fc.double({ min: 0.01, max: 1, noNaN: true })),
  }),
  breakers: fc.record({ interruptions: anyBreaker, boots: anyBreaker }),
  budget: fc.option(
    fc.record({
      usd: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 2, noNaN: true })),
      per: fc.constantFrom('day', 'month'),
      alertAt: fc.double({ min: 0.01, max: 1, noNaN: true }),
      cap: fc.boolean(),
    }),
    { freq: 3 },
  ),
  paused: fc.oneof({ weight: 6, arbitrary: fc.constant(false) }, fc.boolean()),
  learnUtility: fc.boolean(),
  disk: fc.record({
    root: fc.integer({ min: 1, max: 200 }),
    data: fc.option(fc.integer({ min: 1, max: 500 })),
  }),
});

/** A worker's place, which it keeps. */
