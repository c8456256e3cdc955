/** What stands beside the pools: events, alarms, topics, queues, builds, tables, files, logs and keys. */
import { BudgetsClient, DeleteBudgetCommand, DescribeBudgetCommand } from '@aws-sdk/client-budgets';
import {
  CloudWatchClient,
  DeleteAlarmsCommand,
  DeleteDashboardsCommand,
  ListDashboardsCommand,
} from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient, DeleteLogGroupCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  BatchGetProjectsCommand,
  CodeBuildClient,
  DeleteProjectCommand,
} from '@aws-sdk/client-codebuild';
import {
  DeleteTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  ListTagsOfResourceCommand,
} from '@aws-sdk/client-dynamodb';
import { DescribeSecurityGroupsCommand } from '@aws-sdk/client-ec2';
import {
  DeleteRuleCommand,
  EventBridgeClient,
  ListRulesCommand,
  ListTagsForResourceCommand,
  ListTargetsByRuleCommand,
  RemoveTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import { DescribeKeyCommand, KMSClient, ScheduleKeyDeletionCommand } from '@aws-sdk/client-kms';
import { DeleteTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import { DeleteQueueCommand, GetQueueUrlCommand, SQSClient } from '@aws-sdk/client-sqs';
import { DeleteParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { fleetWideName, groupNamePrefix } from '../pool/names.ts';
import { emptyAndDeleteBucket } from './delete-bucket.ts';
import { type FoundResource, found, type Place, type ResourceKind } from './fleet-resource.ts';
import { taggedArns } from './tagged-arns.ts';
import { withClient } from './with-client.ts';

/** A kind that is known by its tag alone, and called by the last part of its ARN. */
function tagged(
  name: string,
  type: string,
  idOf: (arn: string) => string,
  remove: ResourceKind['remove'],
): ResourceKind {
  return {
    name,
    list: async (place, abortSignal) =>
      (await taggedArns(place, abortSignal))
        .filter((arn) => arn.split(':')[2] === type.split(':')[0] && isOfType(arn, type))
        .map((arn): FoundResource => ({ id: idOf(arn), name: null, kept: null })),
    remove,
  };
}

/** `service`, or `service:type` where the ARN goes on with the type. */
function isOfType(arn: string, type: string): boolean {
  const [, of] = type.split(':');
  return of === undefined || new RegExp(`^${of}[:/]`).test(arn.split(':').slice(5).join(':'));
}

const afterColons = (count: number) => (arn: string) => arn.split(':').slice(count).join(':');
const afterSlash = (arn: string) => arn.slice(arn.indexOf('/') + 1);

export const eventRule: ResourceKind = {
  name: 'event rule',
  list: (place, abortSignal) =>
    withClient(EventBridgeClient, place, async (client) => {
      const NamePrefix = groupNamePrefix(place.fleet);
      const rules: FoundResource[] = [];
      let NextToken: string | undefined;
      do {
        const page = await client.send(new ListRulesCommand({ NamePrefix, NextToken }), {
          abortSignal,
        });
        for (const { Name: id, Arn: ResourceARN } of page.Rules ?? []) {
          const { Tags } = await client.send(new ListTagsForResourceCommand({ ResourceARN }), {
            abortSignal,
          });
          rules.push(...found(place, { id, tags: Tags, isNamedSo: true }));
        }
        NextToken = page.NextToken;
      } while (NextToken);
      return rules;
    }),
  remove: (place, Rule, abortSignal) =>
    withClient(EventBridgeClient, place, async (client) => {
      const { Targets = [] } = await client.send(new ListTargetsByRuleCommand({ Rule }), {
        abortSignal,
      });
      const Ids = Targets.flatMap(({ Id }) => Id ?? []);
      if (Ids.length > 0) {
        await client.send(new RemoveTargetsCommand({ Rule, Ids }), { abortSignal });
      }
      await client.send(new DeleteRuleCommand({ Name: Rule }), { abortSignal });
    }),
};

export const alarm = tagged('alarm', 'cloudwatch:alarm', afterColons(6), (place, id, abortSignal) =>
  withClient(CloudWatchClient, place, (client) =>
    client.send(new DeleteAlarmsCommand({ AlarmNames: [id] }), { abortSignal }),
  ),
);

/** Dashboards take no tags: the name, which no other fleet's has, is their only mark. */
export const dashboard: ResourceKind = {
  name: 'dashboard',
  list: (place, abortSignal) =>
    withClient(CloudWatchClient, place, async (client) => {
      const DashboardNamePrefix = fleetWideName(place.fleet, 'dashboard');
      const { DashboardEntries = [] } = await client.send(
        new ListDashboardsCommand({ DashboardNamePrefix }),
        { abortSignal },
      );
      return DashboardEntries.filter(
        ({ DashboardName }) => DashboardName === DashboardNamePrefix,
      ).map((): FoundResource => ({ id: DashboardNamePrefix, name: null, kept: null }));
    }),
  remove: (place, id, abortSignal) =>
    withClient(CloudWatchClient, place, (client) =>
      client.send(new DeleteDashboardsCommand({ DashboardNames: [id] }), { abortSignal }),
    ),
};

export const topic = tagged(
  'topic',
  'sns',
  (arn) => arn,
  (place, TopicArn, abortSignal) =>
    withClient(SNSClient, place, (client) =>
      client.send(new DeleteTopicCommand({ TopicArn }), { abortSignal }),
    ),
);

export const queue = tagged('queue', 'sqs', afterColons(5), (place, QueueName, abortSignal) =>
  withClient(SQSClient, place, async (client) => {
    const { QueueUrl } = await client.send(new GetQueueUrlCommand({ QueueName }), { abortSignal });
    await client.send(new DeleteQueueCommand({ QueueUrl }), { abortSignal });
  }),
);

export const parameter = tagged(
  'SSM parameter',
  'ssm:parameter',
  (arn) => `/${afterSlash(arn).replace(/^\//, '')}`,
  (place, Name, abortSignal) =>
    withClient(SSMClient, place, (client) =>
      client.send(new DeleteParameterCommand({ Name }), { abortSignal }),
    ),
);

export const logGroup = tagged(
  'log group',
  'logs:log-group',
  (arn) => afterColons(6)(arn).replace(/:\*$/, ''),
  (place, logGroupName, abortSignal) =>
    withClient(CloudWatchLogsClient, place, (client) =>
      client.send(new DeleteLogGroupCommand({ logGroupName }), { abortSignal }),
    ),
);

/** With all that is in it, in every version. */
export const bucket = tagged('bucket', 's3', afterColons(5), emptyAndDeleteBucket);

/** By its name: `GetProjects` names no tags, and asking for all of an account's would take long. */
export const buildProject: ResourceKind = {
  name: 'build project',
  list: (place, abortSignal) =>
    withClient(CodeBuildClient, place, async (client) => {
      const name = fleetWideName(place.fleet, 'image-build');
      const { projects = [] } = await client.send(new BatchGetProjectsCommand({ names: [name] }), {
        abortSignal,
      });
      return projects.flatMap(({ name: id, tags = [] }) =>
        found(place, {
          id,
          tags: tags.map(({ key, value }) => ({ Key: key, Value: value })),
          isNamedSo: true,
        }),
      );
    }),
  remove: (place, name, abortSignal) =>
    withClient(CodeBuildClient, place, (client) =>
      client.send(new DeleteProjectCommand({ name }), { abortSignal }),
    ),
};

export const table: ResourceKind = {
  name: 'table',
  list: (place, abortSignal) =>
    withClient(DynamoDBClient, place, async (client) => {
      const TableName = fleetWideName(place.fleet, 'state');
      const ResourceArn = await client
        .send(new DescribeTableCommand({ TableName }), { abortSignal })
        .then(({ Table }) => (Table?.TableStatus === 'DELETING' ? undefined : Table?.TableArn))
        .catch(unlessNotFound);
      if (ResourceArn === undefined) return [];
      const { Tags } = await client.send(new ListTagsOfResourceCommand({ ResourceArn }), {
        abortSignal,
      });
      return found(place, { id: TableName, tags: Tags, isNamedSo: true });
    }),
  remove: (place, TableName, abortSignal) =>
    withClient(DynamoDBClient, place, (client) =>
      client.send(new DeleteTableCommand({ TableName }), { abortSignal }),
    ),
};

/** AWS deletes a key after a time in which a person may think better of it: this is its longest. */
const keyDeletionDays = 30;

export const key: ResourceKind = {
  ...tagged('key', 'kms:key', afterSlash, (place, KeyId, abortSignal) =>
    withClient(KMSClient, place, (client) =>
      client.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: keyDeletionDays }), {
        abortSignal,
      }),
    ),
  ),
  list: (place, abortSignal) =>
    withClient(KMSClient, place, async (client) => {
      const arns = (await taggedArns(place, abortSignal)).filter((arn) =>
        /:kms:.*:key\//.test(arn),
      );
      const keys: FoundResource[] = [];
      for (const KeyId of arns) {
        const { KeyMetadata } = await client.send(new DescribeKeyCommand({ KeyId }), {
          abortSignal,
        });
        if (KeyMetadata?.KeyState === 'PendingDeletion') continue;
        keys.push({ id: afterSlash(KeyId), name: null, kept: null });
      }
      return keys;
    }),
};

