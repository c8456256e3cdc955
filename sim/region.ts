import type { Slots } from '../pool/units.ts';
import {
  CloudError,
  type CloudPort,
  type OverridesChange,
  type RegionObservation,
} from '../scaler/ports.ts';
import type { SimulatedGroup } from './group.ts';

/** Limits of an auto scaling group's mixed instances policy (EC2 Auto Scaling API reference). */
const maximumOverrides = 40;
const maximumWeight = 999;

/** How often each call was made. */
export type CallCounts = Record<
  'observe' | 'setOverrides' | 'setDesiredCapacity' | 'terminate',
  number
>;

/** One region of the simulated cloud. It refuses what AWS refuses, and says so at once. */
export class SimulatedRegion implements CloudPort {
  readonly region: string;
  readonly calls: CallCounts = { observe: 0, setOverrides: 0, setDesiredCapacity: 0, terminate: 0 };
  private readonly groups: ReadonlyMap<string, SimulatedGroup>;

  constructor(region: string, groups: readonly SimulatedGroup[]) {
    this.region = region;
    this.groups = new Map(groups.map((group) => [group.declaration.name, group]));
  }

  async observe(): Promise<RegionObservation> {
    this.calls.observe++;
    return { region: this.region, groups: [...this.groups.values()].map((each) => each.observe()) };
  }

  async setOverrides({ group: name, overrides, spotMaxPrice }: OverridesChange): Promise<void> {
    this.calls.setOverrides++;
    const group = this.find(name);
    const types = new Set(overrides.map(({ instanceType }) => instanceType));
    if (overrides.length < 1 || overrides.length > maximumOverrides) {
      throw refuse(`${overrides.length} overrides; allowed are 1 to ${maximumOverrides}`);
    }
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
    group.setOverrides(overrides, spotMaxPrice);
  }

  async setDesiredCapacity(name: string, desiredCapacity: Slots): Promise<void> {
    this.calls.setDesiredCapacity++;
    const group = this.find(name);
    const { min, max } = group.declaration;
    if (!Number.isInteger(desiredCapacity) || desiredCapacity < min || desiredCapacity > max) {
      throw refuse(`desired capacity ${desiredCapacity} of ${name} is not from ${min} to ${max}`);
    }
    group.setDesiredCapacity(desiredCapacity);
  }

  async terminate(instanceId: string): Promise<void> {
    this.calls.terminate++;
    for (const group of this.groups.values()) {
      const instance = group.find(instanceId);
      if (instance) {
        group.terminate(instance);
        return;
      }
    }
    throw refuse(`no group has an instance ${instanceId}`);
  }

  private find(name: string): SimulatedGroup {
    const group = this.groups.get(name);
    if (group === undefined) throw refuse(`no group is named ${name}`);
    return group;
  }
}

function isWeight(weight: number): boolean {
  return Number.isInteger(weight) && weight >= 1 && weight <= maximumWeight;
}

/** Auto Scaling answers all of these with `ValidationError`. */
function refuse(message: string): CloudError {
  return new CloudError('refused', 'ValidationError', message);
}
