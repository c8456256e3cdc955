/** One row or more for each rule of what is launched: price, caps, memory, markets, utility. */
import { describe, expect, it } from 'vitest';
import type { MarketPolicy } from '../../pool/pool.ts';
import { decide } from '../../scaler/decide/decide.ts';
import type { Memory } from '../../scaler/decide/memory.ts';
import type { Observation } from '../../scaler/decide/observation.ts';
import type { Case } from './deciding.ts';
import {
  aChoice,
  aGroup,
  aGroupOf,
  aMemory,
  anObservation,
  anOffering,
  anOnDemandGroup,
  anOnDemandOffering,
  aPool,
  aPriceCap,
  aSpotMarket,
  busyWorkers,
  known,
  longTasks,
  now,
  workers,
} from './situations.ts';

function decideOn(seen: Partial<Observation>, { pool = aPool(), memory = aMemory() }: Case = {}) {
  return decide(pool, anObservation({ queue: known(10), ...seen }), memory);
}

type Made = ReturnType<typeof decide>;

function overrides({ decision }: Made): readonly string[] {
  return decision.groups[0]!.overrides?.map(({ instanceType }) => instanceType) ?? [];
}

function desired({ decision }: Made): readonly number[] {
  return decision.groups.map(({ desiredCapacity }) => desiredCapacity);
}

function estimate(mean: number) {
  return { mean, deviation: 0, samples: 20 };
}

const two = [aChoice({ type: 'a.large' }), aChoice({ type: 'b.large' })];

describe('price per utility', () => {
  it('is USD per unit of work: disk, boots and lost work included', () => {
    const pool = aPool({ instances: [aChoice({ utility: 2 })] });
    const made = decideOn({ offerings: [anOffering({ price: 0.2 })] }, { pool });
    const [chosen] = made.decision.reasons.filter(({ kind }) => kind === 'offering-chosen');
    // Disk: 20 GiB x 0.08 / 730 = 0.00219. (0.20219 / 2) x (1 + 120 / 3600) = 0.104466. Interrupted
    // in 7.5 % of months: 2.97e-8 a second x (300 + 120) s = 1.25e-5 more.
    expect(chosen).toMatchObject({ price: 0.2, pricePerUtility: 0.1 });
    expect((chosen as { cost: number }).cost).toBeCloseTo(0.104467, 6);
  });

  it('takes the discount of on-demand off', () => {
    const [a, b] = two;
    const pool = aPool({
      instances: [{ ...a!, onDemandDiscount: 0.5 }, b!],
      market: { kind: 'on-demand' },
    });
    const offerings = [
      anOnDemandOffering({ instanceType: 'a.large', price: 0.3 }),
      anOnDemandOffering({ instanceType: 'b.large', price: 0.16 }),
    ];
    const groups = [anOnDemandGroup()];
    expect(overrides(decideOn({ offerings, groups }, { pool }))).toEqual(['a.large', 'b.large']);
  });

  it.each([
    // b: 0.15 / 0.1 - 1 is more than the 30 % of a spare.
    ['the cheapest alone', 0.14, ['a.large']],
    ['and a spare within 30 %', 0.12, ['a.large', 'b.large']],
    ['in the order of their prices', 0.09, ['b.large', 'a.large']],
  ])('%s', (_, price, types) => {
    const offerings = [
      anOffering({ instanceType: 'a.large', price: 0.1 }),
      anOffering({ instanceType: 'b.large', price }),
    ];
    expect(overrides(decideOn({ offerings }, { pool: aPool({ instances: two }) }))).toEqual(types);
  });

  it.each([
    // With 20 GiB of disk, 0.0022 USD an hour: 0.105 is 4.9 % more than 0.1, and 0.106 is 5.9 %.
    ['group', [0.1, 0.102, 0.105], 3],
    ['group', [0.1, 0.102, 0.106], 2],
    // What could not start in a named zone is known at once, so no spare is needed.
    ['cheapest', [0.1, 0.105], 2],
    ['cheapest', [0.1, 0.106], 1],
    ['group', [0.1, 0.106], 2],
  ] as const)('zones by %s, at %j USD/h: %i types', (zones, prices, count) => {
    const names = prices.map((_, index) => `t${index}.large`);
    const pool = aPool({
      instances: names.map((type) => aChoice({ type })),
      placement: { zones, regionShare: 1, zoneShare: 1 },
    });
    const offerings = names.map((instanceType, index) =>
      anOffering({ instanceType, price: prices[index]! }),
    );
    expect(overrides(decideOn({ offerings }, { pool }))).toEqual(names.slice(0, count));
  });
});

