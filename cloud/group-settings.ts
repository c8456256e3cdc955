import type {
  CreateAutoScalingGroupType,
  LaunchTemplateSpecification,
  MixedInstancesPolicy,
} from '@aws-sdk/client-auto-scaling';
import type { MarketName } from '../pool/names.ts';
import type { OverridesChange } from '../scaler/ports.ts';
import type { AllocationStrategy } from '../sim/allocation.ts';
import {
  findVersion,
  type LaunchTemplateRecord,
  type LaunchTemplates,
} from './launch-templates.ts';
import { validationError } from './protocol/aws-error.ts';

/** What a group was told, and nothing by default: the members of CreateAutoScalingGroup. */
export type GroupSettings = Partial<
  Omit<CreateAutoScalingGroupType, 'AutoScalingGroupName' | 'Tags'>
>;

type Override = OverridesChange['overrides'][number];

/** What a group launches by, as the simulated cloud has it. */
export interface LaunchRule {
  readonly market: MarketName;
  readonly allocation: AllocationStrategy;
  readonly overrides: readonly Override[];
  readonly spotMaxPrice: number | null;
}

const maximumOverrides = 40;
const maximumWeight = 999;

/**
 * Sources: "CreateAutoScalingGroup", "InstancesDistribution" and "LaunchTemplateOverrides" in the EC2
 * Auto Scaling API reference.
 * @throws AwsError where AWS refuses the settings, or where they mix markets, which this cloud does not
 */
export function launchRuleOf(settings: GroupSettings, templates: LaunchTemplates): LaunchRule {
  const { LaunchTemplate, MixedInstancesPolicy } = settings;
  if (MixedInstancesPolicy !== undefined) return ruleOfPolicy(MixedInstancesPolicy, templates);
  if (LaunchTemplate === undefined) {
    throw validationError(
      'Valid requests must contain either LaunchTemplate, LaunchConfigurationName, InstanceId or ' +
        'MixedInstancesPolicy parameter.',
    );
  }
  const { data } = versionOf(LaunchTemplate, templates).version;
  if (data.InstanceType === undefined) {
    throw validationError(
      'You must use a valid fully-formed launch template. It has no InstanceType.',
    );
  }
  const market = data.InstanceMarketOptions?.MarketType === 'spot' ? 'spot' : 'on-demand';
  const price = Number(data.InstanceMarketOptions?.SpotOptions?.MaxPrice ?? Number.NaN);
  return {
    market,
    allocation: market === 'spot' ? 'price-capacity-optimized' : 'prioritized',
    overrides: [{ instanceType: data.InstanceType, weight: 1 }],
    spotMaxPrice: Number.isFinite(price) ? price : null,
  };
}

/** A template and version that a group's specification names. @throws AwsError */
export function versionOf(specification: LaunchTemplateSpecification, templates: LaunchTemplates) {
  const { LaunchTemplateId, LaunchTemplateName, Version } = specification;
  if ((LaunchTemplateId === undefined) === (LaunchTemplateName === undefined)) {
    throw validationError(
      'Valid requests must contain either launchTemplateId or LaunchTemplateName',
    );
  }
  const template: LaunchTemplateRecord | null = templates.find(specification);
  const start = 'You must use a valid fully-formed launch template.';
  if (template === null) {
    const named = LaunchTemplateId ? `ID ${LaunchTemplateId}` : `name ${LaunchTemplateName}`;
    throw validationError(
      `${start} The specified launch template, with template ${named}, does not exist.`,
    );
  }
  const version = findVersion(template, Version);
  if (version === null) {
    throw validationError(
      `${start} Could not find the specified version ${Version} for the launch template with ID ${template.id}.`,
    );
  }
  return { template, version };
}

