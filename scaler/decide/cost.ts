import type { Gibibytes, Seconds, Slots, UsdPerHour, Utility } from '../../pool/units.ts';

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
  /** Tasks at once, 1 to 999. */
  readonly slots: Slots;
}

/**
 * Expected USD per unit of finished work, a unit being what utility 1 does in an hour:
 *
 *     cost = (price + disk) / utility x boots x lost work x emptying
 *     boots = 1 + boot / lifetime
 *     lost work = 1 + rate (task + boot)
 *     emptying = 1 + task (1/2 + 1/3 + ... + 1/slots) / lifetime
 *
 * - price: USD per hour of the whole instance; disk: USD per hour of its volumes
 * - boot / lifetime: every worker is paid for while it boots, once in its life
 * - rate (task + boot): an interruption loses what its tasks have done so far, which is the mean
 *   duration (the mean age of a task under way when durations are exponential), and calls for
 *   another boot
 * - task (1/2 + ... + 1/slots) / lifetime: a worker ends once all its tasks have. The last of n tasks
 *   with exponential durations ends after task (1 + 1/2 + ... + 1/n), one of them after task, and
 *   until then its slot is paid for. So two small workers beat one large one at the same price
 */
export function expectedCost(price: UsdPerHour, basis: CostBasis): number {
  const overhead = bootFactor(basis) * emptyingFactor(basis);
  const factor = costFactor(overhead, lostWorkFactor(basis), basis.utility);
  return costOf(price, hourlyDisk(basis), factor);
}

/** {@link expectedCost} from its parts, which all zones of a type share but for the price. */
export function costOf(price: UsdPerHour, disk: UsdPerHour, factor: number): number {
  return (price + disk) * factor;
}

/** What an hour's price is multiplied by; the same for all zones of a type. */
export function costFactor(overhead: number, lostWork: number, utility: Utility): number {
  return (overhead * lostWork) / utility;
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

/** How much longer a slot is paid for than it can work, because its neighbours still do; 1 or more. */
export function emptyingFactor({
  taskDuration,
  lifetime,
  slots,
}: Pick<CostBasis, 'taskDuration' | 'lifetime' | 'slots'>): number {
  return 1 + (taskDuration * (harmonic[slots]! - 1)) / Math.max(lifetime, taskDuration, 1);
}

/** 1 + 1/2 + ... + 1/n for each capacity that a type may have. */
const harmonic = harmonicNumbers(999);

function harmonicNumbers(most: number): Float64Array {
  const numbers = new Float64Array(most + 1);
  for (let n = 1; n <= most; n += 1) numbers[n] = numbers[n - 1]! + 1 / n;
  return numbers;
}

/** How much more work is done than finished, 1 or more. */
export function lostWorkFactor({
  interruptionRate,
  taskDuration,
  bootTime,
}: Pick<CostBasis, 'interruptionRate' | 'taskDuration' | 'bootTime'>): number {
  return 1 + interruptionRate * (taskDuration + bootTime);
}
