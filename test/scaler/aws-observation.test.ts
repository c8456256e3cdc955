import type { AutoScalingGroup } from '@aws-sdk/client-auto-scaling';
import { describe, expect, it } from 'vitest';
import {
  type GroupContext,
  type InstanceFacts,
  observeGroup,
  outstandingSlots,
} from '../../scaler/aws/group-observation.ts';
import { goneAfterMissing, InstanceFactsMemory } from '../../scaler/aws/instance-facts.ts';
import { changedPolicy } from '../../scaler/aws/mixed-instances-policy.ts';

/** A group as AWS describes one; moto knows no weights, hooks or override types. */
function awsGroup(change: Partial<AutoScalingGroup> = {}): AutoScalingGroup {
  return {
    AutoScalingGroupName: 'ci-linux-spot',
    MinSize: 0,
    MaxSize: 10,
    DesiredCapacity: 4,
    DefaultCooldown: 300,
    AvailabilityZones: ['eu-west-1a'],
    HealthCheckType: 'EC2',
    CreatedTime: new Date(0),
    Tags: [
      { Key: 'muster:pool', Value: 'linux' },
      { Key: 'muster:market', Value: 'spot' },
      { Key: 'muster:launch-template:x86_64', Value: 'lt-1' },
    ],
    MixedInstancesPolicy: {
      LaunchTemplate: {
        LaunchTemplateSpecification: {
          LaunchTemplateId: 'lt-1',
          LaunchTemplateName: 'ci-linux-x86-64',
          Version: '$Default',
        },
        Overrides: [{ InstanceType: 'c6i.xlarge', WeightedCapacity: '2' }],
      },
      InstancesDistribution: {
        SpotAllocationStrategy: 'price-capacity-optimized',
        SpotInstancePools: 2,
        OnDemandPercentageAboveBaseCapacity: 0,
        SpotMaxPrice: '0.05',
      },
    },
    ...change,
  };
}

const instance = (LifecycleState: string, change = {}) => ({
  InstanceId: 'i-1',
  InstanceType: 'c6i.xlarge',
  AvailabilityZone: 'eu-west-1a',
  LifecycleState: LifecycleState as 'InService',
  HealthStatus: 'Healthy',
  ProtectedFromScaleIn: true,
  ...change,
});
const facts: InstanceFacts = {
  launchedAt: 1,
  gone: false,
  ending: false,
  imageId: null,
  templateVersion: null,
};
const context: GroupContext = {
  region: 'eu-west-1',
  factsOf: () => facts,
  outdated: new Set(),
  failedLaunches: [],
};

describe('observeGroup', () => {
  it.each([
    ['Pending', 'pending'],
    ['Pending:Wait', 'pending'],
    ['Pending:Proceed', 'pending'],
    ['InService', 'in-service'],
    ['Terminating', 'terminating'],
    ['Terminating:Wait', 'terminating'],
    ['Terminated', 'terminating'],
    ['SomethingNew', 'in-service'],
    ['Standby', undefined],
    ['EnteringStandby', undefined],
    ['Detached', undefined],
    ['Warmed:Running', undefined],
  ])('reads lifecycle state %s as %s', (state, phase) => {
    const seen = observeGroup(awsGroup({ Instances: [instance(state)] }), context);
    expect(seen?.workers[0]?.phase).toBe(phase);
  });

  it("takes an instance's own weight, else its override's, else 1", () => {
    const weightOf = (change: object) =>
      observeGroup(awsGroup({ Instances: [instance('InService', change)] }), context)?.workers[0]
        ?.weight;
    expect(weightOf({ WeightedCapacity: '8' })).toBe(8);
    expect(weightOf({})).toBe(2);
    expect(weightOf({ InstanceType: 'm5.large' })).toBe(1);
  });

  it('passes over a group whose tags name no pool or market', () => {
    expect(observeGroup(awsGroup({ Tags: [] }), context)).toBeNull();
  });

  it('tells whether the group would refuse to end an instance', () => {
    const suspended = (...names: string[]) =>
      observeGroup(
        awsGroup({ SuspendedProcesses: names.map((ProcessName) => ({ ProcessName })) }),
        context,
      )?.terminateSuspended;
    expect(suspended('AZRebalance', 'Terminate')).toBe(true);
    expect(suspended('AZRebalance')).toBe(false);
    expect(suspended()).toBe(false);
  });

  it('tells its own failed launches that have a cause, and which workers are outdated', () => {
    const failed = { at: 7, instanceType: null, zone: 'a', cause: 'quota', message: '' } as const;
    const seen = observeGroup(awsGroup({ Instances: [instance('InService')] }), {
      ...context,
      outdated: new Set(['i-1']),
      failedLaunches: [
        { ...failed, group: 'ci-linux-spot' },
        { ...failed, group: 'ci-linux-spot', cause: null },
        { ...failed, group: 'another' },
      ],
    });
    expect(seen?.launchFailures).toEqual([
      {
        at: 7,
        region: 'eu-west-1',
        market: 'spot',
        instanceType: null,
        zone: 'a',
        cause: 'quota',
      },
    ]);
    expect(seen?.workers[0]?.outdated).toBe(true);
  });
});

