import type { Gibibytes, Seconds, UsdPerHour, Utility } from '../../pool/units.ts';

/**
 * gp3 storage, USD per GiB-month over the hours of a month, in us-east-1 (AWS, "Amazon EBS pricing",
 * 2024). Other regions differ by up to a third, which moves a ranking by less than a cent.
 */
export const diskUsdPerGibibyteHour = 0.08 / 730;

/** What an offering's cost is worked out from, besides its price. */
export interface CostBasis {
  readonly utility: Utility;
  readonly disk: Gibibytes;
  /** Interruptions per instance-second; 0 for on-demand. */
  readonly interruptionRate: number;
  readonly taskDuration: Seconds;
  readonly bootTime: Seconds;
  /** How long a worker lives, from launch to end, where nothing interrupts it. */
  readonly lifetime: Seconds;
}

/**
 * Expected USD per unit of finished work, a unit being what utility 1 does in an hour:
 *
 *     cost = (price + disk) / utility x boots x lost work
 *     boots = 1 + boot / lifetime
 *     lost work = 1 + rate (task + boot)
 *
 * - price: USD per hour of the whole instance; disk: USD per hour of its volumes
 * - boot / lifetime: every worker is paid for while it boots, once in its life
 * - rate (task + boot): an interruption loses what its tasks have done so far, which is the mean
 *   duration (the mean age of a task under way when durations are exponential), and calls for
 *   another boot
 */
export function expectedCost(price: UsdPerHour, basis: CostBasis): number {
  const factor = costFactor(bootFactor(basis), lostWorkFactor(basis), basis.utility);
  return costOf(price, hourlyDisk(basis), factor);
}

/** {@link expectedCost} from its parts, which all zones of a type share but for the price. */
export function costOf(price: UsdPerHour, disk: UsdPerHour, factor: number): number {
  return (price + disk) * factor;
}

/** What an hour's price is multiplied by; the same for all zones of a type. */
export function costFactor(boots: number, lostWork: number, utility: Utility): number {
  return (boots * lostWork) / utility;
}

/** USD per hour of an instance's volumes. */
export function hourlyDisk({ disk }: Pick<CostBasis, 'disk'>): UsdPerHour {
  return disk * diskUsdPerGibibyteHour;
}

/** How much longer a worker is paid for than it can work, 1 or more. */
export function bootFactor({
  bootTime,
  lifetime,
}: Pick<CostBasis, 'bootTime' | 'lifetime'>): number {
  return 1 + bootTime / Math.max(lifetime, bootTime, 1);
}

/** How much more work is done than finished, 1 or more. */
export function lostWorkFactor({
  interruptionRate,
  taskDuration,
  bootTime,
}: Pick<CostBasis, 'interruptionRate' | 'taskDuration' | 'bootTime'>): number {
  return 1 + interruptionRate * (taskDuration + bootTime);
}
