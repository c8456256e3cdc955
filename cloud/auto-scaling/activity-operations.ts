import type {
  ActivitiesType,
  Activity,
  DescribeScalingActivitiesType,
  Filter,
} from '@aws-sdk/client-auto-scaling';
import type { ScalingActivity } from '../../sim/activity-log.ts';
import { describeActivity } from '../../sim/describe-activity.ts';
import { dateOf } from '../account.ts';
import type { CloudGroup } from '../group.ts';
import { validationError } from '../protocol/aws-error.ts';
import { pageOf } from '../protocol/page.ts';
import type { CloudRegion } from '../region.ts';
import { findGroup, invalidToken } from './find.ts';

interface Entry {
  readonly group: CloudGroup;
  readonly activity: ScalingActivity;
}

export const activityOperations = {
  /** Latest first, those under way before all others. */
  DescribeScalingActivities(
    region: CloudRegion,
    input: DescribeScalingActivitiesType,
  ): ActivitiesType {
    const { AutoScalingGroupName: name, ActivityIds, Filters = [], MaxRecords = 100 } = input;
    const groups = name === undefined ? [...region.groups.values()] : [findGroup(region, name)];
    const now = region.account.clock.now();
    const tests = Filters.map(filterTest);
    const found = groups
      .flatMap((group): Entry[] =>
        group.simulated.activities.list(now).map((activity) => ({ group, activity })),
      )
      .filter((entry) => tests.every((test) => test(entry)))
      .filter(({ activity }) => ActivityIds === undefined || ActivityIds.includes(activity.id));
    if (groups.length > 1) found.sort(byTime);
    const page = pageOf(found, input.NextToken, MaxRecords, invalidToken);
    return {
      Activities: page.items.map(({ group, activity }) => describeActivityOf(group, activity)),
      NextToken: page.next,
    };
  },
};

export function describeActivityOf(group: CloudGroup, activity: ScalingActivity): Activity {
  const { description, cause, details, progress } = describeActivity(activity);
  const subnet = group.places.subnetByZone.get(activity.zone);
  return {
    ActivityId: activity.id,
    AutoScalingGroupName: group.name,
    AutoScalingGroupARN: group.arn,
    Description: description,
    Cause: cause,
    StartTime: dateOf(activity.startedAt),
    ...(activity.endedAt !== null && { EndTime: dateOf(activity.endedAt) }),
    StatusCode: activity.status,
    ...(activity.statusMessage !== null && { StatusMessage: activity.statusMessage }),
    Progress: progress,
    Details:
      subnet === undefined
        ? details
        : JSON.stringify({ 'Subnet ID': subnet, ...JSON.parse(details) }),
  };
}

function byTime({ activity: one }: Entry, { activity: other }: Entry): number {
  const underWay = Number(other.endedAt === null) - Number(one.endedAt === null);
  return underWay !== 0 ? underWay : other.startedAt - one.startedAt;
}

/** "DescribeScalingActivities" in the API reference: two bounds of the start, and the status. */
function filterTest({ Name, Values = [] }: Filter): (entry: Entry) => boolean {
  switch (Name) {
    case 'StartTimeLowerBound': {
      const bound = timeOf(Values);
      return ({ activity }) => activity.startedAt >= bound;
    }
    case 'StartTimeUpperBound': {
      const bound = timeOf(Values);
      return ({ activity }) => activity.startedAt <= bound;
    }
    case 'Status':
      return ({ activity }) => Values.includes(activity.status);
    default:
      throw validationError(
        `Invalid filter name: ${Name}; allowed are StartTimeLowerBound, StartTimeUpperBound, Status`,
      );
  }
}

function timeOf([value = '']: readonly string[]): number {
  const at = Date.parse(value) / 1000;
  if (Number.isNaN(at)) throw validationError(`${value} is not a time (ISO 8601)`);
  return at;
}
