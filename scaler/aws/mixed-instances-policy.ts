/** A group's policy with the scaler's own fields replaced. Pure. */
import type {
  AutoScalingGroup,
  LaunchTemplateSpecification,
  MixedInstancesPolicy,
} from '@aws-sdk/client-auto-scaling';
import { tagKeys } from '../../pool/names.ts';
import type { Architecture } from '../../pool/pool.ts';
import { CloudError, type OverridesChange } from '../ports.ts';
import { launchTemplateOf } from './launch-template-of.ts';

/** AWS takes at most this many overrides in a group, each of a weight in this range. */
const allowed = { overrides: 40, leastWeight: 1, mostWeight: 999 } as const;

/** The least price AWS accepts, in USD per hour. */
const leastSpotMaxPrice = 0.001;

/**
 * The whole policy as the group has it, but for the overrides and the spot max price.
 *
 * - The whole is sent because an update replaces the policy as one value: what is left out of a
 *   nested part is not promised to stay.
 * - A launch template is named by id; AWS describes it by id and name, and refuses both.
 * - An empty spot max price removes one that was set; leaving it out would keep it.
 *
 * @throws CloudError of kind `refused` where the group lacks what the stacks put there.
 */
export function changedPolicy(
  group: AutoScalingGroup,
  change: OverridesChange,
  architectureOf: (instanceType: string) => Architecture | null,
): MixedInstancesPolicy {
  const refuse = (code: string, text: string) =>
    new CloudError('refused', code, `setting overrides of group ${change.group}: ${text}`);
  const policy = group.MixedInstancesPolicy;
  if (policy?.LaunchTemplate?.LaunchTemplateSpecification === undefined) {
    throw refuse('NoMixedInstancesPolicy', 'it has no mixed instances policy; apply the stacks');
  }
  const count = change.overrides.length;
  if (count < 1 || count > allowed.overrides) {
    throw refuse('OverridesCount', `got ${count} overrides, 1 to ${allowed.overrides} are allowed`);
  }
  const overrides = change.overrides.map(({ instanceType, weight }) => {
    if (!Number.isInteger(weight) || weight < allowed.leastWeight || weight > allowed.mostWeight) {
      throw refuse('WeightRange', `${instanceType} has weight ${weight}, not an integer 1 to 999`);
    }
    const architecture = architectureOf(instanceType);
    if (architecture === null) throw refuse('UnknownType', `no pool declares ${instanceType}`);
    const template = launchTemplateOf(group, architecture);
    if (template === null) {
      const key = `${tagKeys.launchTemplate}${architecture}`;
      throw refuse('NoLaunchTemplate', `no tag ${key} for ${instanceType}; apply the stacks`);
    }
    return {
      InstanceType: instanceType,
      WeightedCapacity: String(weight),
      LaunchTemplateSpecification: template,
    };
  });
  const { SpotInstancePools, ...distribution } = policy.InstancesDistribution ?? {};
  // AWS describes the number of spot pools for every strategy and takes it for one only.
  const takesSpotPools = distribution.SpotAllocationStrategy === 'lowest-price';
  return {
    LaunchTemplate: {
      LaunchTemplateSpecification: byId(policy.LaunchTemplate.LaunchTemplateSpecification),
      Overrides: overrides,
    },
    InstancesDistribution: {
      ...distribution,
      ...(takesSpotPools && SpotInstancePools !== undefined ? { SpotInstancePools } : {}),
      SpotMaxPrice: spotMaxPriceText(change.spotMaxPrice),
    },
  };
}

function byId(specification: LaunchTemplateSpecification): LaunchTemplateSpecification {
  const { LaunchTemplateId, LaunchTemplateName, Version } = specification;
  const reference = LaunchTemplateId ? { LaunchTemplateId } : { LaunchTemplateName };
  return { ...reference, ...(Version === undefined ? {} : { Version }) };
}

/** Plain decimals of at most six places: `1e-7` is not a price to AWS. */
function spotMaxPriceText(price: number | null): string {
  if (price === null) return '';
  return String(Number(Math.max(price, leastSpotMaxPrice).toFixed(6)));
}
