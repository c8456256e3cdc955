/**
 * Every AWS call that the scaler makes, once: its IAM policy is derived from this list, and its
 * adapters may use no other command. Plain data.
 */

export interface AwsCall {
  /** IAM action, which for these services is also the API's name for the call. */
  readonly action: string;
  /** Package and export of the SDK that make the call. */
  readonly client: string;
  readonly command: string;
  readonly scope: CallScope;
  /** Actions that AWS checks against the caller while it serves this call. */
  readonly dependents: readonly DependentAction[];
}

export interface DependentAction {
  readonly action: string;
  readonly scope: CallScope;
  /** Where AWS says so. */
  readonly source: string;
}

/** What a call may be limited to, as far as IAM supports a limit for it. */
export type CallScope =
  /** Reads of a whole account or region: IAM knows no resource and no tag for them. */
  | 'anything'
  /** Auto scaling groups that carry the fleet's tag. */
  | 'groups-of-fleet'
  /** The queues that the fleet's pools declare. */
  | 'queues-of-fleet'
  /** Metrics in our namespace. */
  | 'metric-namespace'
  /** What EC2 Fleet makes to launch from such templates. */
  | 'fleet-requests'
  /** The topics of the fleet's notices: its own, and those that its pools declare. */
  | 'notice-topics'
  /** Instances from launch templates that carry the fleet's tag, in the fleet's subnets. */
  | 'launches-of-fleet'
  /** Tags on what such a launch creates, the fleet's tag among them. */
  | 'tags-at-launch'
  /** The roles of the fleet's workers, to EC2 only. */
  | 'worker-roles'
  /** The parameters that hold the pools' image ids. */
  | 'image-parameters';

const launchTemplatePermissions =
  'https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-launch-template-permissions.html';
const parameterPermissions =
  'https://docs.aws.amazon.com/autoscaling/ec2/userguide/using-systems-manager-parameters.html';

const synchronousLaunchPermissions =
  'https://docs.aws.amazon.com/autoscaling/ec2/userguide/launching-instances-synchronous-provisioning.html';

/** AWS tries an update that names a launch template against the caller's own right to launch it. */
const launchTemplateDependents: readonly DependentAction[] = [
  {
    action: 'ec2:RunInstances',
    scope: 'launches-of-fleet',
    source: launchTemplatePermissions,
  },
  { action: 'ec2:CreateTags', scope: 'tags-at-launch', source: launchTemplatePermissions },
  { action: 'iam:PassRole', scope: 'worker-roles', source: launchTemplatePermissions },
  { action: 'ssm:GetParameters', scope: 'image-parameters', source: parameterPermissions },
];

export const awsCalls = [
  {
    action: 'autoscaling:DescribeAutoScalingGroups',
    client: '@aws-sdk/client-auto-scaling',
    command: 'DescribeAutoScalingGroupsCommand',
    scope: 'anything',
    dependents: [],
  },
  {
    action: 'autoscaling:DescribeScalingActivities',
    client: '@aws-sdk/client-auto-scaling',
    command: 'DescribeScalingActivitiesCommand',
    scope: 'anything',
    dependents: [],
  },
  {
    action: 'autoscaling:UpdateAutoScalingGroup',
    client: '@aws-sdk/client-auto-scaling',
    command: 'UpdateAutoScalingGroupCommand',
    scope: 'groups-of-fleet',
    dependents: launchTemplateDependents,
  },
  {
    action: 'autoscaling:SetDesiredCapacity',
    client: '@aws-sdk/client-auto-scaling',
    command: 'SetDesiredCapacityCommand',
    scope: 'groups-of-fleet',
    dependents: [],
  },
  {
    action: 'autoscaling:LaunchInstances',
    client: '@aws-sdk/client-auto-scaling',
    command: 'LaunchInstancesCommand',
    scope: 'groups-of-fleet',
    // The launch itself asks for what an update that names a template does, which is listed there.
    dependents: [
      {
        action: 'ec2:CreateFleet',
        scope: 'fleet-requests',
        source: synchronousLaunchPermissions,
      },
      {
        action: 'ec2:DescribeLaunchTemplateVersions',
        scope: 'anything',
        source: synchronousLaunchPermissions,
      },
    ],
  },
  {
    action: 'autoscaling:TerminateInstanceInAutoScalingGroup',
    client: '@aws-sdk/client-auto-scaling',
    command: 'TerminateInstanceInAutoScalingGroupCommand',
    scope: 'groups-of-fleet',
    dependents: [],
  },
  {
    action: 'ec2:DescribeInstances',
    client: '@aws-sdk/client-ec2',
    command: 'DescribeInstancesCommand',
    scope: 'anything',
    dependents: [],
  },
  {
    action: 'ec2:DescribeLaunchTemplates',
    client: '@aws-sdk/client-ec2',
    command: 'DescribeLaunchTemplatesCommand',
    scope: 'anything',
    dependents: [],
  },
  {
    action: 'ec2:DescribeSpotPriceHistory',
    client: '@aws-sdk/client-ec2',
    command: 'DescribeSpotPriceHistoryCommand',
    scope: 'anything',
    dependents: [],
  },
  {
    action: 'sqs:GetQueueAttributes',
    client: '@aws-sdk/client-sqs',
    command: 'GetQueueAttributesCommand',
    scope: 'queues-of-fleet',
    dependents: [],
  },
  {
    action: 'cloudwatch:GetMetricData',
    client: '@aws-sdk/client-cloudwatch',
    command: 'GetMetricDataCommand',
    scope: 'anything',
    dependents: [],
  },
  {
    action: 'cloudwatch:PutMetricData',
    client: '@aws-sdk/client-cloudwatch',
    command: 'PutMetricDataCommand',
    scope: 'metric-namespace',
    dependents: [],
  },
  {
    action: 'sns:Publish',
    client: '@aws-sdk/client-sns',
    command: 'PublishCommand',
    scope: 'notice-topics',
    dependents: [],
  },
  {
    action: 'pricing:GetProducts',
    client: '@aws-sdk/client-pricing',
    command: 'GetProductsCommand',
    scope: 'anything',
    dependents: [],
  },
] as const satisfies readonly AwsCall[];
