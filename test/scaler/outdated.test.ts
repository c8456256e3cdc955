import type { AutoScalingGroup } from '@aws-sdk/client-auto-scaling';
import { describe, expect, it } from 'vitest';
import type { InstanceFacts } from '../../scaler/aws/group-observation.ts';
import { outdatedInstances, type TemplateKnowledge } from '../../scaler/aws/outdated.ts';

/** One instance of a group as AWS describes it, and what EC2 says of it. */
interface Seen {
  readonly id: string;
  readonly type?: string;
  readonly template?: string;
  readonly version?: string;
  readonly facts?: Partial<InstanceFacts>;
}

interface World {
  readonly instances: readonly Seen[];
  /** Of the override for c6i.xlarge. */
  readonly override?: { readonly template: string; readonly version?: string } | null;
  readonly defaults?: Readonly<Record<string, string>>;
}

function outdated({ instances, override = { template: 'lt-x86' }, defaults = {} }: World) {
  const group: AutoScalingGroup = {
    AutoScalingGroupName: 'ci-linux-spot',
    MinSize: 0,
    MaxSize: 10,
    DesiredCapacity: 4,
    DefaultCooldown: 300,
    AvailabilityZones: ['eu-west-1a'],
    HealthCheckType: 'EC2',
    CreatedTime: new Date(0),
    Tags: [
      { Key: 'muster:launch-template:x86_64', Value: 'lt-x86' },
      { Key: 'muster:launch-template:arm64', Value: 'lt-arm' },
    ],
    MixedInstancesPolicy: {
      LaunchTemplate: {
        LaunchTemplateSpecification: { LaunchTemplateId: 'lt-x86', Version: '$Default' },
        Overrides:
          override === null
            ? []
            : [
                {
                  InstanceType: 'c6i.xlarge',
                  LaunchTemplateSpecification: {
                    LaunchTemplateId: override.template,
                    Version: override.version ?? '$Default',
                  },
                },
              ],
      },
    },
    Instances: instances.map(({ id, type = 'c6i.xlarge', template = 'lt-x86', version = '1' }) => ({
      InstanceId: id,
      InstanceType: type,
      AvailabilityZone: 'eu-west-1a',
      LifecycleState: 'InService',
      HealthStatus: 'Healthy',
      ProtectedFromScaleIn: true,
      LaunchTemplate: { LaunchTemplateId: template, Version: version },
    })),
  };
  const knowledge: TemplateKnowledge = {
    architectureOf: (type) =>
      (({ 'c6i.xlarge': 'x86_64', 'c7g.xlarge': 'arm64' }) as const)[type] ?? null,
    versionsOf: (id) => {
      const version = defaults[id];
      return version === undefined ? null : { defaultVersion: version, latestVersion: '9' };
    },
    factsOf: (id) => ({
      launchedAt: 1,
      gone: false,
      ending: false,
      imageId: null,
      templateVersion: null,
      ...instances.find((it) => it.id === id)?.facts,
    }),
  };
  return [...outdatedInstances([group], knowledge)];
}

describe('outdatedInstances', () => {
  it.each<[string, World, readonly string[]]>([
    ['the default version', { instances: [{ id: 'i' }], defaults: { 'lt-x86': '1' } }, []],
    ['an older version', { instances: [{ id: 'i' }], defaults: { 'lt-x86': '2' } }, ['i']],
    ['a default that is not known', { instances: [{ id: 'i' }] }, []],
    [
      'a version that only EC2 tells',
      {
        instances: [{ id: 'i', version: '$Default', facts: { templateVersion: '1' } }],
        defaults: { 'lt-x86': '2' },
      },
      ['i'],
    ],
    [
      "EC2's word before the group's",
      {
        instances: [{ id: 'i', version: '2', facts: { templateVersion: '1' } }],
        defaults: { 'lt-x86': '2' },
      },
      ['i'],
    ],
    [
      'a version that nobody tells',
      { instances: [{ id: 'i', version: '$Default' }], defaults: { 'lt-x86': '2' } },
      [],
    ],
    [
      "the latest version, where the group's override asks for it",
      {
        instances: [{ id: 'i', version: '9' }, { id: 'j' }],
        override: { template: 'lt-x86', version: '$Latest' },
        defaults: { 'lt-x86': '1' },
      },
      ['j'],
    ],
    [
      'a numbered version',
      { instances: [{ id: 'i' }], override: { template: 'lt-x86', version: '4' } },
      ['i'],
    ],
    ['another template', { instances: [{ id: 'i', template: 'lt-old' }] }, ['i']],
    [
      'a type that is not offered now, by its architecture',
      {
        instances: [
          { id: 'i', type: 'c7g.xlarge', template: 'lt-arm' },
          { id: 'j', type: 'c7g.xlarge', template: 'lt-x86' },
        ],
        override: null,
      },
      ['j'],
    ],
    [
      'a type that no pool declares any more',
      { instances: [{ id: 'i', type: 'm1.small', template: 'lt-old' }] },
      [],
    ],
  ])('judges %s', (_case, world, expected) => {
    expect(outdated(world)).toEqual(expected);
  });

  const launched = (id: string, launchedAt: number, imageId: string | null, version = '1') => ({
    id,
    version,
    facts: { launchedAt, imageId },
  });

  it('finds those of an older image once a newer instance of the same version has another', () => {
    const instances = [launched('a', 1, 'ami-1'), launched('b', 2, 'ami-1')];
    expect(outdated({ instances })).toEqual([]);
    expect(outdated({ instances: [...instances, launched('c', 3, 'ami-2')] })).toEqual(['a', 'b']);
  });

  it('does not compare images of other templates or versions, or images that are not known', () => {
    const of = (other: Seen) => outdated({ instances: [launched('a', 1, 'ami-1'), other] });
    expect(of(launched('c', 3, 'ami-2', '2'))).toEqual([]);
    expect(of(launched('c', 3, null))).toEqual([]);
    const arm = { type: 'c7g.xlarge', template: 'lt-arm' };
    expect(of({ ...launched('c', 3, 'ami-2'), ...arm })).toEqual([]);
  });
});
