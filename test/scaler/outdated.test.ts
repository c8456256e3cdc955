import type { AutoScalingGroup } from '@aws-sdk/client-auto-scaling';
import { describe, expect, it } from 'vitest';
import type { InstanceFacts } from '../../scaler/aws/group-observation.ts';
import type { ParameterImages } from '../../scaler/aws/image-parameters.ts';
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
  /** Image parameters of templates whose default version is known. */
  readonly parameters?: Readonly<Record<string, string>>;
  readonly images?: Readonly<Record<string, ParameterImages>>;
}

function outdated({
  instances,
  override = { template: 'lt-x86' },
  defaults = {},
  parameters = {},
  images = {},
}: World) {
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
    templateOf: (id) => {
      const defaultVersion = defaults[id];
      if (defaultVersion === undefined) return null;
      return { defaultVersion, latestVersion: '9', imageParameter: parameters[id] ?? null };
    },
    imagesOf: (parameter) => images[parameter] ?? null,
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

  describe('whose template reads the image from a parameter', () => {
    const read = (instances: readonly Seen[], change: Partial<ParameterImages> = {}) =>
      outdated({
        instances,
        defaults: { 'lt-x86': '1' },
        parameters: { 'lt-x86': '/ci/linux' },
        images: {
          '/ci/linux': {
            ...{ current: 'ami-2', currentSince: 1_000, canary: null, readAt: 2_000 },
            ...change,
          },
        },
      });
    const old = [launched('a', 1, 'ami-1'), launched('b', 2, 'ami-1')];

    it('finds those of another image before anything was launched with the new one', () => {
      expect(read(old)).toEqual(['a', 'b']);
      expect(read([...old, launched('c', 1_500, 'ami-2')])).toEqual(['a', 'b']);
      expect(read([launched('a', 1, 'ami-2')])).toEqual([]);
    });

    it('takes neither the image that a deployment tries nor the one that it holds for outdated', () => {
      const held = { current: 'ami-1', canary: 'ami-2' };
      const canary = launched('c', 900, 'ami-2');
      // The older image was launched last, and yet the canary is not outdated; nor are those before.
      expect(read([...old, canary, launched('d', 1_500, 'ami-1')], held)).toEqual([]);
      expect(read([launched('z', 1, 'ami-0'), canary], held)).toEqual(['z']);
      expect(read([...old, canary], { current: 'ami-1' })).toEqual(['c']);
    });

    it('leaves those that were launched since the reading, or whose image is not known', () => {
      expect(read([...old, launched('c', 1_011, 'ami-3')], { readAt: 1_010 })).toEqual(['a', 'b']);
      expect(read([...old, launched('c', 1_010, 'ami-3')], { readAt: 1_010 })).toContain('c');
      expect(read([launched('a', 1, null)])).toEqual([]);
    });

    it('goes by the newest launch where the template turns out not to read the parameter', () => {
      expect(read([...old, launched('c', 1_060, 'ami-1')])).toEqual(['a', 'b', 'c']);
      expect(read([...old, launched('c', 1_061, 'ami-1')])).toEqual([]);
      expect(read([...old, launched('c', 1_061, 'ami-3')])).toEqual(['a', 'b']);
    });

    it('goes by the newest launch where its value is not known', () => {
      const world = { defaults: { 'lt-x86': '1' }, parameters: { 'lt-x86': '/ci/linux' } };
      expect(outdated({ ...world, instances: old })).toEqual([]);
      const instances = [...old, launched('c', 3, 'ami-2')];
      expect(outdated({ ...world, instances })).toEqual(['a', 'b']);
    });

    it('keeps to the rule of versions: another version is outdated with the same image too', () => {
      expect(read([launched('a', 1, 'ami-2', '7')])).toEqual(['a']);
    });
  });
});