describe('price caps', () => {
  it.each([
    // The cap is min(1.15 x 0.2, 0.3) = 0.23 an instance, and two slots share it.
    ['the mean of a day x a multiplier', 0.22, 0.115],
    ['above it', 0.24, null],
  ])('%s', (_, price, spotMaxPrice) => {
    const pool = aPool({
      instances: [aChoice({ capacity: 2, utility: 2 })],
      market: aSpotMarket({ price: aPriceCap({ maxPrice: 0.3, priceMultiplier: 1.15 }) }),
    });
    const made = decideOn({ offerings: [anOffering({ price, meanPrice: 0.2 })] }, { pool });
    const [group] = made.decision.groups;
    expect(group!.spotMaxPrice).toBe(spotMaxPrice);
    expect(group!.desiredCapacity).toBe(spotMaxPrice === null ? 0 : 10);
  });

  it('none is set where none is declared', () => {
    expect(decideOn({}).decision.groups[0]).toMatchObject({ spotMaxPrice: null });
  });

  const bid = (minPrice: number, maxPrice: number): MarketPolicy =>
    aSpotMarket({ price: { kind: 'bid', minPrice, maxPrice }, onDemandAfter: null });
  const instances = [
    aChoice({ type: 'type1', utility: 1, capacity: 1 }),
    aChoice({ type: 'type2', utility: 2, capacity: 2 }),
  ];
  const in_ = (region: string, instanceType: string, zone: string, price: number) =>
    anOffering({ region, instanceType, zone, price });
  const r1 = [
    in_('r1', 'type1', 'z1', 5),
    in_('r1', 'type1', 'z2', 6),
    in_('r1', 'type2', 'z2', 3),
  ];
  const r2 = [in_('r2', 'type2', 'z3', 2)];

  // Bids are USD for an instance; AWS reads them per slot, of which type2 has two.
  it.each([
    ['twice the price of the cheapest', bid(0, 6), r1, 'r1', 6 / 2],
    ['in the cheaper of two regions', bid(0, 6), [...r1, ...r2], 'r2', 4 / 2],
    ['the minimum price / utility instead', bid(8, 10), r2, 'r2', 4 / 2],
    ['none above the maximum price per utility', bid(0, 0.9), r2, null, null],
  ] as const)('bid of the Taskcluster provisioner: %s', (_, market, offerings, region, price) => {
    const pool = aPool({ regions: ['r1', 'r2'], instances, market });
    const groups = ['r1', 'r2'].map((name) => aGroup({ region: name }));
    const { decision } = decideOn({ offerings, groups, queue: known(2) }, { pool });
    const launched = decision.groups.filter(({ addedSlots }) => addedSlots > 0);
    expect(launched.map((group) => group.region)).toEqual(region === null ? [] : [region]);
    if (region === null) return;
    expect(launched[0]).toMatchObject({ addedSlots: 2, spotMaxPrice: price });
    expect(launched[0]!.overrides).toEqual([{ instanceType: 'type2', weight: 2 }]);
  });
});

describe('memory of offerings', () => {
  const offerings = [
    anOffering({ instanceType: 'a.large', price: 0.1 }),
    anOffering({ instanceType: 'a.large', price: 0.2, zone: 'eu-west-1b' }),
    anOffering({ instanceType: 'b.large', price: 0.18 }),
  ];
  const pool = aPool({ instances: two });
  const key = 'eu-west-1/spot/a.large/eu-west-1a';
  const refusal = { cause: 'no-capacity', at: now - 60, until: now + 120, times: 1 } as const;

  it('a refusal in one zone leaves the price of the others', () => {
    // a: (0.1 + 0.2) / 2 = 0.15 before; 0.2 once the cheap zone is out.
    expect(overrides(decideOn({ offerings }, { pool }))).toEqual(['a.large', 'b.large']);
    const memory = aMemory({ refusals: { [key]: refusal } });
    const made = decideOn({ offerings }, { pool, memory });
    expect(overrides(made)).toEqual(['b.large', 'a.large']);
    expect(made.decision.reasons).toContainEqual(
      expect.objectContaining({ kind: 'offering-chosen', instanceType: 'a.large', price: 0.2 }),
    );
  });

  it('ends when the offering delivers', () => {
    const memory = aMemory({ refusals: { [key]: refusal } });
    const came = busyWorkers(1, { instanceType: 'a.large', launchedAt: now - 20 });
    const made = decideOn({ offerings, groups: [aGroupOf(came)] }, { pool, memory });
    expect(made.memory.refusals).toEqual({});
  });
});

