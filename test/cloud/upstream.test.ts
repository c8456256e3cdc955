/** What is passed on to moto, and what comes of both together. */
import {
  CreateSubnetCommand,
  CreateTagsCommand,
  CreateVpcCommand,
  DescribeSubnetsCommand,
} from '@aws-sdk/client-ec2';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EventDelivery } from '../../cloud/event-delivery.ts';
import { Upstream } from '../../cloud/upstream.ts';
import { missingParts } from '../harness/missing-part.ts';
import { type Moto, motoPart, startMoto } from '../harness/moto.ts';
import { type CloudSession, openSession } from './cloud-session.ts';
import { describeGroup, makeSpotGroup, region } from './fleet-on-cloud.ts';

const missing = await missingParts([motoPart]);

describe.skipIf(missing)('with moto as upstream', () => {
  let moto: Moto;
  let session: CloudSession;
  let sqs: SQSClient;
  let delivery: EventDelivery;
  let queueUrl: string;
  const lost: string[] = [];

  beforeAll(async () => {
    moto = await startMoto();
    session = await openSession({
      upstream: moto.endpoint,
      onEvent: (event) => delivery.send(event),
    });
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    sqs = new SQSClient({ region, endpoint: session.running.endpoint, credentials });
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'events' }));
    queueUrl = QueueUrl!;
    delivery = new EventDelivery(new Upstream(new URL(moto.endpoint)), new URL(queueUrl), (why) =>
      lost.push(why),
    );
  });
  afterAll(async () => {
    sqs?.destroy();
    await session?.stop();
    await moto?.stop();
  });

  it('a group in subnets launches in their zones', async () => {
    const { ec2 } = session.clients;
    const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16' }));
    const subnets: string[] = [];
    for (const [index, AvailabilityZone] of ['eu-west-1c', 'eu-west-1a'].entries()) {
      const CidrBlock = `10.0.${index}.0/24`;
      const { Subnet } = await ec2.send(
        new CreateSubnetCommand({ VpcId: Vpc!.VpcId, CidrBlock, AvailabilityZone }),
      );
      subnets.push(Subnet!.SubnetId!);
    }
    const change = { AvailabilityZones: undefined, VPCZoneIdentifier: subnets.join() };
    const group = await makeSpotGroup(session.clients, session.templateId, change);
    expect((await describeGroup(session.clients, group)).AvailabilityZones).toEqual([
      'eu-west-1c',
      'eu-west-1a',
    ]);
    const wrong = { AvailabilityZones: undefined, VPCZoneIdentifier: 'subnet-00000000' };
    await expect(
      makeSpotGroup(session.clients, session.templateId, {
        ...wrong,
        AutoScalingGroupName: 'other',
      }),
    ).rejects.toMatchObject({
      name: 'ValidationError',
      message: expect.stringContaining('subnet-'),
    });
  });

  it('tags of what is not ours are passed on', async () => {
    const { ec2 } = session.clients;
    const { Subnets = [] } = await ec2.send(new DescribeSubnetsCommand());
    const id = Subnets[0]!.SubnetId!;
    await ec2.send(new CreateTagsCommand({ Resources: [id], Tags: [{ Key: 'team', Value: 'a' }] }));
    const after = await ec2.send(new DescribeSubnetsCommand({ SubnetIds: [id] }));
    expect(after.Subnets?.[0]?.Tags).toEqual([{ Key: 'team', Value: 'a' }]);
  });

  it('events of instances reach a queue, as EventBridge sends them', async () => {
    const name = 'interrupted';
    await makeSpotGroup(session.clients, session.templateId, {
      AutoScalingGroupName: name,
      DesiredCapacity: 2,
    });
    await session.running.cloud.step(60);
    const [instanceId = ''] = await session.instanceIds(name);
    await session.running.cloud.act({ action: 'interrupt', instanceIds: [instanceId] });
    await delivery.settled();
    expect(lost).toEqual([]);
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: 10 }),
    );
    const told = Messages.map(({ Body }) => JSON.parse(Body!) as Record<string, unknown>);
    expect(
      told.filter((event) => event['detail-type'] === 'EC2 Spot Instance Interruption Warning'),
    ).toEqual([
      {
        version: '0',
        id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        'detail-type': 'EC2 Spot Instance Interruption Warning',
        source: 'aws.ec2',
        account: '123456789012',
        time: '2026-01-01T00:01:00Z',
        region,
        resources: [`arn:aws:ec2:${region}:123456789012:instance/${instanceId}`],
        detail: { 'instance-id': instanceId, 'instance-action': 'terminate' },
      },
    ]);
  });

  it('tells of events that could not be sent', async () => {
    const away = new EventDelivery(
      new Upstream(new URL(moto.endpoint)),
      new URL(`${moto.endpoint}/123456789012/no-such-queue`),
      (why) => lost.push(why),
    );
    const event = { source: 'aws.ec2', detailType: 'x', resources: [], detail: {} } as const;
    away.send({ ...event, region, time: new Date(0) });
    await away.settled();
    expect(lost.splice(0)).toEqual([expect.stringContaining('events lost')]);
  });
});