describe('outstandingSlots', () => {
  it('counts what is asked for by weight, less what is there or on its way', () => {
    const outstanding = (...states: string[]) =>
      outstandingSlots(awsGroup({ Instances: states.map((state) => instance(state)) }));
    expect(outstanding()).toBe(4);
    expect(outstanding('InService')).toBe(2);
    expect(outstanding('InService', 'Pending:Wait', 'InService')).toBe(0);
    expect(outstanding('InService', 'Terminating:Wait')).toBe(2);
  });
});

describe('InstanceFactsMemory', () => {
  it('counts an instance as gone only after it was missing for the whole grace', () => {
    const memory = new InstanceFactsMemory();
    const launched = { InstanceId: 'i-1', LaunchTime: new Date(50_000) };
    expect(memory.update(100, ['i-1'], [launched])('i-1')).toMatchObject({ launchedAt: 50 });
    expect(memory.update(110, ['i-1'], [])('i-1')).toMatchObject({ launchedAt: 50, gone: false });
    const later = 110 + goneAfterMissing;
    expect(memory.update(later - 1, ['i-1'], [])('i-1').gone).toBe(false);
    expect(memory.update(later, ['i-1'], [])('i-1').gone).toBe(true);
    expect(memory.update(later + 1, ['i-1'], [launched])('i-1').gone).toBe(false);
  });

  it('keeps the first sight as launch time of an instance that EC2 does not list yet', () => {
    const memory = new InstanceFactsMemory();
    memory.update(100, ['i-1'], []);
    expect(memory.update(110, ['i-1'], [])('i-1').launchedAt).toBe(100);
  });

  it('remembers image and template version of an instance that EC2 leaves out for once', () => {
    const memory = new InstanceFactsMemory();
    const Tags = [{ Key: 'aws:ec2launchtemplate:version', Value: '3' }];
    memory.update(100, ['i-1'], [{ InstanceId: 'i-1', ImageId: 'ami-1', Tags }]);
    const known = { imageId: 'ami-1', templateVersion: '3' };
    expect(memory.update(110, ['i-1'], [])('i-1')).toMatchObject(known);
    const unknown = { imageId: null, templateVersion: null };
    expect(memory.update(110, ['i-2'], [])('i-2')).toMatchObject(unknown);
  });

  it('believes EC2 at once that an instance ended', () => {
    const factsOf = (Name: 'terminated' | 'shutting-down') =>
      new InstanceFactsMemory().update(
        100,
        ['i-1'],
        [{ InstanceId: 'i-1', State: { Name } }],
      )('i-1');
    expect(factsOf('terminated')).toMatchObject({ gone: true });
    expect(factsOf('shutting-down')).toMatchObject({ gone: false, ending: true });
  });
});

describe('changedPolicy', () => {
  const change = {
    group: 'ci-linux-spot',
    overrides: [{ instanceType: 'c6i.xlarge', weight: 2 }],
    spotMaxPrice: null,
  };
  const x86 = () => 'x86_64' as const;

  it('names templates by id only, and drops the number of spot pools', () => {
    const policy = changedPolicy(awsGroup(), change, x86);
    expect(policy.LaunchTemplate?.LaunchTemplateSpecification).toEqual({
      LaunchTemplateId: 'lt-1',
      Version: '$Default',
    });
    expect(policy.LaunchTemplate?.Overrides?.[0]?.LaunchTemplateSpecification).toEqual({
      LaunchTemplateId: 'lt-1',
      Version: '$Default',
    });
    expect(policy.InstancesDistribution).toEqual({
      SpotAllocationStrategy: 'price-capacity-optimized',
      OnDemandPercentageAboveBaseCapacity: 0,
      // Empty, not absent: AWS keeps a price that an update leaves out.
      SpotMaxPrice: '',
    });
  });

  it('writes prices so that they read back the same, never as 1e-7', () => {
    const priceOf = (spotMaxPrice: number) =>
      changedPolicy(awsGroup(), { ...change, spotMaxPrice }, x86).InstancesDistribution
        ?.SpotMaxPrice;
    expect(priceOf(0.033334)).toBe('0.033334');
    expect(priceOf(1e-7)).toBe('0.001');
  });

  it('refuses a type whose architecture the group has no template for', () => {
    expect(() => changedPolicy(awsGroup(), change, () => 'arm64')).toThrow(
      /no tag muster:launch-template:arm64 for c6i.xlarge; apply the stacks/,
    );
  });

  it('refuses a group without a mixed instances policy', () => {
    const { MixedInstancesPolicy: _, ...without } = awsGroup();
    expect(() => changedPolicy(without, change, x86)).toThrow(/no mixed instances policy/);
  });
});
