/** What a build leaves whose command was killed, and that the clean of images finds it. On moto. */
import { readFileSync } from 'node:fs';
import {
  CreateKeyPairCommand,
  CreateSecurityGroupCommand,
  DescribeInstancesCommand,
  DescribeKeyPairsCommand,
  DescribeSecurityGroupsCommand,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cleanImages } from '../../account/clean-images.ts';
import { parseFleet } from '../../pool/load.ts';
import type { Fleet } from '../../pool/pool.ts';
import { createWorld, required, type World } from '../end-to-end/world.ts';
import { missingParts } from '../harness/missing-part.ts';
import { motoPart } from '../harness/moto.ts';
import { tagged } from './make-fleet.ts';
import { useEndpoint } from './on-cloud.ts';

const day = 86_400;

describe.skipIf(await missingParts([motoPart]))('builds that died', () => {
  let world: World;
  let fleet: Fleet;
  let restore: () => void;

  /** As Packer makes them on the way. @returns ids of the instance, the group and the key */
  async function startBuild(name: string, of: string, build: string): Promise<string[]> {
    const tags = { 'muster:fleet': of, 'muster:build': build, 'muster:layer': 'worker', team: 'x' };
    const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
    const { Instances } = await world.ec2.send(
      new RunInstancesCommand({
        ...{ ImageId: world.images.x86_64, MinCount: 1, MaxCount: 1 },
        ...tagged('instance', Tags),
      }),
    );
    const { GroupId } = await world.ec2.send(
      new CreateSecurityGroupCommand({
        ...{ GroupName: name, Description: 'Packer', VpcId: world.network.vpc },
        ...tagged('security-group', Tags),
      }),
    );
    const { KeyPairId } = await world.ec2.send(
      new CreateKeyPairCommand({ KeyName: name, ...tagged('key-pair', Tags) }),
    );
    return [Instances?.[0]?.InstanceId, GroupId, KeyPairId].map((id) => required(id, 'an id'));
  }
  async function there(): Promise<(string | undefined)[]> {
    const { ec2 } = world;
    const { Reservations = [] } = await ec2.send(new DescribeInstancesCommand({}));
    const live = Reservations.flatMap(({ Instances = [] }) => Instances).filter(
      ({ State }) => State?.Name === 'running',
    );
    const { SecurityGroups = [] } = await ec2.send(new DescribeSecurityGroupsCommand({}));
    const { KeyPairs = [] } = await ec2.send(new DescribeKeyPairsCommand({}));
    return [
      ...live.map(({ InstanceId }) => InstanceId),
      ...SecurityGroups.map(({ GroupId }) => GroupId),
      ...KeyPairs.map(({ KeyPairId }) => KeyPairId),
    ];
  }
  async function clean(age: number, dryRun = false) {
    const lines: string[] = [];
    const done = await cleanImages(
      {
        ...{ fleet, named: [], dryRun },
        retention: { keep: 1, olderThan: 30 * day, now: Date.now() / 1_000 + age },
        onImage: () => {},
        onSnapshot: () => {},
        onMachine: ({ item, removes, because }) =>
          lines.push(`${removes ? '-' : '+'} ${item.items.join(', ')}: ${because}`),
        onGone: () => {},
        onFailure: (_, message) => lines.push(message),
      },
      AbortSignal.timeout(20_000),
    );
    return { lines, machines: done.machines };
  }

  beforeAll(async () => {
    world = await createWorld();
    restore = useEndpoint(world.moto.endpoint);
    const file = world.declare({
      fleet: 'ci',
      regions: { [world.region]: world.network },
      pools: {
        linux: {
          owner: 'build@example.com',
          queue: { sqs: world.queueUrl, region: world.region },
          capacity: { max: 8 },
          instances: [{ type: 'c7i.large', capacity: 1 }],
          image: { ssm: '/muster/ci/linux' },
        },
      },
    });
    fleet = parseFleet(readFileSync(file, 'utf8'), file);
  }, 90_000);
  afterAll(async () => {
    restore?.();
    await world?.stop();
  });

  it('lose their machine, group and key a day later, and those of others stay', async () => {
    const own = await startBuild('packer-1', 'ci', '0a1b2c3d');
    const foreign = await startBuild('packer-2', 'ci2', '0a1b2c3d');
    const [instance, group, key] = own;
    const what = `instance ${instance}, security group ${group}, key pair ${key}: of build 0a1b2c3d`;
    expect(await clean(day - 60)).toEqual({
      lines: [`+ ${what}, which may still run`],
      machines: 0,
    });
    expect(await clean(day + 60, true)).toEqual({
      lines: [`- ${what}, which has died`],
      machines: 0,
    });
    expect(await there()).toEqual(expect.arrayContaining([...own, ...foreign]));
    expect(await clean(day + 60)).toEqual({ lines: [`- ${what}, which has died`], machines: 3 });
    const left = await there();
    for (const id of own) expect(left).not.toContain(id);
    expect(left).toEqual(expect.arrayContaining(foreign));
    expect((await clean(day + 60)).lines).toEqual([]);
  });
});
