/** A simulated group by itself, with the calls that no scaler makes. */
import type { Fleet } from '../../pool/pool.ts';
import type { SimulatedGroup } from '../../sim/group.ts';
import type { LifecycleHook } from '../../sim/lifecycle.ts';
import type { SimulationParameters } from '../../sim/parameters.ts';
import type { Simulation } from '../../sim/simulation.ts';
import { aFleet, aSimulation, certain, group, runUntil } from './small-world.ts';

export interface GroupInWorld {
  readonly simulation: Simulation;
  readonly group: SimulatedGroup;
  readonly runUntil: (offset: number) => Promise<void>;
}

/** With overrides of weight 1 only, unless a test sets others. */
export async function aGroup(
  change: Partial<SimulationParameters> = {},
  fleet: Fleet = aFleet(),
): Promise<GroupInWorld> {
  const simulation = aSimulation({ fleet, parameters: { ...certain, ...change } });
  const found = simulation.clouds[0]!.group(group)!;
  found.setOverrides([{ instanceType: 'c6i.xlarge', weight: 1 }], null);
  return { simulation, group: found, runUntil: (offset) => runUntil(simulation, offset) };
}

/** A launching hook of 300 s, by default. */
export function hook(change: Partial<LifecycleHook> = {}): LifecycleHook {
  const transition = 'launching' as const;
  return { name: 'setup', transition, heartbeatTimeout: 300, defaultResult: 'ABANDON', ...change };
}

/** Of each instance of the group, in order of launch. */
export const states = ({ group: of }: GroupInWorld) =>
  of.instances.map(({ lifecycleState }) => lifecycleState);
