import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide } from '../../scaler/decide/decide.ts';
import type { Observation } from '../../scaler/decide/observation.ts';
import { rankOfferings } from '../../scaler/decide/ranking.ts';
import { anyOffering, anyStory, memoryOf, type Story } from './arbitraries.ts';
import { runs, unhurried } from './arbitrary-pool.ts';
import { aMemory, anObservation, aPool, now } from './situations.ts';

const anyOrder = (story: Story): fc.Arbitrary<Observation> => {
  const { observation } = story;
  const shuffled = <T>(items: readonly T[]) =>
    fc.shuffledSubarray([...items], { minLength: items.length });
  const groups = observation.groups.map((group) =>
    shuffled(group.workers).map((workers) => ({ ...group, workers })),
  );
  return fc
    .record({
      groups: fc.tuple(...groups).chain(shuffled),
      offerings: shuffled(observation.offerings),
      unreachableRegions: shuffled(observation.unreachableRegions),
    })
    .map((change) => ({ ...observation, ...change }));
};

/** Lists in one order, whatever order they came in. */
function inOneOrder(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value;
  if (!Array.isArray(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, of]) => [key, inOneOrder(of)]));
  }
  const keyed = value.map(inOneOrder).map((item) => ({ item, key: keyOf(item) }));
  return keyed.sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ item }) => item);
}

/** Sums depend on their order in the last digits, so fractions do not count here. */
function keyOf(value: unknown): string {
  return JSON.stringify(value, (_, of) =>
    typeof of === 'number' && !Number.isInteger(of) ? 'fraction' : of,
  );
}

function nearlySame(a: unknown, b: unknown): boolean | undefined {
  if (typeof a !== 'number' || typeof b !== 'number') return undefined;
  return Object.is(a, b) || Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b));
}
expect.addEqualityTesters([nearlySame]);

describe('order', unhurried, () => {
  it('of groups, workers, offerings, regions and types changes no decision', () => {
    const both = anyStory.chain((story) =>
      fc.record({
        story: fc.constant(story),
        other: anyOrder(story),
        regions: fc.shuffledSubarray([...story.pool.regions], {
          minLength: story.pool.regions.length,
        }),
        instances: fc.shuffledSubarray([...story.pool.instances], {
          minLength: story.pool.instances.length,
        }),
      }),
    );
    fc.assert(
      fc.property(both, ({ story, other, regions, instances }) => {
        const memory = memoryOf(story);
        const one = decide(story.pool, story.observation, memory);
        const two = decide({ ...story.pool, regions, instances }, other, memory);
        expect(inOneOrder(two)).toEqual(inOneOrder(one));
        // The order of overrides is what on-demand groups launch by.
        const overrides = ({ decision: { groups } }: typeof one) =>
          Object.fromEntries(groups.map((group) => [group.region + group.name, group.overrides]));
        expect(overrides(two)).toEqual(overrides(one));
      }),
      runs,
    );
  });

  it('of the zones of a type changes nothing about what each of them costs', () => {
    const zones = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), { minLength: 2 });
    const offerings = zones.chain((names) =>
      fc.tuple(...names.map((zone) => anyOffering.map((one) => ({ ...one, zone })))),
    );
    const ofOneType = offerings.map((list) =>
      list.map((one) => ({ ...one, instanceType: 'c6i.xlarge', region: 'eu-west-1' })),
    );
    const watched = fc.option(fc.record({ watched: fc.nat(1e7), interruptions: fc.nat(100) }));
    fc.assert(
      fc.property(ofOneType, watched, (list, record) => {
        const seen = record && { ...record, at: now, latest: [] };
        const interruptions = seen ? { 'eu-west-1': { 'c6i.xlarge': seen } } : {};
        const costs = (inOrder: typeof list) => {
          const memory = aMemory({ interruptions });
          const { ranked } = rankOfferings(aPool(), anObservation({ offerings: inOrder }), memory);
          return Object.fromEntries(
            ranked.map(({ offering, cost }) => [offering.zone + offering.market, cost]),
          );
        };
        expect(costs(list.toReversed())).toEqual(costs(list));
      }),
      runs,
    );
  });
});