describe('spot and on-demand', () => {
  const groups = [aGroup(), anOnDemandGroup()];
  const offerings = [anOffering(), anOnDemandOffering()];

  it('share what is above the on-demand base', () => {
    // 2 + a quarter of the other 8.
    const market = aSpotMarket({ onDemandBase: 2, onDemandShare: 0.25 });
    const made = decideOn({ groups, offerings }, { pool: aPool({ market }) });
    expect(desired(made)).toEqual([6, 4]);
    expect(made.decision.reasons).toContainEqual({ kind: 'on-demand-share', slots: 4 });
  });

  it('count the on-demand slots that are there', () => {
    const market = aSpotMarket({ onDemandBase: 2 });
    const there = [aGroup(), anOnDemandGroup({ desiredCapacity: 2, workers: busyWorkers(2) })];
    const memory = aMemory({ claimed: 2, taskDuration: longTasks });
    const seen = { groups: there, offerings, queue: known(5, 2) };
    expect(desired(decideOn(seen, { pool: aPool({ market }), memory }))).toEqual([5, 2]);
  });

  it('do not count a worker that never came for the on-demand base', () => {
    const market = aSpotMarket({ onDemandBase: 2 });
    const missing = workers(2, { launchedAt: now - 1_201 });
    const there = [aGroup(), anOnDemandGroup({ desiredCapacity: 2, workers: missing })];
    const seen = { groups: there, offerings, queue: known(4) };
    const made = decideOn(seen, { pool: aPool({ market }) });
    expect(made.decision.terminate).toHaveLength(2);
    expect(desired(made)).toEqual([2, 2]);
  });

  it('what on-demand has no room for stays asked of spot', () => {
    const memory = aMemory({
      spotDelivery: { waitingSince: now - 300, onDemandUntil: null, times: 0 },
    });
    const asked = [aGroup({ desiredCapacity: 10 }), anOnDemandGroup({ max: 4 })];
    expect(desired(decideOn({ groups: asked, offerings }, { memory }))).toEqual([6, 4]);
  });

  it('what stands in is no way around a limit on launches', () => {
    const memory = aMemory({
      spotDelivery: { waitingSince: now - 300, onDemandUntil: null, times: 0 },
    });
    const asked = [aGroup({ desiredCapacity: 10 }), anOnDemandGroup()];
    const made = decideOn({ groups: asked, offerings, allowance: 3 }, { memory });
    expect(desired(made)).toEqual([7, 3]);
  });

  it('a minimum that AWS keeps on spot is moved once, not again each time', () => {
    const pool = aPool({ capacity: { min: 2, max: 10 } });
    const memory = aMemory({
      spotDelivery: { waitingSince: null, onDemandUntil: now + 300, times: 1 },
    });
    const asked = [
      aGroup({ desiredCapacity: 2, min: 2 }),
      anOnDemandGroup({ desiredCapacity: 2, workers: busyWorkers(2) }),
    ];
    const queue = { status: 'unknown', error: 'timed out' } as const;
    expect(desired(decideOn({ groups: asked, offerings, queue }, { pool, memory }))).toEqual([
      2, 2,
    ]);
  });
});

describe('learned utility', () => {
  const known20 = (a: number, b: number): Memory['learnedUtility'] => ({
    'a.large': { taskDuration: estimate(a), factor: 1 },
    'b.large': { taskDuration: estimate(b), factor: 1 },
  });
  const finish = (count: number, learnUtility: boolean) => {
    const pool = aPool({ instances: two, learnUtility });
    const finishedTasks = new Array(count).fill({ instanceType: 'b.large', duration: 900 });
    const memory = aMemory({ learnedUtility: known20(300, 900) });
    return decideOn({ finishedTasks }, { pool, memory }).memory.learnedUtility['b.large']!.factor;
  };

  it('moves by 2 % a task at most, and only where the pool asks for it', () => {
    // Tasks take 600 s on the mean of both types and 900 s on b: it is worth 0.667 of what is said.
    expect(finish(1, true)).toBeCloseTo(1 / 1.02, 12);
    expect(finish(3, true)).toBeCloseTo(1 / 1.02 ** 3, 12);
    expect(finish(500, true)).toBeCloseTo(600 / 900, 6);
    expect(finish(500, false)).toBe(1);
  });

  it('never makes more of it than a factor of two', () => {
    const pool = aPool({ instances: two, learnUtility: true });
    const finishedTasks = new Array(500).fill({ instanceType: 'b.large', duration: 90_000 });
    const memory = aMemory({ learnedUtility: known20(300, 90_000) });
    const { learnedUtility } = decideOn({ finishedTasks }, { pool, memory }).memory;
    // Half of the mean of both would be 0.5017; the bound is 0.5.
    expect(learnedUtility['b.large']!.factor).toBeGreaterThanOrEqual(0.5);
    const slow = new Array(500).fill({ instanceType: 'a.large', duration: 300 });
    const other = decideOn({ finishedTasks: slow }, { pool, memory }).memory.learnedUtility;
    expect(other['a.large']!.factor).toBe(2);
  });
});
