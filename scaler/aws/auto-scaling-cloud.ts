import {
  AutoScalingClient,
  type AutoScalingGroup,
  LaunchInstancesCommand,
  SetDesiredCapacityCommand,
  TerminateInstanceInAutoScalingGroupCommand,
  UpdateAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling';
import { EC2Client } from '@aws-sdk/client-ec2';
import { SSMClient } from '@aws-sdk/client-ssm';
import { tagKeys } from '../../pool/names.ts';
import type { Architecture, Fleet, Region } from '../../pool/pool.ts';
import type { Slots } from '../../pool/units.ts';
import {
  type Clock,
  CloudError,
  type CloudPort,
  type Launch,
  type OverridesChange,
  type RegionObservation,
} from '../ports.ts';
import { awsCall } from './aws-call.ts';
import { checkBeforeSend } from './check-before-send.ts';
import { clientConfiguration } from './client-configuration.ts';
import { describeGroups, describeInstances } from './describe-fleet.ts';
import { observeGroup, outstandingSlots, tagOf } from './group-observation.ts';
import { ImageParameters } from './image-parameters.ts';
import { InstanceFactsMemory } from './instance-facts.ts';
import { launchOutcome, launchRequest } from './launch-instances.ts';
import { LaunchTemplates } from './launch-templates.ts';
import { changedPolicy } from './mixed-instances-policy.ts';
import { outdatedInstances } from './outdated.ts';
import { type FailedLaunch, ScalingActivities } from './scaling-activities.ts';

/** Groups and instances of one region, through Auto Scaling and EC2. */
export class AutoScalingCloud implements CloudPort {
  readonly region: string;
  readonly #ofFleet: { readonly fleet: string; readonly region: string };
  readonly #clock: Clock;
  readonly #autoScaling: AutoScalingClient;
  readonly #ec2: EC2Client;
  readonly #architectures: ReadonlyMap<string, Architecture>;
  readonly #activities: ScalingActivities;
  readonly #templates: LaunchTemplates;
  readonly #images: ImageParameters;
  readonly #onFailure: (doing: string, error: unknown) => void;
  readonly #instanceFacts = new InstanceFactsMemory();
  /** Until an observation tells them. */
  #failedLaunches: FailedLaunch[] = [];
  /** As last described; a change of overrides starts from it, which saves a call per change. */
  #groups = new Map<string, AutoScalingGroup>();
  /** Settles, never with an error, when the observation under way has ended. */
  #observing: Promise<void> = Promise.resolve();

  /**
   * @param onFailure hears of reads that failed and launches that need a person to look
   * @param beforeSend done before each attempt of a call that changes something, which it may refuse
   */
  constructor(
    fleet: Fleet,
    region: Region,
    clock: Clock,
    onFailure: (doing: string, error: unknown) => void,
    beforeSend: () => void = () => {},
  ) {
    this.region = region.name;
    this.#ofFleet = { fleet: fleet.name, region: region.name };
    this.#clock = clock;
    this.#onFailure = onFailure;
    const configuration = clientConfiguration(region.credentials, region.name);
    this.#autoScaling = new AutoScalingClient(configuration);
    checkBeforeSend(this.#autoScaling, beforeSend);
    this.#ec2 = new EC2Client(configuration);
    const reading = { region: region.name, clock, onFailure };
    this.#activities = new ScalingActivities({ ...reading, client: this.#autoScaling });
    this.#templates = new LaunchTemplates({ ...reading, fleet: fleet.name, client: this.#ec2 });
    this.#images = new ImageParameters({ ...reading, client: new SSMClient(configuration) });
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
    const describing = describeGroups(this.#autoScaling, this.#ofFleet, signal);
    const reading = describing.then(
      (groups) => this.#readFailedLaunches(groups, signal),
      () => {},
    );
    const [groups, instances] = await Promise.all([
      describing,
      describeInstances(this.#ec2, this.#ofFleet, signal),
      reading,
      this.#readImages(signal),
    ]);
    const failedLaunches = this.#failedLaunches.splice(0);
    this.#tellUnclassified(failedLaunches);
    this.#groups = new Map(groups.map((group) => [group.AutoScalingGroupName ?? '', group]));
    const named = groups.flatMap((group) =>
      (group.Instances ?? []).map((it) => it.InstanceId ?? ''),
    );
    const factsOf = this.#instanceFacts.update(this.#clock.now(), named, instances);
    const outdated = outdatedInstances(groups, {
      architectureOf: (type) => this.#architectures.get(type) ?? null,
      templateOf: (templateId) => this.#templates.template(templateId),
      imagesOf: (parameter) => this.#images.images(parameter),
      factsOf,
    });
    const context = { region: this.region, factsOf, outdated, failedLaunches };
    return {
      region: this.region,
      groups: groups.flatMap((group) => observeGroup(group, context) ?? []),
    };
  }

  /** Which templates there are, and the images of those that read them from parameters. Never rejects. */
  async #readImages(signal: AbortSignal): Promise<void> {
    await this.#templates.refresh(signal);
    await this.#images.refresh(this.#templates.imageParameters(), signal);
  }

  /** Adds the groups' own attempts to those of `launch`. Never rejects. */
  async #readFailedLaunches(
    groups: readonly AutoScalingGroup[],
    signal: AbortSignal,
  ): Promise<void> {
    const names = new Set(groups.map((group) => group.AutoScalingGroupName ?? ''));
    const waiting = groups.some((group) => outstandingSlots(group) > 0);
    this.#failedLaunches.push(...(await this.#activities.newFailures(names, waiting, signal)));
  }

  /** What no other offering helps against, such as an image that is gone: once for each group. */
  #tellUnclassified(failures: readonly FailedLaunch[]): void {
    const told = new Set<string>();
    for (const { group, cause, message } of failures) {
      if (cause !== null || told.has(group)) continue;
      told.add(group);
      this.#onFailure(`launching instances of group ${group}`, new Error(message));
    }
  }

  /**
   * ARN of the topic that a pool's notices go to, as the tags of its groups here name it; null: none
   * does, so far as was observed.
   */
  noticeTopic(poolId: string): string | null {
    for (const group of this.#groups.values()) {
      if (tagOf(group, tagKeys.pool) !== poolId) continue;
      const topic = tagOf(group, tagKeys.noticeTopic);
      if (topic !== null) return topic;
    }
    return null;
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

  async launch(launch: Launch, signal: AbortSignal): Promise<Slots> {
    const { group, zone, slots } = launch;
    const answer = await awsCall(
      `launching ${slots} slots of group ${group} in ${zone}`,
      signal,
      (abortSignal) =>
        this.#autoScaling.send(new LaunchInstancesCommand(launchRequest(launch)), { abortSignal }),
    );
    const known = this.#groups.get(group);
    const outcome = launchOutcome(known, launch, answer, this.#clock.now());
    this.#failedLaunches.push(...outcome.failures);
    return outcome.slots;
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
