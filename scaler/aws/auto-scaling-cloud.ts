import {
  AutoScalingClient,
  type AutoScalingGroup,
  paginateDescribeAutoScalingGroups,
  SetDesiredCapacityCommand,
  TerminateInstanceInAutoScalingGroupCommand,
  UpdateAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling';
import { EC2Client, paginateDescribeInstances } from '@aws-sdk/client-ec2';
import { tagKeys } from '../../pool/names.ts';
import type { Architecture, Fleet, Region } from '../../pool/pool.ts';
import type { Slots } from '../../pool/units.ts';
import {
  type Clock,
  CloudError,
  type CloudPort,
  type OverridesChange,
  type RegionObservation,
} from '../ports.ts';
import { awsCall, collect } from './aws-call.ts';
import { clientConfiguration } from './client-configuration.ts';
import { observeGroup } from './group-observation.ts';
import { InstanceFactsMemory } from './instance-facts.ts';
import { changedPolicy } from './mixed-instances-policy.ts';

/** The most that AWS gives in one page. */
const pageSize = { groups: 100, instances: 1000 } as const;

/** Groups and instances of one region, through Auto Scaling and EC2. */
export class AutoScalingCloud implements CloudPort {
  readonly region: string;
  readonly #fleet: string;
  readonly #clock: Clock;
  readonly #autoScaling: AutoScalingClient;
  readonly #ec2: EC2Client;
  readonly #architectures: ReadonlyMap<string, Architecture>;
  readonly #instanceFacts = new InstanceFactsMemory();
  /** As last described; a change of overrides starts from it, which saves a call per change. */
  #groups = new Map<string, AutoScalingGroup>();
  /** Settles, never with an error, when the observation under way has ended. */
  #observing: Promise<void> = Promise.resolve();

  constructor(fleet: Fleet, region: Region, clock: Clock) {
    this.region = region.name;
    this.#fleet = fleet.name;
    this.#clock = clock;
    const configuration = clientConfiguration(region.credentials, region.name);
    this.#autoScaling = new AutoScalingClient(configuration);
    this.#ec2 = new EC2Client(configuration);
    this.#architectures = new Map(
      fleet.pools.flatMap((pool) =>
        pool.instances.map(({ type, architecture }) => [type, architecture] as const),
      ),
    );
  }

  /**
   * Zones in which the fleet's groups launch, sorted, as of the observation under way or else the
   * last; empty while none has succeeded.
   */
  async zones(): Promise<readonly string[]> {
    await this.#observing;
    const zones = [...this.#groups.values()].flatMap((group) => group.AvailabilityZones ?? []);
    return [...new Set(zones)].sort();
  }

  async observe(signal: AbortSignal): Promise<RegionObservation> {
    const observation = this.#observe(signal);
    this.#observing = observation.then(
      () => {},
      () => {},
    );
    return observation;
  }

  async #observe(signal: AbortSignal): Promise<RegionObservation> {
    const filters = [{ Name: `tag:${tagKeys.fleet}`, Values: [this.#fleet] }];
    const [groups, instances] = await Promise.all([
      awsCall(`listing groups in ${this.region}`, signal, (abortSignal) =>
        collect(
          paginateDescribeAutoScalingGroups(
            { client: this.#autoScaling, pageSize: pageSize.groups },
            { Filters: filters },
            { abortSignal },
          ),
          (page) => page.AutoScalingGroups,
        ),
      ),
      awsCall(`listing instances in ${this.region}`, signal, (abortSignal) =>
        collect(
          paginateDescribeInstances(
            { client: this.#ec2, pageSize: pageSize.instances },
            { Filters: filters },
            { abortSignal },
          ),
          (page) => page.Reservations?.flatMap((reservation) => reservation.Instances ?? []),
        ),
      ),
    ]);
    this.#groups = new Map(groups.map((group) => [group.AutoScalingGroupName ?? '', group]));
    const named = groups.flatMap((group) =>
      (group.Instances ?? []).map((it) => it.InstanceId ?? ''),
    );
    const factsOf = this.#instanceFacts.update(this.#clock.now(), named, instances);
    return {
      region: this.region,
      groups: groups.flatMap((group) => observeGroup(group, this.region, factsOf) ?? []),
    };
  }

  async setOverrides(change: OverridesChange, signal: AbortSignal): Promise<void> {
    const doing = `setting overrides of group ${change.group} in ${this.region}`;
    const group = this.#groups.get(change.group);
    if (group === undefined) {
      throw new CloudError('refused', 'NotObserved', `${doing}: it was not among those observed`);
    }
    const policy = changedPolicy(group, change, (type) => this.#architectures.get(type) ?? null);
    await awsCall(doing, signal, (abortSignal) =>
      this.#autoScaling.send(
        new UpdateAutoScalingGroupCommand({
          AutoScalingGroupName: change.group,
          MixedInstancesPolicy: policy,
        }),
        { abortSignal },
      ),
    );
    this.#groups.set(change.group, { ...group, MixedInstancesPolicy: policy });
  }

  async setDesiredCapacity(group: string, capacity: Slots, signal: AbortSignal): Promise<void> {
    await awsCall(
      `setting desired capacity of group ${group} in ${this.region} to ${capacity}`,
      signal,
      (abortSignal) =>
        this.#autoScaling.send(
          new SetDesiredCapacityCommand({
            AutoScalingGroupName: group,
            DesiredCapacity: capacity,
            HonorCooldown: false,
          }),
          { abortSignal },
        ),
    );
  }

  /** An instance that is already gone is what was wanted, so that repeating it does no harm. */
  async terminate(instanceId: string, signal: AbortSignal): Promise<void> {
    try {
      await awsCall(`terminating ${instanceId} in ${this.region}`, signal, (abortSignal) =>
        this.#autoScaling.send(
          new TerminateInstanceInAutoScalingGroupCommand({
            InstanceId: instanceId,
            ShouldDecrementDesiredCapacity: false,
          }),
          { abortSignal },
        ),
      );
    } catch (error) {
      if (error instanceof CloudError && isNoSuchInstance(error)) return;
      throw error;
    }
  }
}

/** AWS has no code of its own for it: a ValidationError says "Instance Id not found". */
function isNoSuchInstance(error: CloudError): boolean {
  return (
    error.code.startsWith('InvalidInstanceID') ||
    (error.code === 'ValidationError' && /instance.*not found/i.test(error.message))
  );
}
