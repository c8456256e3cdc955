import {
  AutoScalingClient,
  DescribeAutoScalingGroupsCommand,
  SetDesiredCapacityCommand,
} from '@aws-sdk/client-auto-scaling';
import {
  CreateLaunchTemplateVersionCommand,
  DescribeInstancesCommand,
  EC2Client,
  ModifyLaunchTemplateCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import {
  LabelParameterVersionCommand,
  PutParameterCommand,
  SSMClient,
  UnlabelParameterVersionCommand,
} from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { canaryLabel } from '../../pool/names.ts';
import { AutoScalingCloud } from '../../scaler/aws/auto-scaling-cloud.ts';
import { dryRunCloud, type PlannedCall } from '../../scaler/aws/dry-run-cloud.ts';
import { missingParts } from '../harness/missing-part.ts';
import { type Moto, motoPart, startMoto } from '../harness/moto.ts';
import { makeGroup, makeTemplates, type Templates } from './aws-groups.ts';
import { aFleet, never, realClock } from './samples.ts';

const fleet = aFleet();
const [home] = fleet.regions;
if (home === undefined) throw new Error('the sample fleet has a region');
const imageParameter = '/muster/ci/linux';
const openCloud = (failures: string[] = []) =>
  new AutoScalingCloud(fleet, home, realClock, (doing) => failures.push(doing));

describe.skipIf(await missingParts([motoPart]))('AutoScalingCloud on moto', () => {
  let moto: Moto;
  let templates: Templates;
  let group: string;
  let cloud: AutoScalingCloud;

  beforeAll(async () => {
    moto = await startMoto();
    process.env.AWS_ENDPOINT_URL = moto.endpoint;
  }, 90_000);
  afterAll(async () => {
    delete process.env.AWS_ENDPOINT_URL;
    await moto.stop();
  });
  beforeEach(async () => {
    await moto.reset();
    templates = await makeTemplates(moto.endpoint, 'ci', imageParameter);
    group = await makeGroup(moto.endpoint, {
      fleet: 'ci',
      pool: 'linux',
      market: 'spot',
      templates,
    });
    cloud = openCloud();
  }, 60_000);

  const describeGroup = async () => {
    const answer = await new AutoScalingClient({ endpoint: moto.endpoint }).send(
      new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [group] }),
    );
    return answer.AutoScalingGroups?.[0];
  };

  it('observes the groups of its fleet, and no others', async () => {
    await makeGroup(moto.endpoint, { fleet: 'other', pool: 'linux', market: 'spot', templates });
    const { groups } = await cloud.observe(never);
    expect(groups).toEqual([
      {
        name: 'ci_linux_spot',
        region: 'eu-west-1',
        market: 'spot',
        poolId: 'linux',
        desiredCapacity: 0,
        min: 0,
        max: 20,
        overrides: [{ instanceType: 'c6i.xlarge', weight: 1 }],
        spotMaxPrice: null,
        instanceRefresh: false,
        terminateSuspended: false,
        launchFailures: [],
        workers: [],
      },
    ]);
    expect(await cloud.zones()).toEqual(['eu-west-1a']);
  });

  it('reads every page of groups', async () => {
    for (let pool = 0; pool < 105; pool += 1) {
      const name = `pool-${pool}`;
      await makeGroup(moto.endpoint, { fleet: 'ci', pool: name, market: 'on-demand', templates });
    }
    const { groups } = await cloud.observe(never);
    expect(groups).toHaveLength(106);
  }, 60_000);

  it('replaces overrides and price, and leaves the rest of the policy', async () => {
    await cloud.observe(never);
    const overrides = [
      { instanceType: 'c7g.2xlarge', weight: 2 },
      { instanceType: 'c6i.xlarge', weight: 1 },
    ];
    await cloud.setOverrides({ group, overrides, spotMaxPrice: 0.123457 }, never);
    const policy = (await describeGroup())?.MixedInstancesPolicy;
    expect(
      policy?.LaunchTemplate?.Overrides?.map((override) => [
        override.InstanceType,
        override.WeightedCapacity,
        override.LaunchTemplateSpecification?.LaunchTemplateId,
        override.LaunchTemplateSpecification?.Version,
      ]),
    ).toEqual([
      ['c7g.2xlarge', '2', templates.arm64, '$Default'],
      ['c6i.xlarge', '1', templates.x86_64, '$Default'],
    ]);
    expect(policy?.InstancesDistribution).toMatchObject({
      OnDemandPercentageAboveBaseCapacity: 0,
      SpotAllocationStrategy: 'price-capacity-optimized',
      SpotMaxPrice: '0.123457',
    });
    const [seen] = (await cloud.observe(never)).groups;
    expect(seen).toMatchObject({ overrides, spotMaxPrice: 0.123457 });

    await cloud.setOverrides({ group, overrides, spotMaxPrice: null }, never);
    const [without] = (await cloud.observe(never)).groups;
    expect(without?.spotMaxPrice).toBeNull();
  });

  it('refuses overrides that AWS would refuse, before calling it', async () => {
    const overrides = [{ instanceType: 'c6i.xlarge', weight: 1 }];
    const change = { group, overrides, spotMaxPrice: null };
    await expect(cloud.setOverrides(change, never)).rejects.toThrow(/not among those observed/);
    await cloud.observe(never);
    const refused = { name: 'CloudError', kind: 'refused' };
    await expect(cloud.setOverrides({ ...change, overrides: [] }, never)).rejects.toMatchObject(
      refused,
    );
    const many = Array.from({ length: 41 }, () => ({ instanceType: 'c6i.xlarge', weight: 1 }));
    await expect(cloud.setOverrides({ ...change, overrides: many }, never)).rejects.toThrow(
      /got 41 overrides, 1 to 40 are allowed/,
    );
    const heavy = [{ instanceType: 'c6i.xlarge', weight: 1000 }];
    await expect(cloud.setOverrides({ ...change, overrides: heavy }, never)).rejects.toThrow(
      /1000/,
    );
    const strange = [{ instanceType: 'x9.huge', weight: 1 }];
    await expect(cloud.setOverrides({ ...change, overrides: strange }, never)).rejects.toThrow(
      /no pool declares x9.huge/,
    );
  });

  it('sets desired capacity and ends one worker without lowering it', async () => {
    await cloud.setDesiredCapacity(group, 3, never);
    await cloud.setDesiredCapacity(group, 3, never);
    const before = (await cloud.observe(never)).groups[0];
    expect(before?.desiredCapacity).toBe(3);
    expect(before?.workers).toHaveLength(3);
    for (const worker of before?.workers ?? []) {
      expect(worker).toMatchObject({
        instanceType: 'c6i.xlarge',
        zone: 'eu-west-1a',
        weight: 1,
        phase: 'in-service',
        outdated: false,
      });
      expect(Math.abs(worker.launchedAt - realClock.now())).toBeLessThan(60);
    }
    const ended = before?.workers[0]?.instanceId ?? '';
    await cloud.terminate(ended, never);
    const after = (await cloud.observe(never)).groups[0];
    expect(after?.desiredCapacity).toBe(3);
    expect(after?.workers.map(({ instanceId }) => instanceId)).not.toContain(ended);
  });

  it('finds its workers outdated once their template has a new default version', async () => {
    await cloud.setDesiredCapacity(group, 1, never);
    const ec2 = new EC2Client({ endpoint: moto.endpoint });
    const template = { LaunchTemplateId: templates.x86_64 };
    const LaunchTemplateData = { InstanceType: 'c6i.xlarge' as const };
    await ec2.send(new CreateLaunchTemplateVersionCommand({ ...template, LaunchTemplateData }));
    const outdated = async () => {
      const failures: string[] = [];
      const { groups } = await openCloud(failures).observe(never);
      expect(failures).toEqual([]);
      return groups[0]?.workers.map((worker) => worker.outdated);
    };
    expect(await outdated()).toEqual([false]);
    await ec2.send(new ModifyLaunchTemplateCommand({ ...template, DefaultVersion: '2' }));
    expect(await outdated()).toEqual([true]);
  });

  it('finds its workers outdated once their parameter names another image, unless one tries theirs', async () => {
    await cloud.setDesiredCapacity(group, 1, never);
    const ec2 = new EC2Client({ endpoint: moto.endpoint });
    const ssm = new SSMClient({ endpoint: moto.endpoint });
    const { Reservations = [] } = await ec2.send(new DescribeInstancesCommand({}));
    const image = Reservations[0]?.Instances?.[0]?.ImageId ?? '';
    expect(image).toMatch(/^ami-/);
    const put = (Value: string) =>
      ssm.send(
        new PutParameterCommand({ Name: imageParameter, Value, Type: 'String', Overwrite: true }),
      );
    const outdated = async () => {
      const failures: string[] = [];
      const { groups } = await openCloud(failures).observe(never);
      expect(failures).toEqual([]);
      return groups[0]?.workers.map((worker) => worker.outdated);
    };
    await put(image);
    expect(await outdated()).toEqual([false]);
    await put('ami-0123456789abcdef0');
    expect(await outdated()).toEqual([true]);
    const canary = { Name: imageParameter, ParameterVersion: 1, Labels: [canaryLabel] };
    await ssm.send(new LabelParameterVersionCommand(canary));
    expect(await outdated()).toEqual([false]);
    await ssm.send(new UnlabelParameterVersionCommand(canary));
    expect(await outdated()).toEqual([true]);
  });

  it('tells a worker that ended behind the group as gone', async () => {
    const autoScaling = new AutoScalingClient({ endpoint: moto.endpoint });
    await autoScaling.send(
      new SetDesiredCapacityCommand({ AutoScalingGroupName: group, DesiredCapacity: 2 }),
    );
    const [lost = ''] =
      (await cloud.observe(never)).groups[0]?.workers.map((it) => it.instanceId) ?? [];
    await new EC2Client({ endpoint: moto.endpoint }).send(
      new TerminateInstancesCommand({ InstanceIds: [lost] }),
    );
    const workers = (await cloud.observe(never)).groups[0]?.workers ?? [];
    // moto replaces it at once; AWS lists it until its next health check.
    const seen = workers.find(({ instanceId }) => instanceId === lost);
    expect(seen?.phase ?? 'gone').toBe('gone');
  });

  it('records what it would do in a dry run, and does nothing', async () => {
    const planned: PlannedCall[] = [];
    const dry = dryRunCloud(cloud, (call) => planned.push(call));
    await dry.observe(never);
    await dry.setDesiredCapacity(group, 5, never);
    const launch = { group, zone: 'eu-west-1a', slots: 3, token: 'a' };
    expect(await dry.launch(launch, never)).toBe(3);
    await dry.terminate('i-1', never);
    await dry.setOverrides({ group, overrides: [], spotMaxPrice: null }, never);
    expect(planned.map(({ call }) => call)).toEqual([
      'setDesiredCapacity',
      'launch',
      'terminate',
      'setOverrides',
    ]);
    expect((await describeGroup())?.DesiredCapacity).toBe(0);
  });
});
