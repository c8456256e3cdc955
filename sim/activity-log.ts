import type { Seconds, Slots, UnixSeconds } from '../pool/units.ts';

/** The status codes of DescribeScalingActivities that a simulated group can have. */
export type ActivityStatus =
  | 'PreInService'
  | 'InProgress'
  | 'MidLifecycleAction'
  | 'Successful'
  | 'Failed'
  | 'Cancelled';

/** Why an activity began. Capacities are the group's, in slots. */
export type ActivityCause =
  | { readonly kind: 'capacity-difference'; readonly from: Slots; readonly to: Slots }
  | { readonly kind: 'launch-instances' }
  | { readonly kind: 'terminate-instance'; readonly from: Slots; readonly to: Slots }
  | { readonly kind: 'ended-by-ec2' }
  | { readonly kind: 'unhealthy' }
  | { readonly kind: 'launch-abandoned' }
  | { readonly kind: 'zone-balance' };

export interface ScalingActivity {
  readonly id: string;
  readonly kind: 'launch' | 'terminate';
  readonly cause: ActivityCause;
  readonly startedAt: UnixSeconds;
  /** null: it is under way. */
  endedAt: UnixSeconds | null;
  status: ActivityStatus;
  /** AWS's words for what went wrong; null: nothing did. */
  statusMessage: string | null;
  /** null: no instance came of it. */
  readonly instanceId: string | null;
  readonly zone: string;
}

/** DescribeScalingActivities tells of the last six weeks (its API reference). */
const kept: Seconds = 6 * 7 * 86_400;
/** Assumption, to bound memory: AWS states no number. */
const mostKept = 10_000;

/** What a group did and tried, by instance while it is under way. */
export class ActivityLog {
  private entries: ScalingActivity[] = [];
  private readonly underWay = new Map<string, ScalingActivity>();
  private lastEnded: ScalingActivity | null = null;
  private readonly newId: () => string;

  constructor(newId: () => string) {
    this.newId = newId;
  }

  begin(
    activity: Pick<ScalingActivity, 'kind' | 'cause' | 'startedAt' | 'zone' | 'instanceId'>,
  ): ScalingActivity {
    const status = activity.kind === 'launch' ? 'PreInService' : 'InProgress';
    const begun = {
      id: this.newId(),
      ...activity,
      endedAt: null,
      status,
      statusMessage: null,
    } as const;
    const entry: ScalingActivity = { ...begun };
    this.entries.push(entry);
    if (entry.instanceId !== null) this.underWay.set(entry.instanceId, entry);
    if (this.entries.length > 2 * mostKept) this.drop(activity.startedAt);
    return entry;
  }

  /** The activity under way for an instance goes on in this status. */
  mark(instanceId: string, status: ActivityStatus): void {
    const entry = this.underWay.get(instanceId);
    if (entry !== undefined) entry.status = status;
  }

  /** What is under way for an instance; undefined: nothing is. */
  find(instanceId: string): ScalingActivity | undefined {
    return this.underWay.get(instanceId);
  }

  /** Of an instance's activity; nothing where none is under way. */
  finish(
    instanceId: string,
    at: UnixSeconds,
    status: ActivityStatus = 'Successful',
    statusMessage: string | null = null,
  ): void {
    const entry = this.underWay.get(instanceId);
    if (entry === undefined) return;
    this.underWay.delete(instanceId);
    Object.assign(entry, { endedAt: at, status, statusMessage });
    this.lastEnded = entry;
  }

  /** A launch of which no instance came. */
  fail(
    activity: Pick<ScalingActivity, 'cause' | 'startedAt' | 'zone'>,
    statusMessage: string,
  ): ScalingActivity {
    const entry = this.begin({ ...activity, kind: 'launch', instanceId: null });
    Object.assign(entry, { endedAt: activity.startedAt, status: 'Failed', statusMessage });
    return entry;
  }

  /** The one that ended last, failed launches apart; null: none has. */
  get latest(): ScalingActivity | null {
    return this.lastEnded;
  }

  /** The oldest one that is under way; null: none is. */
  get inProgress(): ScalingActivity | null {
    return this.underWay.values().next().value ?? null;
  }

  /** Latest first, those under way before all others, as AWS lists them. */
  list(now: UnixSeconds): readonly ScalingActivity[] {
    this.drop(now);
    const latestFirst = this.entries.toReversed();
    return [
      ...latestFirst.filter(({ endedAt }) => endedAt === null),
      ...latestFirst.filter(({ endedAt }) => endedAt !== null),
    ];
  }

  private drop(now: UnixSeconds): void {
    this.entries = this.entries.filter(({ startedAt }) => now - startedAt <= kept).slice(-mostKept);
  }
}
