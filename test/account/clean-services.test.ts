/** What an apply that failed half-way left beside the pools, on moto. */
import * as budgets from '@aws-sdk/client-budgets';
import * as watch from '@aws-sdk/client-cloudwatch';
import * as logs from '@aws-sdk/client-cloudwatch-logs';
import * as builds from '@aws-sdk/client-codebuild';
import * as dynamo from '@aws-sdk/client-dynamodb';
import * as events from '@aws-sdk/client-eventbridge';
import * as kms from '@aws-sdk/client-kms';
import * as s3 from '@aws-sdk/client-s3';
import * as sns from '@aws-sdk/client-sns';
import * as sqs from '@aws-sdk/client-sqs';
import * as ssm from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cleanFleet, listOwned, type OwnedResource } from '../../account/clean-fleet.ts';
import { tagKeys } from '../../pool/names.ts';
import { createWorld, type World } from '../end-to-end/world.ts';
import { missingParts } from '../harness/missing-part.ts';
import { motoPart } from '../harness/moto.ts';
import { aFleet } from '../scaler/samples.ts';
import { useEndpoint } from './on-cloud.ts';

describe.skipIf(await missingParts([motoPart]))('muster cleanup, beside the pools', () => {
  let world: World;
  let restore: () => void;
  const signal = () => AbortSignal.timeout(25_000);
  const fleet = (name: string) => ({ ...aFleet([]), name });

  beforeAll(async () => {
    world = await createWorld();
    restore = useEndpoint(world.moto.endpoint);
    for (const name of ['ci', 'ci2']) await makeServices(name);
  }, 90_000);
  afterAll(async () => {
    restore?.();
    await world?.stop();
  });

  const make = <Client>(Service: new (options: { region: string }) => Client): Client =>
    new Service({ region: world.region });

  /** As the stacks make them, as far as a cleanup cares. */
  async function makeServices(name: string): Promise<void> {
    const Tags = [{ Key: tagKeys.fleet, Value: name }];
    const tags = { [tagKeys.fleet]: name };
    const queue = make(sqs.SQSClient);
    for (const part of ['events', 'events-dead']) {
      await queue.send(new sqs.CreateQueueCommand({ QueueName: `${name}_${part}`, tags }));
    }
    const bus = make(events.EventBridgeClient);
    const EventPattern = '{"source":["aws.ec2"]}';
    await bus.send(new events.PutRuleCommand({ Name: `${name}_events-state`, EventPattern, Tags }));
    const Arn = `arn:aws:sqs:${world.region}:123456789012:${name}_events`;
    const Targets = [{ Id: 'queue', Arn }];
    await bus.send(new events.PutTargetsCommand({ Rule: `${name}_events-state`, Targets }));
    const metrics = make(watch.CloudWatchClient);
    await metrics.send(
      new watch.PutMetricAlarmCommand({
        ...{ AlarmName: `${name}_no-decision`, MetricName: 'Decisions', Namespace: 'Muster' },
        ...{ ComparisonOperator: 'LessThanThreshold', EvaluationPeriods: 1, Threshold: 1, Tags },
        ...{ Period: 60, Statistic: 'Sum' },
      }),
    );
    const DashboardBody = JSON.stringify({ widgets: [] });
    const DashboardName = `${name}_dashboard`;
    await metrics.send(new watch.PutDashboardCommand({ DashboardName, DashboardBody }));
    await make(sns.SNSClient).send(new sns.CreateTopicCommand({ Name: `${name}_alarms`, Tags }));
    await make(ssm.SSMClient).send(
      new ssm.PutParameterCommand({
        ...{ Name: `/muster/${name}/linux/arm64`, Value: 'ami-1', Type: 'String', Tags },
      }),
    );
    const log = make(logs.CloudWatchLogsClient);
    await log.send(new logs.CreateLogGroupCommand({ logGroupName: `/muster/${name}/linux`, tags }));
    await make(dynamo.DynamoDBClient).send(
      new dynamo.CreateTableCommand({
        TableName: `${name}_state`,
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [{ AttributeName: 'partition', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'partition', AttributeType: 'S' }],
        Tags,
      }),
    );
    await make(kms.KMSClient).send(
      new kms.CreateKeyCommand({
        Tags: Tags.map(({ Key, Value }) => ({ TagKey: Key, TagValue: Value })),
      }),
    );
    await make(builds.CodeBuildClient).send(
      new builds.CreateProjectCommand({
        name: `${name}_image-build`,
        source: { type: 'S3', location: 'bucket/source.zip' },
        artifacts: { type: 'NO_ARTIFACTS' },
        environment: { type: 'LINUX_CONTAINER', image: 'i', computeType: 'BUILD_GENERAL1_SMALL' },
        serviceRole: 'arn:aws:iam::123456789012:role/builder',
        tags: [{ key: tagKeys.fleet, value: name }],
      }),
    );
    await make(budgets.BudgetsClient).send(
      new budgets.CreateBudgetCommand({
        AccountId: '123456789012',
        Budget: {
          BudgetName: `${name}_budget`,
          BudgetType: 'COST',
          TimeUnit: 'MONTHLY',
          BudgetLimit: { Amount: '5', Unit: 'USD' },
        },
      }),
    );
    await makeBucket(name, Tags);
  }

  /** With a file in two versions, and one that was deleted. */
  async function makeBucket(name: string, TagSet: s3.Tag[]): Promise<void> {
    const client = new s3.S3Client({ region: world.region, forcePathStyle: true });
    const Bucket = `${name}-scaler-20260101`;
    const CreateBucketConfiguration = { LocationConstraint: 'eu-west-1' } as const;
    await client.send(new s3.CreateBucketCommand({ Bucket, CreateBucketConfiguration }));
    const VersioningConfiguration = { Status: 'Enabled' } as const;
    await client.send(new s3.PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
    await client.send(new s3.PutBucketTaggingCommand({ Bucket, Tagging: { TagSet } }));
    for (const Body of ['1', '2']) {
      await client.send(new s3.PutObjectCommand({ Bucket, Key: 'muster.yaml', Body }));
    }
    await client.send(new s3.DeleteObjectCommand({ Bucket, Key: 'muster.yaml' }));
  }

  const all = (name: string) => [
    `event rule ${name}_events-state`,
    `alarm ${name}_no-decision`,
    `dashboard ${name}_dashboard`,
    `build project ${name}_image-build`,
    `topic arn:aws:sns:eu-west-1:123456789012:${name}_alarms`,
    `queue ${name}_events`,
    `queue ${name}_events-dead`,
    `SSM parameter /muster/${name}/linux/arm64`,
    `table ${name}_state`,
    `bucket ${name}-scaler-20260101`,
    `log group /muster/${name}/linux`,
    'key',
    `budget ${name}_budget`,
  ];
  const texts = (resources: readonly OwnedResource[]) =>
    resources.map(({ kind, id }) => (kind === 'key' ? kind : `${kind} ${id}`));

  it('lists one of each, in the order in which they go, and nothing that it cannot remove', async () => {
    const { resources, others } = await listOwned(fleet('ci'), signal());
    expect(texts(resources)).toEqual(all('ci'));
    expect(resources.filter(({ kept }) => kept !== null)).toEqual([]);
    expect(others).toEqual([]);
  });

  it("removes what is the fleet's, with all that is in it, and nothing of another's", async () => {
    const removed: OwnedResource[] = [];
    const onRemoved = (resource: OwnedResource) => removed.push(resource);
    const options = { fleet: fleet('ci'), interval: 0.05, onRemoved };
    expect(await cleanFleet(options, signal())).toEqual([]);
    expect(texts(removed).sort()).toEqual([...all('ci')].sort());
    expect(await listOwned(fleet('ci'), signal())).toEqual({ resources: [], others: [] });
    expect(texts((await listOwned(fleet('ci2'), signal())).resources)).toEqual(all('ci2'));
    const { Keys = [] } = await make(kms.KMSClient).send(new kms.ListKeysCommand());
    const states = await Promise.all(
      Keys.map(async ({ KeyId }) => {
        const { KeyMetadata } = await make(kms.KMSClient).send(
          new kms.DescribeKeyCommand({ KeyId }),
        );
        return KeyMetadata?.KeyState;
      }),
    );
    expect(states.sort()).toEqual(['Enabled', 'PendingDeletion']);
    // Again: what has gone is no failure.
    expect(await cleanFleet(options, signal())).toEqual([]);
  });

  it('keeps and lists a table that has the name without the tag', async () => {
    const client = make(dynamo.DynamoDBClient);
    const ResourceArn = `arn:aws:dynamodb:${world.region}:123456789012:table/ci2_state`;
    const TagKeys = [tagKeys.fleet];
    await client.send(new dynamo.UntagResourceCommand({ ResourceArn, TagKeys }));
    const { resources } = await listOwned(fleet('ci2'), signal());
    const kept = resources.filter((resource) => resource.kept !== null);
    expect(kept.map(({ id, kept }) => [id, kept])).toEqual([
      ['ci2_state', expect.stringMatching(/^named as the fleet's/)],
    ]);
  });
});
