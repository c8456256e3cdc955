import { marketsOf } from '../../pool/markets.ts';
import { tagKeys } from '../../pool/names.ts';
import {
  type AttributeRule,
  type AttributeRules,
  as,
  each,
  flag,
  leftOut,
  nested,
  properties,
} from './attribute-rules.ts';
import { named, translated } from './expressions.ts';
import type { Block } from './pool-blocks.ts';

/** CloudFormation takes neither `$Default` nor `$Latest`, and cannot set a template's default version. */
const specification: AttributeRule = (value, { reference }) => {
  const { launch_template_id: id, version } = value as Readonly<Record<string, string>>;
  if (id === undefined || version !== '$Default') throw new Error(`not $Default: ${version}`);
  const expression = id.slice(2, -1);
  return {
    LaunchTemplateSpecification: {
      LaunchTemplateId: reference(expression),
      Version: reference(expression.replace(/\.id$/, '.latest_version')),
    },
  };
};

const policy = nested('MixedInstancesPolicy', {
  instances_distribution: nested('InstancesDistribution', {
    on_demand_allocation_strategy: as('OnDemandAllocationStrategy'),
    on_demand_base_capacity: as('OnDemandBaseCapacity'),
    on_demand_percentage_above_base_capacity: as('OnDemandPercentageAboveBaseCapacity'),
    spot_allocation_strategy: as('SpotAllocationStrategy'),
    spot_max_price: (value, { parameters }) => ({
      SpotMaxPrice: parameters.use('SpotMaxPrice', String(value)),
    }),
  }),
  launch_template: nested('LaunchTemplate', {
    launch_template_specification: specification,
    override: each('Overrides', {
      instance_type: as('InstanceType'),
      launch_template_specification: specification,
      weighted_capacity: as('WeightedCapacity'),
    }),
  }),
});

/** The group of the pool's usual market keeps its minimum, the other none. */
const minimum: AttributeRule = (value, { pool, parameters }, address) => {
  const keepsMinimum = address.endsWith(`.${pool.id}-${marketsOf(pool)[0]}`);
  return { MinSize: text(keepsMinimum ? parameters.use('Minimum', Number(value)) : value) };
};

/** Where each worker has an Elastic IP, there are as many as the declared maximum needs. */
const maximum: AttributeRule = (value, { pool, parameters }) => {
  const isFixed = pool.network.elasticIps !== null;
  return { MaxSize: text(isFixed ? value : parameters.use('Maximum', Number(value))) };
};

/** Sizes are text in CloudFormation. */
function text(value: unknown): unknown {
  return typeof value === 'number' ? String(value) : value;
}

/** A launch template's tag also says its version, as the group cannot say `$Default`. */
const groupTags: AttributeRule = (value, context, address) => ({
  Tags: (value as Block[]).map((tag) => {
    const rules = {
      key: as('Key'),
      value: as('Value'),
      propagate_at_launch: flag('PropagateAtLaunch'),
    };
    const translatedTag = properties(rules, tag, context, address);
    if (!String(tag.key).startsWith(tagKeys.launchTemplate)) return translatedTag;
    const id = named(context.reference(String(tag.value).slice(2, -1)));
    return { ...translatedTag, Value: { 'Fn::Sub': `\${${id}}:\${${id}.LatestVersionNumber}` } };
  }),
});

export const groupRules: AttributeRules = {
  capacity_rebalance: flag('CapacityRebalance'),
  depends_on: leftOut('the resource says it'),
  force_delete: leftOut(
    'CloudFormation empties a group itself; the docs say how with protected workers',
  ),
  lifecycle: leftOut(
    'CloudFormation looks at what the template changes, not at what the scaler did',
  ),
  max_size: maximum,
  min_size: minimum,
  mixed_instances_policy: policy,
  name: as('AutoScalingGroupName'),
  protect_from_scale_in: flag('NewInstancesProtectedFromScaleIn'),
  suspended_processes: leftOut('CloudFormation has no such property; an output gives the command'),
  tag: groupTags,
  vpc_zone_identifier: (value, { parameters, reference }) => ({
    VPCZoneIdentifier: parameters.use(
      'SubnetIds',
      (translated(value, reference) as string[]).join(','),
    ),
  }),
  wait_for_capacity_timeout: leftOut('CloudFormation waits for signals only where it is told to'),
};
