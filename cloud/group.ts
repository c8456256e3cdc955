import type { LaunchTemplateSpecification } from '@aws-sdk/client-auto-scaling';
import { SimulatedGroup } from '../sim/group.ts';
import type { ScalingProcess } from '../sim/group-declaration.ts';
import type { SimulatedInstance } from '../sim/instance-host.ts';
import { accountId } from './account.ts';
import { type GroupSettings, launchRuleOf, versionOf } from './group-settings.ts';
import type { InstanceRecord } from './instance-record.ts';
import { validationError } from './protocol/aws-error.ts';
import type { CloudRegion } from './region.ts';

export interface GroupTag {
  readonly value: string;
  readonly propagateAtLaunch: boolean;
}

/** Where a group launches: zones, and the subnet in each where the group names subnets. */
export interface GroupPlaces {
  readonly zones: readonly string[];
  readonly subnetByZone: ReadonlyMap<string, string>;
}

/** What DescribeLifecycleHooks tells of a hook and the simulated cloud has no use for. */
export interface HookTarget {
  readonly target: string | undefined;
  readonly role: string | undefined;
  readonly metadata: string | undefined;
}

/** Processes that a group can have and whose suspension the simulated group does not heed. */
export type OtherProcess =
  | 'AddToLoadBalancer'
  | 'AlarmNotification'
  | 'InstanceRefresh'
  | 'ScheduledActions';

/** Amazon EBS volumes of which a template says nothing. */
const defaultDisk = 8;

/** An auto scaling group that an API call made: its settings, on a group of the simulated cloud. */
export class CloudGroup {
  readonly name: string;
  readonly arn: string;
  readonly createdAt: Date;
  readonly region: CloudRegion;
  readonly tags = new Map<string, GroupTag>();
  readonly targets = new Map<string, HookTarget>();
  readonly otherSuspended = new Set<OtherProcess>();
  readonly simulated: SimulatedGroup;
  settings: GroupSettings;
  places: GroupPlaces;

  /** @throws AwsError, having changed nothing */
  constructor(name: string, settings: GroupSettings, places: GroupPlaces, region: CloudRegion) {
    const { account } = region;
    const rule = launchRuleOf(settings, region.templates);
    this.name = name;
    this.region = region;
    this.settings = settings;
    this.places = places;
    this.createdAt = account.now();
    const id = account.newUuid();
    this.arn = `arn:aws:autoscaling:${region.name}:${accountId}:autoScalingGroup:${id}:autoScalingGroupName/${name}`;
    const { min, max, desired } = limitsOf(settings);
    const { clock, host, parameters } = account;
    this.simulated = new SimulatedGroup(
      {
        name,
        region: region.name,
        pool: null,
        overrides: rule.overrides,
        hooks: [],
        suspendedProcesses: [],
        min,
        max,
        ...this.changeable(),
      },
      { clock, market: region.market, host },
      parameters.group,
    );
    this.simulated.setOverrides(rule.overrides, rule.spotMaxPrice);
    this.simulated.setDesiredCapacity(desired ?? min);
  }

  /** @throws AwsError or CloudError, having changed nothing */
  update(settings: GroupSettings, places: GroupPlaces): void {
    const rule = launchRuleOf(settings, this.region.templates);
    const { min, max, desired } = limitsOf(settings);
    this.settings = settings;
    this.places = places;
    this.simulated.setOverrides(rule.overrides, rule.spotMaxPrice);
    this.simulated.update({ min, max, ...this.changeable() });
    if (desired !== undefined) this.simulated.setDesiredCapacity(desired);
  }

  /** With its instances, and without waiting for their hooks. */
  delete(): void {
    const processes: readonly ScalingProcess[] = [
      'Launch',
      'Terminate',
      'HealthCheck',
      'ReplaceUnhealthy',
      'AZRebalance',
    ];
    this.simulated.suspend(processes);
    for (const instance of this.simulated.instances) this.region.account.host.terminate(instance);
    this.region.groups.delete(this.name);
  }

  /** What an instance of a type is launched from now. */
  templateFor(instanceType: string): LaunchTemplateSpecification {
    const { LaunchTemplate, MixedInstancesPolicy } = this.settings;
    const policy = MixedInstancesPolicy?.LaunchTemplate;
    const override = policy?.Overrides?.find(({ InstanceType }) => InstanceType === instanceType);
    return (
      override?.LaunchTemplateSpecification ??
      policy?.LaunchTemplateSpecification ??
      LaunchTemplate ??
      {}
    );
  }

  /** What EC2 is to know of an instance that this group launches now. */
  recordOf(instance: SimulatedInstance): InstanceRecord {
    const { account, templates } = this.region;
    const { offering } = instance;
    const specification = this.templateFor(offering.instanceType);
    const { template, version } = versionOf(specification, templates);
    const tags = new Map<string, string>();
    for (const { ResourceType, Tags } of version.data.TagSpecifications ?? []) {
      if (ResourceType !== 'instance') continue;
      for (const { Key, Value } of Tags ?? []) tags.set(Key ?? '', Value ?? '');
    }
    for (const [key, { value, propagateAtLaunch }] of this.tags) {
      if (propagateAtLaunch) tags.set(key, value);
    }
    tags.set('aws:autoscaling:groupName', this.name);
    tags.set('aws:ec2launchtemplate:id', template.id);
    tags.set('aws:ec2launchtemplate:version', String(version.number));
    const serial = Number.parseInt(instance.id.slice(-6), 16);
    return {
      instance,
      group: this.name,
      template,
      version,
      imageId: this.imageOf(version.data.ImageId ?? ''),
      subnetId: this.places.subnetByZone.get(offering.zone),
      privateIp: `10.${(serial >> 16) & 255}.${(serial >> 8) & 255}.${serial & 255}`,
      tags,
      noticeSeconds: account.parameters.interruptions.notice,
      spotRequestId: offering.market === 'spot' ? `sir-${account.newHex(8)}` : null,
    };
  }

  /**
   * The value of a parameter where the template names one ("Use a Systems Manager parameter instead of an AMI
   * ID", EC2 user guide). One that was not written through this cloud is left as its name.
   */
  private imageOf(image: string): string {
    const { account, name } = this.region;
    const [, parameter] = /^resolve:ssm:([^:]+)$/.exec(image) ?? [];
    return account.writtenParameters.get(`${name} ${parameter}`) ?? image;
  }

  private changeable() {
    const { settings, places, region } = this;
    const { market, allocation } = launchRuleOf(settings, region.templates);
    return {
      zones: places.zones,
      market,
      allocation,
      protectedFromScaleIn: settings.NewInstancesProtectedFromScaleIn ?? false,
      defaultCooldown: settings.DefaultCooldown ?? 300,
      disk: defaultDisk,
    };
  }
}

function limitsOf({ MinSize: min = 0, MaxSize: max = 0, DesiredCapacity: desired }: GroupSettings) {
  if (max < min) {
    throw validationError(`Max bound, ${max}, must be greater than or equal to min bound, ${min}`);
  }
  if (desired !== undefined && (desired < min || desired > max)) {
    throw validationError(
      `Desired capacity:${desired} must be between the specified min size:${min} and max size:${max}`,
    );
  }
  return { min, max, desired };
}
