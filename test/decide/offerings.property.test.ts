import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide } from '../../scaler/decide/decide.ts';
import { emptyMemory } from '../../scaler/decide/empty-memory.ts';
import type { Offering, PoolPolicy } from '../../scaler/decide/observation.ts';
import { judgeOfferings } from '../../scaler/decide/offerings.ts';
import { rankTypes } from '../../scaler/decide/overrides.ts';
import { rankOfferings } from '../../scaler/decide/ranking.ts';
import { anyStory, memoryOf } from './arbitraries.ts';
import { badPrice, runs, unhurried } from './arbitrary-pool.ts';

/** The old bid is no monotone rule: below its minimum price it may fall under the price itself. */
function isMonotone({ market }: PoolPolicy): boolean {
  return market.kind === 'on-demand' || market.price.kind === 'cap' || market.price.minPrice === 0;
}

function mayUse({ market }: PoolPolicy, { market: of }: Offering): boolean {
  if (market.kind === 'on-demand') return of === 'on-demand';
  const { onDemandAfter, onDemandBase, onDemandShare } = market;
  if (of === 'spot') return onDemandShare < 1;
  return onDemandAfter !== null || onDemandBase > 0 || onDemandShare > 0;
}

const isPrice = (price: number | null) => price !== null && price > 0 && Number.isFinite(price);
const share = fc.double({ min: 0.01, max: 1, noNaN: true });

describe('ranking', unhurried, () => {
  it('a cheaper price never demotes an offering', () => {
    fc.assert(
      fc.property(anyStory, fc.nat(40), share, (story, pick, factor) => {
        const { pool, observation } = story;
        fc.pre(isMonotone(pool));
        const memory = memoryOf(story) ?? emptyMemory;
        const { ranked } = rankOfferings(pool, observation, memory);
        fc.pre(ranked.length > 0);
        const place = pick % ranked.length;
        const { offering } = ranked[place]!;
        const cheaper = { ...offering, price: offering.price! * factor };
        const offerings = observation.offerings.map((one) => (one === offering ? cheaper : one));
        const after = rankOfferings(pool, { ...observation, offerings }, memory).ranked;
        const placeAfter = after.findIndex((one) => one.offering === cheaper);
        expect(placeAfter).toBeGreaterThanOrEqual(0);
        expect(placeAfter).toBeLessThanOrEqual(place);
      }),
      runs,
    );
  });

  it('a higher utility never demotes an offering', () => {
    fc.assert(
      fc.property(anyStory, fc.nat(40), share, (story, pick, factor) => {
        const { pool, observation } = story;
        fc.pre(isMonotone(pool));
        const memory = memoryOf(story) ?? emptyMemory;
        const { ranked } = rankOfferings(pool, observation, memory);
        fc.pre(ranked.length > 0);
        const { offering, choice } = ranked[pick % ranked.length]!;
        const instances = pool.instances.map((one) =>
          one === choice ? { ...one, utility: one.utility / factor } : one,
        );
        const better = rankOfferings({ ...pool, instances }, observation, memory).ranked;
        const othersAhead = (list: typeof ranked) => {
          const place = list.findIndex((one) => one.offering === offering);
          expect(place).toBeGreaterThanOrEqual(0);
          return list
            .slice(0, place)
            .filter((one) => one.offering.instanceType !== offering.instanceType).length;
        };
        expect(othersAhead(better)).toBeLessThanOrEqual(othersAhead(ranked));
      }),
      runs,
    );
  });

  it('a type that is cheaper in all zones of a group is never behind one it was ahead of', () => {
    fc.assert(
      fc.property(anyStory, fc.nat(40), share, (story, pick, factor) => {
        const { pool, observation } = story;
        fc.pre(isMonotone(pool));
        const memory = memoryOf(story) ?? emptyMemory;
        const { ranked } = rankOfferings(pool, observation, memory);
        fc.pre(ranked.length > 0);
        const { instanceType, region, market } = ranked[pick % ranked.length]!.offering;
        const isIt = (one: Offering) =>
          one.instanceType === instanceType && one.region === region && one.market === market;
        // One that had no usable price stays so: a dear zone that becomes usable changes the mean.
        const usable = new Set(ranked.map(({ offering }) => offering));
        const offerings = observation.offerings.map((one) =>
          isIt(one) && usable.has(one) ? { ...one, price: one.price! * factor } : one,
        );
        const order = (list: readonly Offering[]) => {
          const basis = { pool, memory, at: observation.at };
          const table = judgeOfferings(basis, { ...observation, offerings: list });
          return rankTypes(table, { region, market }).map(({ of }) => of.choice.type);
        };
        const before = order(observation.offerings);
        const after = order(offerings);
        const ahead = (list: readonly string[]) => list.slice(0, list.indexOf(instanceType));
        for (const other of ahead(after)) expect(ahead(before)).toContain(other);
      }),
      runs,
    );
  });
});

