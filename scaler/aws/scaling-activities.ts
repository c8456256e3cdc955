import {
  type Activity,
  type AutoScalingClient,
  DescribeScalingActivitiesCommand,
} from '@aws-sdk/client-auto-scaling';
import { z } from 'zod';
import type { Seconds, UnixSeconds } from '../../pool/units.ts';
import type { LaunchFailure } from '../decide/observation.ts';
import type { Clock } from '../ports.ts';
import { withinLimit } from '../time-limit.ts';
import { awsCall } from './aws-call.ts';
import { instanceTypeIn, launchFailureCause, zoneIn } from './launch-errors.ts';

/** Time between two reads while no group waits for capacity: activities only reconcile then. */
const quietEvery: Seconds = 5 * 60;
/** While one does: each iteration, but not more often than this. */
const waitingEvery: Seconds = 5;
/** After a failed read, the next one is tried no sooner. */
const retryAfter: Seconds = 30;
/** An activity that began longer ago is not looked for; launches fail within a minute or two. */
const lookBack: Seconds = 10 * 60;
/** Pages of 100 activities read at a time. Those under way come first, so one may be full of them. */
const mostPages = 3;
/** An account with many groups may be slow to answer, and an observation must not wait for it. */
const readLimit: Seconds = 5;

/** A launch that a group could not make. */
export interface FailedLaunch extends Omit<LaunchFailure, 'region' | 'market' | 'cause'> {
  readonly group: string;
  /** null: for none of the reasons that another offering could help with. */
  readonly cause: LaunchFailure['cause'] | null;
  /** AWS's own words. */
  readonly message: string;
}

/**
 * What a region's groups tried and could not launch. One call without a group's name covers the
 * region, so that calls do not grow with pools. Each failure is told once.
 *
 * Without these reads (refused, slow, throttled) nothing but the memory of what has no capacity is
 * missing: a group that does not deliver is noticed by its time alone.
 */
export class ScalingActivities {
  readonly #region: string;
  readonly #client: AutoScalingClient;
  readonly #clock: Clock;
  readonly #onFailure: (doing: string, error: unknown) => void;
  /** Failed activities that were told, by id, with when they began. */
  readonly #told = new Map<string, UnixSeconds>();
  #readAt: UnixSeconds = Number.NEGATIVE_INFINITY;
  #failedAt: UnixSeconds = Number.NEGATIVE_INFINITY;

  constructor(options: {
    region: string;
    client: AutoScalingClient;
    clock: Clock;
    onFailure: (doing: string, error: unknown) => void;
  }) {
    this.#region = options.region;
    this.#client = options.client;
    this.#clock = options.clock;
    this.#onFailure = options.onFailure;
  }

  /**
   * Failures since the last call, of these groups; none where it is not time to read. Never rejects.
   * @param waiting whether any group has less than it is asked to have
   */
  async newFailures(
    groups: ReadonlySet<string>,
    waiting: boolean,
    signal: AbortSignal,
  ): Promise<readonly FailedLaunch[]> {
    const now = this.#clock.now();
    const every = waiting ? waitingEvery : quietEvery;
    if (now - this.#readAt < every || now - this.#failedAt < retryAfter) return [];
    const doing = `reading scaling activities of ${this.#region}`;
    try {
      const activities = await withinLimit(readLimit, signal, (limited) =>
        awsCall(doing, limited, (abortSignal) => this.#read(now - lookBack, abortSignal)),
      );
      this.#readAt = now;
      return this.#newAmong(activities, groups, now);
    } catch (error) {
      this.#failedAt = now;
      this.#onFailure(doing, error);
      return [];
    }
  }

  async #read(since: UnixSeconds, abortSignal: AbortSignal): Promise<Activity[]> {
    const activities: Activity[] = [];
    const Filters = [
      { Name: 'StartTimeLowerBound', Values: [new Date(since * 1000).toISOString()] },
    ];
    let NextToken: string | undefined;
    for (let page = 0; page < mostPages; page += 1) {
      const answer = await this.#client.send(
        new DescribeScalingActivitiesCommand({ MaxRecords: 100, Filters, NextToken }),
        { abortSignal },
      );
      activities.push(...(answer.Activities ?? []));
      NextToken = answer.NextToken;
      if (!NextToken) break;
    }
    return activities;
  }

  #newAmong(
    activities: readonly Activity[],
    groups: ReadonlySet<string>,
    now: UnixSeconds,
  ): FailedLaunch[] {
    const failures = activities.flatMap((activity): FailedLaunch[] => {
      const failure = failedLaunch(activity);
      const id = activity.ActivityId ?? '';
      if (failure === null || !groups.has(failure.group) || this.#told.has(id)) return [];
      this.#told.set(id, startOf(activity));
      return [failure];
    });
    for (const [id, startedAt] of this.#told) {
      if (now - startedAt > 2 * lookBack) this.#told.delete(id);
    }
    return failures;
  }
}

const details = z.object({ 'Availability Zone': z.string().min(1) });

/** null: it is under way, succeeded, or was no launch. */
export function failedLaunch(activity: Activity): FailedLaunch | null {
  const { StatusCode, StatusMessage: message = '', Description = '' } = activity;
  if (StatusCode !== 'Failed' && StatusCode !== 'Cancelled') return null;
  const cause = launchFailureCause(message);
  // A launch that was called off because less is wanted failed for no reason.
  const launch = /^Launching/.test(Description) && StatusCode === 'Failed';
  if (cause === null && !launch) return null;
  const zone = details.safeParse(parseJson(activity.Details)).data?.['Availability Zone'];
  return {
    group: activity.AutoScalingGroupName ?? '',
    at: (activity.EndTime ?? activity.StartTime ?? new Date(0)).getTime() / 1000,
    instanceType: instanceTypeIn(message),
    zone: zone ?? zoneIn(message),
    cause,
    message,
  };
}

function startOf({ StartTime }: Activity): UnixSeconds {
  return (StartTime?.getTime() ?? 0) / 1000;
}

function parseJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return null;
  }
}
