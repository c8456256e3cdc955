import type {
  AutoScalingGroup,
  AutoScalingInstanceDetails,
  Instance,
  LaunchTemplateSpecification,
  MixedInstancesPolicy,
  TagDescription,
} from '@aws-sdk/client-auto-scaling';
import type { CloudGroup } from '../group.ts';
import type { CloudRegion } from '../region.ts';

/** Defaults: "CreateAutoScalingGroup" and "InstancesDistribution" in the API reference. */
export function describeGroup(group: CloudGroup, withInstances: boolean): AutoScalingGroup {
  const { settings, places, simulated } = group;
  const { declaration } = simulated;
  const policy = settings.MixedInstancesPolicy;
  return {
    AutoScalingGroupName: group.name,
    AutoScalingGroupARN: group.arn,
    ...(policy === undefined
      ? { LaunchTemplate: named(group.region, settings.LaunchTemplate) }
      : { MixedInstancesPolicy: describePolicy(group, policy) }),
    MinSize: declaration.min,
    MaxSize: declaration.max,
    DesiredCapacity: simulated.desiredCapacity,
    DefaultCooldown: settings.DefaultCooldown ?? 300,
    AvailabilityZones: [...places.zones],
    LoadBalancerNames: settings.LoadBalancerNames ?? [],
    TargetGroupARNs: settings.TargetGroupARNs ?? [],
    HealthCheckType: settings.HealthCheckType ?? 'EC2',
    HealthCheckGracePeriod: settings.HealthCheckGracePeriod ?? 0,
    Instances: withInstances ? describeInstances(group) : [],
    CreatedTime: group.createdAt,
    SuspendedProcesses: suspendedProcesses(group),
    VPCZoneIdentifier: settings.VPCZoneIdentifier ?? '',
    EnabledMetrics: [],
    Tags: describeTags(group),
    TerminationPolicies: settings.TerminationPolicies ?? ['Default'],
    NewInstancesProtectedFromScaleIn: settings.NewInstancesProtectedFromScaleIn ?? false,
    ServiceLinkedRoleARN:
      settings.ServiceLinkedRoleARN ??
      'arn:aws:iam::123456789012:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling',
    TrafficSources: settings.TrafficSources ?? [],
    CapacityRebalance: settings.CapacityRebalance,
    MaxInstanceLifetime: settings.MaxInstanceLifetime,
    Context: settings.Context,
    DesiredCapacityType: settings.DesiredCapacityType,
    DefaultInstanceWarmup: settings.DefaultInstanceWarmup,
    PlacementGroup: settings.PlacementGroup,
    InstanceMaintenancePolicy: settings.InstanceMaintenancePolicy,
    AvailabilityZoneDistribution: settings.AvailabilityZoneDistribution ?? {
      CapacityDistributionStrategy: 'balanced-best-effort',
    },
    AvailabilityZoneImpairmentPolicy: settings.AvailabilityZoneImpairmentPolicy,
    CapacityReservationSpecification: settings.CapacityReservationSpecification,
  };
}

export function describeInstances(group: CloudGroup): Instance[] {
  const records = group.region.instances();
  const weighted = isWeighted(group);
  return group.simulated.instances.map((instance) => {
    const record = records.get(instance.id);
    return {
      InstanceId: instance.id,
      InstanceType: instance.offering.instanceType,
      AvailabilityZone: instance.offering.zone,
      LifecycleState: instance.lifecycleState,
      HealthStatus: instance.isHealthy ? 'Healthy' : 'Unhealthy',
      LaunchTemplate: record && {
        LaunchTemplateId: record.template.id,
        LaunchTemplateName: record.template.name,
        Version: String(record.version.number),
      },
      ProtectedFromScaleIn: instance.isProtected,
      WeightedCapacity: weighted ? String(instance.seen.weight) : undefined,
    };
  });
}

export function describeInstanceDetails(group: CloudGroup): AutoScalingInstanceDetails[] {
  return describeInstances(group).map((instance) => ({
    ...instance,
    // Here, and here alone, the API speaks in capitals.
    HealthStatus: instance.HealthStatus?.toUpperCase(),
    AutoScalingGroupName: group.name,
  }));
}

export function describeTags({ name, tags }: CloudGroup): TagDescription[] {
  return [...tags].map(([Key, { value, propagateAtLaunch }]) => ({
    ResourceId: name,
    ResourceType: 'auto-scaling-group',
    Key,
    Value: value,
    PropagateAtLaunch: propagateAtLaunch,
  }));
}

function suspendedProcesses({ simulated, otherSuspended }: CloudGroup) {
  return [...simulated.suspendedProcesses, ...otherSuspended].map((ProcessName) => ({
    ProcessName,
    SuspensionReason: 'User suspended',
  }));
}

function describePolicy(group: CloudGroup, policy: MixedInstancesPolicy): MixedInstancesPolicy {
  const { LaunchTemplate = {}, InstancesDistribution = {} } = policy;
  const { SpotAllocationStrategy = 'lowest-price', SpotMaxPrice } = InstancesDistribution;
  return {
    LaunchTemplate: {
      LaunchTemplateSpecification: named(group.region, LaunchTemplate.LaunchTemplateSpecification),
      Overrides: (LaunchTemplate.Overrides ?? []).map((override) => ({
        ...override,
        LaunchTemplateSpecification: named(group.region, override.LaunchTemplateSpecification),
      })),
    },
    InstancesDistribution: {
      OnDemandAllocationStrategy: InstancesDistribution.OnDemandAllocationStrategy ?? 'prioritized',
      OnDemandBaseCapacity: InstancesDistribution.OnDemandBaseCapacity ?? 0,
      OnDemandPercentageAboveBaseCapacity:
        InstancesDistribution.OnDemandPercentageAboveBaseCapacity ?? 100,
      SpotAllocationStrategy,
      ...(SpotAllocationStrategy === 'lowest-price' && {
        SpotInstancePools: InstancesDistribution.SpotInstancePools ?? 2,
      }),
      ...(SpotMaxPrice !== '' && { SpotMaxPrice }),
    },
  };
}

/** AWS names a template by id and by name, whichever was given. */
function named(
  { templates }: CloudRegion,
  specification: LaunchTemplateSpecification | undefined,
): LaunchTemplateSpecification | undefined {
  if (specification === undefined) return undefined;
  const template = templates.find(specification);
  if (template === null) return specification;
  const { Version } = specification;
  return {
    LaunchTemplateId: template.id,
    LaunchTemplateName: template.name,
    ...(Version !== undefined && { Version }),
  };
}

function isWeighted({ settings }: CloudGroup): boolean {
  const overrides = settings.MixedInstancesPolicy?.LaunchTemplate?.Overrides ?? [];
  return overrides.some(({ WeightedCapacity }) => WeightedCapacity !== undefined);
}