/** Of the account. Its name, which no other fleet's has, is its mark: budgets are listed without tags. */
export const budget: ResourceKind = {
  name: 'budget',
  list: (place, abortSignal) =>
    withClient(BudgetsClient, place, async (client) => {
      const BudgetName = fleetWideName(place.fleet, 'budget');
      const AccountId = await accountIdOf(place, abortSignal);
      // Without so much as a VPC there was no fleet.
      if (AccountId === undefined) return [];
      const found = await client
        .send(new DescribeBudgetCommand({ AccountId, BudgetName }), { abortSignal })
        .catch(unlessNotFound);
      return found?.Budget === undefined ? [] : [{ id: BudgetName, name: null, kept: null }];
    }),
  remove: (place, BudgetName, abortSignal) =>
    withClient(BudgetsClient, place, async (client) => {
      const AccountId = await accountIdOf(place, abortSignal);
      await client.send(new DeleteBudgetCommand({ AccountId, BudgetName }), { abortSignal });
    }),
};

/** Every VPC has a security group, and each names its account. */
async function accountIdOf({ ec2 }: Place, abortSignal: AbortSignal): Promise<string | undefined> {
  const command = new DescribeSecurityGroupsCommand({ MaxResults: 5 });
  const { SecurityGroups: [group] = [] } = await ec2.send(command, { abortSignal });
  return group?.OwnerId;
}

function unlessNotFound(error: unknown): undefined {
  if (error instanceof Error && /NotFound/.test(error.name)) return undefined;
  throw error;
}
