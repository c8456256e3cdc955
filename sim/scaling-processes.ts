import type { Seconds, Slots } from '../pool/units.ts';
import type { LaunchFailure, Override } from '../scaler/decide/observation.ts';
import type { ActivityCause, ActivityLog, ScalingActivity } from './activity-log.ts';
import type { Candidate } from './allocation.ts';
import { chooseInZone, type ZoneChoice } from './choose-in-zone.ts';
import type { ScheduledEvent } from './event-queue.ts';
import type { GroupDeclaration, ScalingProcess } from './group-declaration.ts';
import { type GroupMembers, weightOf } from './group-members.ts';
import type { SimulatedInstance } from './instance-host.ts';
import { launchErrorOf, statusMessageOf } from './launch-error.ts';
import type { Market } from './market.ts';
import type { GroupParameters } from './parameters.ts';
import type { VirtualClock } from './virtual-clock.ts';
import { countByZone, imbalance, nextToEnd, zonesToFill } from './zone-balance.ts';

/** What a group is asked to be now. */
export interface GroupState {
  settings: GroupDeclaration;
  desiredCapacity: Slots;
  overrides: readonly Override[];
  /** USD per weighted unit and hour; null: no cap. */
  spotMaxPrice: number | null;
  readonly suspended: Set<ScalingProcess>;
}

export interface ProcessContext {
  readonly clock: VirtualClock;
  readonly market: Pick<Market, 'find'>;
  readonly members: GroupMembers;
  readonly activities: ActivityLog;
  readonly parameters: GroupParameters;
  /** Hears of launches that the group could not make. */
  readonly onFailures: (activity: ScalingActivity, failures: readonly LaunchFailure[]) => void;
}

/**
 * What a group does by itself, some seconds after there is reason to: replaces unhealthy instances,
 * launches what is missing, ends what is too much and may go, and evens out its zones.
 */
export class ScalingProcesses {
  private readonly state: GroupState;
  private readonly context: ProcessContext;
  private activity: ScheduledEvent | null = null;

  constructor(state: GroupState, context: ProcessContext) {
    this.state = state;
    this.context = context;
  }

  /** One run is due at a time; the sooner one stands. */
  runSoon(): void {
    this.runAfter(this.context.parameters.activityDelay);
  }

  runs(process: ScalingProcess): boolean {
    return !this.state.suspended.has(process);
  }

  /** What the group would launch next in a zone. */
  chooseIn(zone: string): ZoneChoice {
    const { settings, overrides, spotMaxPrice } = this.state;
    const { clock, market } = this.context;
    return chooseInZone(zone, {
      at: clock.now(),
      declaration: settings,
      market,
      overrides,
      spotMaxPrice,
    });
  }

  start({ offering, weight }: Candidate, cause: ActivityCause): SimulatedInstance {
    const { pool, disk, protectedFromScaleIn: isProtected } = this.state.settings;
    return this.context.members.launch({ pool, offering, weight, disk, isProtected }, cause);
  }

  private runAfter(delay: Seconds): void {
    const { clock } = this.context;
    const at = clock.now() + delay;
    if (this.activity !== null && this.activity.at <= at) return;
    if (this.activity !== null) this.activity.cancelled = true;
    this.activity = clock.at(at, () => {
      this.activity = null;
      this.run();
    });
  }

  private run(): void {
    const { members } = this.context;
    if (this.runs('ReplaceUnhealthy') && this.runs('Terminate')) this.endUnhealthy();
    const counted = members.counted();
    const missing = this.state.desiredCapacity - weightOf(counted);
    if (missing > 0) {
      if (this.runs('Launch')) this.launchMissing(counted, missing);
    } else if (!this.runs('Terminate')) {
      return;
    } else if (missing < 0) {
      this.endSurplus(counted, -missing);
    } else if (this.runs('AZRebalance') && this.runs('Launch')) {
      this.evenOutZones(counted);
    }
  }

  private endUnhealthy(): void {
    const { members } = this.context;
    for (const instance of members.counted()) {
      if (!instance.isHealthy) members.terminate(instance, { kind: 'unhealthy' });
    }
  }

  private launchMissing(counted: readonly SimulatedInstance[], missing: Slots): void {
    const { desiredCapacity } = this.state;
    const counts = countByZone(this.state.settings.zones, counted);
    let left = missing;
    while (left > 0) {
      const chosen = this.choose(counts);
      if (chosen === null) {
        this.runAfter(this.context.parameters.launchRetry);
        return;
      }
      const from = desiredCapacity - left;
      this.start(chosen, { kind: 'capacity-difference', from, to: from + chosen.weight });
      const { zone } = chosen.offering;
      counts.set(zone, counts.get(zone)! + 1);
      left -= chosen.weight;
    }
  }

  /** Zones with the fewest instances first; the next zone if nothing can be had in one. */
  private choose(counts: ReadonlyMap<string, number>): Candidate | null {
    for (const zone of zonesToFill(this.state.settings.zones, counts)) {
      const { chosen, failures } = this.chooseIn(zone);
      if (chosen !== null) return chosen;
      this.tellFailures(zone, failures);
    }
    return null;
  }

  /** One activity for a zone, whatever was tried there, as AWS has it. */
  private tellFailures(zone: string, failures: readonly LaunchFailure[]): void {
    const [first] = failures;
    if (first === undefined) return;
    const { activities, onFailures } = this.context;
    const { desiredCapacity } = this.state;
    const cause = {
      kind: 'capacity-difference',
      from: desiredCapacity,
      to: desiredCapacity,
    } as const;
    const message = statusMessageOf(first.market, launchErrorOf({ ...first, zone }));
    const activity = activities.fail({ cause, startedAt: first.at, zone }, message);
    const namesTypes = this.context.parameters.spotFailuresNameTypes || first.market !== 'spot';
    onFailures(activity, namesTypes ? failures : [{ ...first, instanceType: null }]);
  }

  /** As long as the group keeps its desired capacity. */
  private endSurplus(counted: readonly SimulatedInstance[], surplus: Slots): void {
    const { desiredCapacity: to, settings } = this.state;
    const counts = countByZone(settings.zones, counted);
    const mayEnd = new Set(counted.filter(mayGo));
    let left = surplus;
    while (left > 0) {
      const fitting = [...mayEnd].filter(({ seen }) => seen.weight <= left);
      const instance = nextToEnd(counts, fitting);
      if (instance === null) return;
      const from = to + left;
      left -= instance.seen.weight;
      mayEnd.delete(instance);
      const { zone } = instance.offering;
      counts.set(zone, counts.get(zone)! - 1);
      const cause = { kind: 'capacity-difference', from, to: to + left } as const;
      this.context.members.terminate(instance, cause);
    }
  }

  /**
   * AZRebalance, one instance at a time: launches where there are fewest before it ends one where
   * there are most ("Rebalancing activities" of the user guide). What is protected stays.
   */
  private evenOutZones(counted: readonly SimulatedInstance[]): void {
    const { zones } = this.state.settings;
    const counts = countByZone(zones, counted);
    const between = imbalance(zones, counts);
    if (between === null) return;
    const inZone = counted.filter((one) => one.offering.zone === between.from && mayGo(one));
    const { chosen } = this.chooseIn(between.to);
    const leaving = inZone.find(({ seen }) => seen.weight === chosen?.weight);
    if (chosen === null || leaving === undefined) return;
    this.start(chosen, { kind: 'zone-balance' });
    this.context.members.terminate(leaving, { kind: 'zone-balance' });
  }
}

function mayGo({ isProtected, seen }: SimulatedInstance): boolean {
  return !isProtected && seen.phase !== 'gone';
}
