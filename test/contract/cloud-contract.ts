/**
 * What the scaler relies on of any cloud behind its ports, stated once. `describeCloud` tries it on one
 * kind of world; what that world is known not to be faithful for is data, with the reason, and is tried
 * too: a case that begins to hold must leave the list.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { casesOfCalls } from './cases-of-calls.ts';
import { casesOfGroups } from './cases-of-groups.ts';
import { casesOfInstances } from './cases-of-instances.ts';
import { casesOfLaunches } from './cases-of-launches.ts';
import type { ContractCase } from './contract-case.ts';
import type { ContractWorld } from './contract-world.ts';

/** Cases by name that a kind of world is not faithful for. */
export type Departures = Readonly<Record<string, Departure>>;

export interface Departure {
  readonly reason: string;
  /** Shows what the world does instead. */
  readonly shows: ContractCase['run'];
}

export const contractCases: readonly ContractCase[] = [
  ...casesOfGroups,
  ...casesOfInstances,
  ...casesOfLaunches,
  ...casesOfCalls,
];

/** Tries every case on worlds of one kind, each on a world of its own. */
export function describeCloud(
  kind: string,
  open: () => Promise<ContractWorld>,
  departures: Departures = {},
): void {
  describe(kind, () => {
    let world: ContractWorld;
    beforeEach(async () => {
      world = await open();
    });
    afterEach(() => world.stop());

    for (const { name, run } of contractCases) {
      const departure = departures[name];
      if (departure === undefined) {
        it(name, () => run(world));
        continue;
      }
      const { reason, shows } = departure;
      it(`departs: ${name} (${reason})`, () => expect(run(world)).rejects.toThrow());
      it(`instead of "${name}": ${reason}`, () => shows(world));
    }

    it('departs from no case that is not there', () => {
      const names = contractCases.map(({ name }) => name);
      expect(names).toEqual(expect.arrayContaining(Object.keys(departures)));
      expect(new Set(names).size).toBe(names.length);
    });
  });
}
