/** How events and notifications reach queues, topics and rules, and roles their instances: with moto. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CreateLaunchTemplateCommand } from '@aws-sdk/client-ec2';
import {
  AddRoleToInstanceProfileCommand,
  CreateInstanceProfileCommand,
  CreateRoleCommand,
  IAMClient,
} from '@aws-sdk/client-iam';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EventBus } from '../../cloud/event-bus.ts';
import { RegionKeys } from '../../cloud/identity/region-keys.ts';
import { InstanceProfiles } from '../../cloud/metadata/instance-profiles.ts';
import { MetadataService } from '../../cloud/metadata/metadata-service.ts';
import { NotificationDelivery } from '../../cloud/notification-delivery.ts';
import { Upstream } from '../../cloud/upstream.ts';
import { missingParts } from '../harness/missing-part.ts';
import { type Moto, motoPart, startMoto } from '../harness/moto.ts';
import { type CloudSession, openSession } from './cloud-session.ts';
import { makeSpotGroup, region } from './fleet-on-cloud.ts';
import { openEndpoint, openMetadata } from './metadata-session.ts';

const missing = await missingParts([motoPart]);

describe.skipIf(missing)('with moto as upstream', () => {
  let moto: Moto;
  let upstream: Upstream;
  let session: CloudSession;
  let bus: EventBus;
  let notifications: NotificationDelivery;
  let clients: { readonly sqs: SQSClient; readonly sns: SNSClient; readonly iam: IAMClient };
  const lost: string[] = [];

  beforeAll(async () => {
    moto = await startMoto();
    upstream = new Upstream(new URL(moto.endpoint));
    bus = new EventBus(upstream, (why) => lost.push(why));
    notifications = new NotificationDelivery(upstream, (why) => lost.push(why));
    session = await openSession({
      upstream: moto.endpoint,
      onEvent: (event) => bus.send(event),
      onNotification: (notification) => notifications.send(notification),
    });
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    const options = { region, endpoint: session.running.endpoint, credentials };
    clients = {
      sqs: new SQSClient(options),
      sns: new SNSClient(options),
      iam: new IAMClient(options),
    };
  });
  afterAll(async () => {
    for (const client of Object.values(clients ?? {})) client.destroy();
    await session?.stop();
    await moto?.stop();
  });

  const newQueue = async (QueueName: string) => {
    const { QueueUrl } = await clients.sqs.send(new CreateQueueCommand({ QueueName }));
    const { Attributes } = await clients.sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }),
    );
    return { url: QueueUrl!, arn: Attributes!.QueueArn! };
  };
  const messages = async (QueueUrl: string) => {
    const { Messages = [] } = await clients.sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }),
    );
    return Messages.map(({ Body }) => JSON.parse(Body!) as Record<string, unknown>);
  };
  const groupWithHooks = async (AutoScalingGroupName: string, targets: readonly string[]) => {
    const name = await makeSpotGroup(session.clients, session.templateId, {
      AutoScalingGroupName,
      DesiredCapacity: 1,
      LifecycleHookSpecificationList: targets.map((NotificationTargetARN, index) => ({
        LifecycleHookName: `hook-${index}`,
        LifecycleTransition: 'autoscaling:EC2_INSTANCE_LAUNCHING',
        NotificationTargetARN,
        RoleARN: 'arn:aws:iam::123456789012:role/notify',
      })),
    });
    await session.running.cloud.step(60);
    await notifications.settled();
    return name;
  };

  it('a rule that is put there sends what fits its pattern, and nothing else', async () => {
    const queue = await newQueue('ruled');
    const put = (action: string, body: object) =>
      upstream.json(region, 'events', `AWSEvents.${action}`, '1.1', body);
    const types = ['EC2 Spot Instance Interruption Warning', 'EC2 Instance Launch Successful'];
    const pattern = { 'detail-type': types, source: ['aws.ec2'] };
    await put('PutRule', { Name: 'warnings', EventPattern: JSON.stringify(pattern) });
    await put('PutTargets', { Rule: 'warnings', Targets: [{ Id: 'queue', Arn: queue.arn }] });
    const name = await groupWithHooks('ruled', []);
    const [id = ''] = await session.instanceIds(name);
    await session.running.cloud.act({ action: 'interrupt', instanceIds: [id] });
    await bus.settled();
    expect(lost).toEqual([]);
    // moto's rules leave the account out.
    expect(await messages(queue.url)).toMatchObject([
      {
        'detail-type': 'EC2 Spot Instance Interruption Warning',
        source: 'aws.ec2',
        region,
        time: '2026-01-01T00:01:00Z',
        resources: [`arn:aws:ec2:${region}:123456789012:instance/${id}`],
        detail: { 'instance-id': id, 'instance-action': 'terminate' },
      },
    ]);
  });

  it('the targets of hooks get what is sent to them: a queue, and a topic', async () => {
    const [queue, ofTopic] = [await newQueue('hooks'), await newQueue('of-topic')];
    const { TopicArn } = await clients.sns.send(new CreateTopicCommand({ Name: 'hooks' }));
    const subscription = { TopicArn, Protocol: 'sqs', Endpoint: ofTopic.arn };
    await clients.sns.send(new SubscribeCommand(subscription));
    const name = await groupWithHooks('hooked', [queue.arn, TopicArn!]);
    expect(lost).toEqual([]);
    const [id = ''] = await session.instanceIds(name);
    const test = { Event: 'autoscaling:TEST_NOTIFICATION', AutoScalingGroupName: name };
    const action = { EC2InstanceId: id, LifecycleTransition: 'autoscaling:EC2_INSTANCE_LAUNCHING' };
    expect(await messages(queue.url)).toMatchObject([
      test,
      { ...action, LifecycleHookName: 'hook-0' },
    ]);
    const published = await messages(ofTopic.url);
    expect(published.map(({ Message }) => JSON.parse(Message as string))).toMatchObject([
      test,
      { ...action, LifecycleHookName: 'hook-1' },
    ]);
    expect(published.at(-1)!.Subject).toContain(`'LAUNCHING' for instance ${id}`);
  });

  it('tells of targets that are not there', async () => {
    await groupWithHooks('lost', [`arn:aws:sqs:${region}:123456789012:no-such-queue`]);
    const told = lost.splice(0);
    expect(told).toHaveLength(2);
    for (const why of told) expect(why).toMatch(/^notification lost: .*no-such-queue: status 400/);
  });

  it('an instance has the role of its profile, and credentials for it from STS', async () => {
    const { iam } = clients;
    const RoleName = 'worker-role';
    const profile = { InstanceProfileName: 'worker-profile' };
    await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: '{}' }));
    await iam.send(new CreateInstanceProfileCommand(profile));
    await iam.send(new AddRoleToInstanceProfileCommand({ ...profile, RoleName }));
    const { LaunchTemplate } = await session.clients.ec2.send(
      new CreateLaunchTemplateCommand({
        LaunchTemplateName: 'with-role',
        LaunchTemplateData: {
          ImageId: 'ami-0123456789abcdef0',
          IamInstanceProfile: { Name: profile.InstanceProfileName },
        },
      }),
    );
    const name = await makeSpotGroup(session.clients, LaunchTemplate!.LaunchTemplateId!, {
      AutoScalingGroupName: 'with-role',
      DesiredCapacity: 1,
    });
    await session.running.cloud.step(60);
    const [instanceId = ''] = await session.instanceIds(name);
    const endpoint = await openEndpoint(session, { instanceId });
    const read = async (path: string) =>
      (await fetch(`${endpoint}/latest/meta-data/iam/${path}`)).text();
    expect(await read('security-credentials/')).toBe(RoleName);
    const credentials = JSON.parse(await read(`security-credentials/${RoleName}`));
    expect(JSON.parse(await read('info'))).toMatchObject({
      Code: 'Success',
      InstanceProfileArn: 'arn:aws:iam::123456789012:instance-profile/worker-profile',
    });
    const identity = await fetch(moto.endpoint, {
      method: 'POST',
      headers: {
        authorization: `AWS4-HMAC-SHA256 Credential=${credentials.AccessKeyId}/20260101/${region}/sts/aws4_request, SignedHeaders=host, Signature=${'0'.repeat(64)}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: 'Action=GetCallerIdentity&Version=2011-06-15',
    });
    // STS of the upstream knows whose they are.
    expect(await identity.text()).toContain(`assumed-role/${RoleName}/${instanceId}`);
  });
});

describe('an upstream that does not answer', () => {
  let silent: Server;
  let connections = 0;
  beforeAll(async () => {
    silent = createServer(() => connections++);
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
  });
  afterAll(() => {
    silent.closeAllConnections();
    silent.close();
  });
  const url = () => new URL(`http://127.0.0.1:${(silent.address() as AddressInfo).port}`);

  it('is given up, and told as out of service', async () => {
    const call = { Action: 'GetUser', Version: '2010-05-08' };
    await expect(new Upstream(url(), 100).query(region, 'iam', call)).rejects.toMatchObject({
      code: 'ServiceUnavailable',
      status: 503,
    });
    expect(connections).toBe(1);
  });

  it('does not keep an instance from the rest of its metadata', async () => {
    const profiles = new InstanceProfiles(new Upstream(url(), 100));
    const session = await openMetadata({ IamInstanceProfile: { Name: 'worker' } });
    const { cloud } = session.running;
    const keys = new RegionKeys(null);
    const service = new MetadataService({ cloud, keys, profiles });
    try {
      const token = { path: 'latest/api/token', method: 'PUT', hops: 1 } as const;
      const { instanceId } = session;
      const headers = { 'x-aws-ec2-metadata-token-ttl-seconds': '60' };
      const answer = await service.serve({ ...token, instanceId, headers });
      const get = (path: string) =>
        service.serve({
          instanceId,
          method: 'GET',
          path: `latest/meta-data/${path}`,
          hops: 1,
          headers: { 'x-aws-ec2-metadata-token': String(answer!.body) },
        });
      expect(await get('instance-id')).toMatchObject({ status: 200, body: instanceId });
      expect(await get('iam/security-credentials/worker')).toMatchObject({ status: 503 });
    } finally {
      await session.stop();
    }
  });
});

describe('without an upstream', () => {
  it('tells of what has nowhere to go', async () => {
    const told: string[] = [];
    const notifications = new NotificationDelivery(null, (why) => told.push(why));
    notifications.send({ targetArn: 'arn:aws:sqs:x:1:q', subject: '', message: '{}' });
    await notifications.settled();
    expect(told).toEqual([expect.stringContaining('--upstream URL names who has it')]);
  });

  it('an upstream that takes no events is told of once', async () => {
    const told: string[] = [];
    const bus = new EventBus(new Upstream(new URL('http://127.0.0.1:1')), (why) => told.push(why));
    const event = { source: 'aws.ec2', detailType: 'x', resources: [], detail: {} } as const;
    for (let count = 0; count < 30; count++) bus.send({ ...event, region, time: new Date(0) });
    await bus.settled();
    bus.send({ ...event, region, time: new Date(0) });
    await bus.settled();
    expect(told).toEqual([expect.stringContaining('no more events to rules of the upstream')]);
  });
});
