import type { Gibibytes, Seconds, UsdPerHour, Utility } from '../../pool/units.ts';

/**
 * gp3 storage, USD per GiB-month over the hours of a month, in us-east-1 (AWS, "Amazon EBS pricing",
 * 2024). Other regions differ by up to a third, which moves a ranking by less than a cent.
 */
export const diskUsdPerGibibyteHour = 0.08 / 730;

export interface CostBasis {
  readonly price: UsdPerHour;
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
 *     cost = (price + disk) / utility x (1 + boot / lifetime) x (1 + rate (task + boot))
 *
 * - price: USD per hour of the whole instance; disk: USD per hour of its volumes
 * - boot / lifetime: every worker is paid for while it boots, once in its life
 * - rate (task + boot): an interruption loses what its tasks have done so far, which is the mean
 *   duration (the mean age of a task under way when durations are exponential), and calls for
 *   another boot
 */
export function expectedCost({
  price,
  utility,
  disk,
  interruptionRate,
  taskDuration,
  bootTime,
  lifetime,
}: CostBasis): number {
  const hourly = price + disk * diskUsdPerGibibyteHour;
  const boots = 1 + bootTime / Math.max(lifetime, bootTime);
  return (hourly / utility) * boots * (1 + interruptionRate * (taskDuration + bootTime));
}
