import type { ContractWorld } from './contract-world.ts';
import { group, never, one, theGroup, zones } from './contract-world.ts';

export interface ContractCase {
  readonly name: string;
  readonly run: (world: ContractWorld) => Promise<void>;
}

/** As every cloud says that it will not do something. */
export const refused = { name: 'CloudError', kind: 'refused' };

export const overrides = (world: ContractWorld, change: object): Promise<void> =>
  world.cloud.setOverrides({ group, overrides: [one], spotMaxPrice: null, ...change }, never);

export const desire = (world: ContractWorld, desired: number): Promise<void> =>
  world.cloud.setDesiredCapacity(group, desired, never);

export const launch = (world: ContractWorld, change: object = {}): Promise<number> =>
  world.cloud.launch({ group, zone: zones[0], slots: 2, token: 'first', ...change }, never);

/** Of the group's instances, sorted. */
export async function idsOf(world: ContractWorld): Promise<readonly string[]> {
  return (await theGroup(world)).workers.map(({ instanceId }) => instanceId).sort();
}

/** Asks for so much, and lets it come about. */
export async function grown(world: ContractWorld, desired: number): Promise<void> {
  await theGroup(world);
  await desire(world, desired);
  await world.settle();
}
