/** A launch template that names an SSM parameter, which the upstream keeps. */
import { SetDesiredCapacityCommand } from '@aws-sdk/client-auto-scaling';
import { DescribeInstancesCommand } from '@aws-sdk/client-ec2';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { missingParts } from '../harness/missing-part.ts';
import { type Moto, motoPart, startMoto } from '../harness/moto.ts';
import { type CloudSession, openSession } from './cloud-session.ts';
import { makeSpotGroup, makeTemplate, region } from './fleet-on-cloud.ts';

const parameter = '/muster/ci/linux';

describe.skipIf(await missingParts([motoPart]))('an image from a parameter', () => {
  let moto: Moto;
  let session: CloudSession;
  let ssm: SSMClient;
  let group: string;

  beforeAll(async () => {
    moto = await startMoto();
    session = await openSession({ upstream: moto.endpoint });
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    ssm = new SSMClient({
      region,
      endpoint: session.running.endpoint,
      credentials,
      maxAttempts: 1,
    });
    const template = await makeTemplate(session.clients, 'ssm', 'ci', { parameter });
    group = await makeSpotGroup(session.clients, template, {}, { 'c6i.large': 1 });
  }, 90_000);
  afterAll(async () => {
    ssm?.destroy();
    await session?.stop();
    await moto?.stop();
  });

  const put = (Value: string, change: { Overwrite?: boolean; Name?: string } = {}) =>
    ssm.send(
      new PutParameterCommand({
        ...{ Name: parameter, Value, Type: 'String', Overwrite: true },
        ...change,
      }),
    );
  const images = async () => {
    const { Reservations = [] } = await session.clients.ec2.send(new DescribeInstancesCommand());
    return Reservations.flatMap(({ Instances = [] }) => Instances.map(({ ImageId }) => ImageId));
  };
  const launch = async (DesiredCapacity: number) => {
    const AutoScalingGroupName = group;
    await session.send(new SetDesiredCapacityCommand({ AutoScalingGroupName, DesiredCapacity }));
    await session.running.cloud.step(30);
  };

  it('is the value at each launch, of what the upstream took', async () => {
    await put('ami-11111111');
    await put('ami-99999999', { Name: '/muster/ci/other' });
    await launch(1);
    expect(await images()).toEqual(['ami-11111111']);
    await put('ami-22222222');
    await expect(put('ami-33333333', { Overwrite: false })).rejects.toThrow();
    await launch(2);
    expect(await images()).toEqual(['ami-11111111', 'ami-22222222']);
  });

  it('is the same in a cloud that was saved and loaded', async () => {
    const { cloud } = session.running;
    const before = await images();
    await cloud.load(await cloud.save());
    expect(await images()).toEqual(before);
    await launch(3);
    expect(await images()).toEqual([...before, 'ami-22222222']);
  });

  it('stays a name where nobody has put the parameter through the cloud', async () => {
    const unknown = await makeTemplate(session.clients, 'never', 'ci', { parameter: '/never' });
    const name = 'never';
    const change = { AutoScalingGroupName: name, DesiredCapacity: 1 };
    await makeSpotGroup(session.clients, unknown, change, { 'c6i.large': 1 });
    await session.running.cloud.step(30);
    expect((await images()).at(-1)).toBe('resolve:ssm:/never');
  });
});
