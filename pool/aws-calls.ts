/**
 * Every AWS call that the scaler makes, once: its IAM policy is derived from this list, and its
 * adapters may use no other command. Plain data.
 */

export interface AwsCall {
  /** IAM action. It has the API's name for the call, but for {@link sharedActions}. */
  readonly action: string;
  /** Package and export of the SDK that make the call. */
  readonly client: string;
  readonly command: string;
  /** Several where the call is made for several purposes. */
  readonly scope: CallScope | readonly CallScope[];
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
  /** The table of the scaler's state. */
  | 'state-table'
  /** The key that encrypts what is kept. */
  | 'state-key'
  /** The queues that the fleet's pools declare. */
  | 'queues-of-fleet'
  /** The fleet's own queues of events. */
  | 'event-queues'
  /** Parameters that hold credentials of queue sources. */
  | 'source-parameters'
  /** Secrets that hold them. */
  | 'source-secrets'
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

/**
 * Calls that another action allows. Source: "Actions, resources, and condition keys" of Amazon SQS and
 * Amazon DynamoDB in the service authorization reference, which have no action for batches and
 * transactions.
 */
export const sharedActions: Readonly<Record<string, string>> = {
  DeleteMessageBatchCommand: 'sqs:DeleteMessage',
  TransactWriteItemsCommand: 'dynamodb:ConditionCheckItem',
};

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
    action: 'sqs:GetQueueUrl',
    client: '@aws-sdk/client-sqs',
    command: 'GetQueueUrlCommand',
    scope: 'event-queues',
    dependents: [],
  },
  {
    action: 'sqs:ReceiveMessage',
    client: '@aws-sdk/client-sqs',
    command: 'ReceiveMessageCommand',
    scope: 'event-queues',
    dependents: [],
  },
  {
    action: 'sqs:DeleteMessage',
    client: '@aws-sdk/client-sqs',
    command: 'DeleteMessageBatchCommand',
    scope: 'event-queues',
    dependents: [],
  },
  {
    action: 'ssm:GetParameters',
    client: '@aws-sdk/client-ssm',
    command: 'GetParametersCommand',
    scope: ['source-parameters', 'image-parameters'],
    dependents: [],
  },
  {
    action: 'secretsmanager:GetSecretValue',
    client: '@aws-sdk/client-secrets-manager',
    command: 'GetSecretValueCommand',
    scope: 'source-secrets',
    dependents: [],
  },
  {
    action: 'dynamodb:GetItem',
    client: '@aws-sdk/client-dynamodb',
    command: 'GetItemCommand',
    scope: 'state-table',
    dependents: [],
  },
  {
    action: 'dynamodb:Query',
    client: '@aws-sdk/client-dynamodb',
    command: 'QueryCommand',
    scope: 'state-table',
    dependents: [],
  },
  {
    action: 'dynamodb:PutItem',
    client: '@aws-sdk/client-dynamodb',
    command: 'PutItemCommand',
    scope: 'state-table',
    dependents: [],
  },
  {
    action: 'dynamodb:DeleteItem',
    client: '@aws-sdk/client-dynamodb',
    command: 'DeleteItemCommand',
    scope: 'state-table',
    dependents: [],
  },
  {
    // Its puts and deletes ask for what the single ones do, which are listed above.
    action: 'dynamodb:ConditionCheckItem',
    client: '@aws-sdk/client-dynamodb',
    command: 'TransactWriteItemsCommand',
    scope: 'state-table',
    dependents: [],
  },
  {
    action: 'kms:GenerateDataKey',
    client: '@aws-sdk/client-kms',
    command: 'GenerateDataKeyCommand',
    scope: 'state-key',
    dependents: [],
  },
  {
    action: 'kms:Decrypt',
    client: '@aws-sdk/client-kms',
    command: 'DecryptCommand',
    scope: 'state-key',
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
