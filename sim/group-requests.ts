/** What Auto Scaling refuses, in its words where they are known. Pure. */
import type { Slots } from '../pool/units.ts';
import type { Override } from '../scaler/decide/observation.ts';
import { refuse } from './refuse.ts';

/** Limits of an auto scaling group's mixed instances policy (EC2 Auto Scaling API reference). */
const maximumOverrides = 40;
const maximumWeight = 999;

/** @throws CloudError of kind `refused` */
export function checkOverrides(overrides: readonly Override[], spotMaxPrice: number | null): void {
  if (overrides.length < 1 || overrides.length > maximumOverrides) {
    throw refuse(`${overrides.length} overrides; allowed are 1 to ${maximumOverrides}`);
  }
  const types = new Set(overrides.map(({ instanceType }) => instanceType));
  if (types.size < overrides.length) throw refuse('an instance type is there twice');
  const wrong = overrides.find(({ weight }) => !isWeight(weight));
  if (wrong) {
    throw refuse(
      `weight ${wrong.weight} of ${wrong.instanceType} is not a whole number from 1 to ${maximumWeight}`,
    );
  }
  if (spotMaxPrice !== null && !(spotMaxPrice > 0)) {
    throw refuse(`spot max price ${spotMaxPrice} is not greater than 0`);
  }
}

/** @throws CloudError of kind `refused` */
export function checkDesiredCapacity(
  desired: Slots,
  { min, max }: { readonly min: Slots; readonly max: Slots },
): void {
  const value = `New SetDesiredCapacity value ${desired} is`;
  if (!Number.isInteger(desired)) throw refuse(`${value} not a whole number`);
  if (desired < min) throw refuse(`${value} below min value ${min} for the AutoScalingGroup.`);
  if (desired > max) throw refuse(`${value} above max value ${max} for the AutoScalingGroup.`);
}

/** @throws CloudError of kind `refused` */
export function checkLaunch(
  { zone, slots }: { readonly zone: string; readonly slots: Slots },
  group: {
    readonly name: string;
    readonly zones: readonly string[];
    readonly max: Slots;
    readonly desiredCapacity: Slots;
    readonly launchSuspended: boolean;
  },
): void {
  const { name, zones, max, desiredCapacity, launchSuspended } = group;
  if (!zones.includes(zone)) throw refuse(`${name} has no zone ${zone}, but ${zones.join(', ')}`);
  if (!Number.isInteger(slots) || slots < 1) throw refuse(`${slots} slots; at least 1 is asked`);
  if (launchSuspended) throw refuse(`the Launch process of ${name} is suspended`);
  // Assumption: like any other change, a launch may not ask for more than the maximum.
  if (desiredCapacity + slots > max) {
    throw refuse(`${slots} slots on top of ${desiredCapacity} exceed ${name}'s ${max}`);
  }
}

function isWeight(weight: number): boolean {
  return Number.isInteger(weight) && weight >= 1 && weight <= maximumWeight;
}
