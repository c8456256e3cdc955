import type { MarketName } from '../pool/names.ts';
import type { Pool } from '../pool/pool.ts';
import type { Gibibytes, Seconds, Slots } from '../pool/units.ts';
import type { Override } from '../scaler/decide/observation.ts';
import type { AllocationStrategy } from './allocation.ts';
import type { LifecycleHook } from './lifecycle.ts';

/** Processes of a group whose suspension means something here (Auto Scaling user guide, "Suspend and resume"). */
export type ScalingProcess =
  | 'Launch'
  | 'Terminate'
  | 'HealthCheck'
  | 'ReplaceUnhealthy'
  | 'AZRebalance';

/** What a group is by declaration: Terraform's part of it, and what the scaler finds when it first looks. */
export interface GroupDeclaration {
  readonly name: string;
  readonly region: string;
  readonly zones: readonly string[];
  /** Whose workers its instances are; null: no pool's that the simulation knows of. */
  readonly pool: Pool | null;
  readonly market: MarketName;
  readonly min: Slots;
  readonly max: Slots;
  readonly overrides: readonly Override[];
  readonly allocation: AllocationStrategy;
  /** New instances are protected from scale-in, so lowering the desired capacity ends none of them. */
  readonly protectedFromScaleIn: boolean;
  readonly hooks: readonly LifecycleHook[];
  readonly suspendedProcesses: readonly ScalingProcess[];
  /** After a scaling activity; heeded by calls that honour it alone. */
  readonly defaultCooldown: Seconds;
  /** Disks of an instance. */
  readonly disk: Gibibytes;
}

/** What an update of the group may change. */
export type GroupChange = Partial<
  Omit<GroupDeclaration, 'name' | 'region' | 'pool' | 'overrides' | 'hooks' | 'suspendedProcesses'>
>;