function ruleOfPolicy(policy: MixedInstancesPolicy, templates: LaunchTemplates): LaunchRule {
  const specification = policy.LaunchTemplate?.LaunchTemplateSpecification;
  if (specification === undefined) {
    throw validationError('MixedInstancesPolicy must contain a LaunchTemplateSpecification.');
  }
  const { data } = versionOf(specification, templates).version;
  if (data.InstanceMarketOptions !== undefined) {
    throw validationError(
      'Incompatible launch template: You cannot use a launch template that is set to request Spot ' +
        'Instances (InstanceMarketOptions) when you configure an Auto Scaling group with a mixed instances policy.',
    );
  }
  const market = marketOf(policy);
  const distribution = policy.InstancesDistribution ?? {};
  const allocation =
    market === 'spot'
      ? spotAllocation(distribution.SpotAllocationStrategy)
      : onDemandAllocation(distribution.OnDemandAllocationStrategy);
  return {
    market,
    allocation,
    overrides: overridesOf(policy, data.InstanceType, templates),
    spotMaxPrice: spotMaxPriceOf(distribution.SpotMaxPrice),
  };
}

/** Assumption of this cloud: a group is wholly of one market, as both of muster's are. */
function marketOf({ InstancesDistribution: distribution = {} }: MixedInstancesPolicy): MarketName {
  const { OnDemandBaseCapacity: base = 0, OnDemandPercentageAboveBaseCapacity: share = 100 } =
    distribution;
  if (share < 0 || share > 100) {
    throw validationError('OnDemandPercentageAboveBaseCapacity must be between 0 and 100');
  }
  if (share === 100) return 'on-demand';
  if (share === 0 && base === 0) return 'spot';
  throw validationError(
    `the simulated cloud has groups of one market only: OnDemandPercentageAboveBaseCapacity ${share} ` +
      `with OnDemandBaseCapacity ${base} mixes them; use 100, or 0 with base 0`,
  );
}

function spotAllocation(strategy = 'lowest-price'): AllocationStrategy {
  switch (strategy) {
    case 'lowest-price':
    case 'capacity-optimized':
    case 'capacity-optimized-prioritized':
    case 'price-capacity-optimized':
      return strategy;
    default:
      throw validationError(`SpotAllocationStrategy ${strategy} is not valid`);
  }
}

function onDemandAllocation(strategy = 'prioritized'): AllocationStrategy {
  if (strategy === 'prioritized' || strategy === 'lowest-price') return strategy;
  throw validationError(`OnDemandAllocationStrategy ${strategy} is not valid`);
}

function overridesOf(
  { LaunchTemplate: { Overrides = [] } = {} }: MixedInstancesPolicy,
  typeOfTemplate: string | undefined,
  templates: LaunchTemplates,
): readonly Override[] {
  if (Overrides.length === 0) {
    if (typeOfTemplate !== undefined) return [{ instanceType: typeOfTemplate, weight: 1 }];
    throw validationError(
      'You must specify an instance type in the launch template or an override.',
    );
  }
  if (Overrides.length > maximumOverrides) {
    throw validationError(
      `Overrides has ${Overrides.length} entries; at most ${maximumOverrides} are allowed`,
    );
  }
  const weighted = Overrides.filter(({ WeightedCapacity }) => WeightedCapacity !== undefined);
  if (weighted.length > 0 && weighted.length < Overrides.length) {
    throw validationError('If you specify a WeightedCapacity for one override, all must have one.');
  }
  const overrides = Overrides.map((override) => {
    const { InstanceType, WeightedCapacity = '1', LaunchTemplateSpecification } = override;
    if (InstanceType === undefined) {
      throw validationError('the simulated cloud takes overrides with an InstanceType only');
    }
    const weight = /^\d+$/.test(WeightedCapacity) ? Number(WeightedCapacity) : Number.NaN;
    if (!(weight >= 1 && weight <= maximumWeight)) {
      throw validationError(
        `WeightedCapacity ${WeightedCapacity} of ${InstanceType} must be a whole number from 1 to ${maximumWeight}`,
      );
    }
    if (LaunchTemplateSpecification !== undefined)
      versionOf(LaunchTemplateSpecification, templates);
    return { instanceType: InstanceType, weight };
  });
  if (new Set(overrides.map(({ instanceType }) => instanceType)).size < overrides.length) {
    throw validationError('Instance types must be unique across all overrides.');
  }
  return overrides;
}

function spotMaxPriceOf(text: string | undefined): number | null {
  if (text === undefined || text === '') return null;
  const price = Number(text);
  if (price > 0) return price;
  throw validationError(`SpotMaxPrice ${text} is not a price greater than 0`);
}