describe('missing and impossible prices', unhurried, () => {
  it('are never chosen, and each is counted', () => {
    fc.assert(
      fc.property(anyStory, fc.infiniteStream(badPrice), fc.nat(3), (story, bad, pick) => {
        const { pool, before } = story;
        const without = pool.instances[pick % pool.instances.length]!.type;
        const offerings = story.observation.offerings.map((one) =>
          one.instanceType === without ? { ...one, price: bad.next().value } : one,
        );
        const observation = { ...story.observation, offerings };
        const { decision } = decide(pool, observation, memoryOf({ pool, before }));
        const named = decision.groups.flatMap(({ overrides }) => overrides ?? []);
        expect(named.map(({ instanceType }) => instanceType)).not.toContain(without);
        const chosen = decision.reasons.filter(({ kind }) => kind === 'offering-chosen');
        for (const reason of chosen) {
          expect(reason).toMatchObject({
            price: expect.toSatisfy(isPrice),
            pricePerUtility: expect.toSatisfy(isPrice),
            cost: expect.toSatisfy(isPrice),
          });
        }
        const types = new Set(pool.instances.map(({ type }) => type));
        const unpriced = offerings.filter(
          (one) => types.has(one.instanceType) && mayUse(pool, one) && !isPrice(one.price),
        );
        const counted = decision.reasons.flatMap((reason) =>
          reason.kind === 'offering-rejected' && reason.because === 'no-price'
            ? [reason.offerings]
            : [],
        );
        expect(counted).toEqual(unpriced.length === 0 ? [] : [unpriced.length]);
      }),
      runs,
    );
  });

  it('a group names only types that have a usable offering there', () => {
    fc.assert(
      fc.property(anyStory, (story) => {
        const { pool, observation } = story;
        const { decision, memory } = decide(pool, observation, memoryOf(story));
        const { ranked } = rankOfferings(pool, observation, memory);
        for (const { overrides, region, market } of decision.groups) {
          for (const { instanceType } of overrides ?? []) {
            const usable = ranked.some(
              ({ offering: one }) =>
                one.instanceType === instanceType && one.region === region && one.market === market,
            );
            expect(usable).toBe(true);
          }
        }
      }),
      runs,
    );
  });

  it('every offering of the pool is either usable or rejected for a reason', () => {
    fc.assert(
      fc.property(anyStory, (story) => {
        const { pool, observation } = story;
        const { decision, memory } = decide(pool, observation, memoryOf(story));
        const types = new Set(pool.instances.map(({ type }) => type));
        const own = observation.offerings.filter(({ instanceType }) => types.has(instanceType));
        const rejected = decision.reasons.reduce(
          (sum, reason) => sum + (reason.kind === 'offering-rejected' ? reason.offerings : 0),
          0,
        );
        const { ranked } = rankOfferings(pool, observation, memory);
        expect(ranked.length + rejected).toBe(own.length);
      }),
      runs,
    );
  });
});
