import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parseFleet } from '../../pool/load.ts';
import type { Fleet } from '../../pool/pool.ts';
import { properties } from '../../stacks/cloudformation/attribute-rules.ts';
import { translatedText } from '../../stacks/cloudformation/expressions.ts';
import { quickCreateLink, stackNameOf } from '../../stacks/cloudformation/quick-create-link.ts';
import { chosenPool, cloudFormationTemplate } from '../../stacks/cloudformation/template.ts';
import { templateText } from '../../stacks/cloudformation/template-text.ts';
import { StackError } from '../../stacks/stack-error.ts';
import { missingParts } from '../harness/missing-part.ts';
import { findPython, motoPart } from '../harness/moto.ts';
import { largestFleet, smallest, smallestFleet } from './declarations.ts';
import { workerOptionsFleet } from './worker-options.ts';

const missing = await missingParts([motoPart]);
const folder = mkdtempSync(join(tmpdir(), 'muster-template-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const templateOf = (fleet: Fleet, pool: string | null = null) =>
  cloudFormationTemplate(fleet, chosenPool(fleet, pool, 'f'));

/** Pools that between them use every option that a template can carry. */
function linted(): Record<string, string> {
  const rich = smallest.replace(
    '    market: spot\n',
    `    market: { spot: { maxPrice: 0.3 }, onDemandAfter: 5m }
    notifyOnMissing: [ops@example.com]
    disk: { root: { size: 40GiB, iops: 4000 }, data: 130GiB, kmsKey: "arn:aws:kms:eu-west-1:111122223333:key/0a1b2c3d", ebsOptimized: true, volumes: [{ device: /dev/xvdb, snapshot: snap-0a1b2c3d, deleteOnTermination: false }] }
    access: { ssh: sg-0a1b2c3d, metrics: sg-0b2c3d4e, keyPair: ops, securityGroups: [sg-0c3d4e5f] }
    lifecycle: { launchHook: 5m }
    tags: { team: build }
`,
  );
  const fleets: [string, Fleet, string | null][] = [
    ['smallest', smallestFleet(), null],
    ['rich', parseFleet(rich, 'rich.yaml'), null],
    ['steady', largestFleet(), 'steady'],
    ['preset', workerOptionsFleet(), 'preset'],
    ['addressed', workerOptionsFleet(), 'addressed'],
  ];
  return Object.fromEntries(
    fleets.map(([name, fleet, pool]) => [name, templateText(templateOf(fleet, pool))]),
  );
}

describe.skipIf(missing)('templates', () => {
  it('pass cfn-lint', { timeout: 60_000 }, () => {
    const files = Object.entries(linted()).map(([name, text]) => {
      const file = join(folder, `${name}.yaml`);
      // The linter knows how long an image id is.
      writeFileSync(file, text.replaceAll('ami-0a1b2c3d4e5f', 'ami-0a1b2c3d4e5f60718'));
      return file;
    });
    // W2506: an image parameter is text, as it may also be resolve:ssm, which EC2 resolves at a launch.
    const options = [
      '-c',
      'from cfnlint.runner import main; main()',
      '--ignore-checks',
      'W2506',
      '--regions',
      'eu-west-1',
      '--template',
    ];
    const lint = (...names: string[]) =>
      spawnSync(findPython() as string, [...options, ...names], { encoding: 'utf8' });
    const { status, stdout } = lint(...files);
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
    const broken = join(folder, 'broken.yaml');
    writeFileSync(broken, (linted().smallest as string).replace('MinSize:', 'MinimumSize:'));
    expect(lint(broken).stdout).toContain('MinimumSize');
  });
});

describe('a template', () => {
  it('is the same bytes each time, and YAML 1.1 reads it as it was meant', () => {
    const template = templateOf(smallestFleet());
    const text = templateText(template);
    expect(templateText(templateOf(smallestFleet()))).toBe(text);
    expect(parse(text, { version: '1.1' })).toEqual(template);
  });

  it('has nothing of what the fleet has beside its pools', () => {
    const alone = templateOf(smallestFleet());
    const among = smallest
      .replace('fleet: ci\n', 'fleet: ci\nevents: true\nbudget: 500/month\nmonitoring: {}\n')
      .replace('    market: spot\n', '    market: spot\n    budget: 20/day\n');
    expect(templateOf(parseFleet(among, 'f'))).toEqual(alone);
  });

  it('fits CloudFormation even with both architectures', () => {
    const both = smallest
      .replace(
        '[{ type: c6i.2xlarge',
        '[{ type: c7g.2xlarge, capacity: 2, utility: 2 }, { type: c6i.2xlarge',
      )
      .replace('/muster/ci/linux', '/muster/ci/linux/{arch}');
    const { Parameters, Resources } = templateOf(parseFleet(both, 'f'));
    expect(Object.keys(Parameters)).toEqual(expect.arrayContaining(['ImageX8664', 'ImageArm64']));
    expect(Object.keys(Resources)).toEqual(
      expect.arrayContaining(['LaunchTemplateX8664', 'LaunchTemplateArm64']),
    );
  });

  it('lets a worker start only when it has its rights', () => {
    const { Resources } = templateOf(smallestFleet());
    expect(Resources.AutoScalingGroupSpot?.DependsOn).toEqual([
      'PolicyWorkerPolicy',
      'LogGroupLogs',
    ]);
    expect(Resources.LaunchTemplateX8664?.Properties.LaunchTemplateData).toMatchObject({
      IamInstanceProfile: { Name: { Ref: 'InstanceProfileWorkerProfile' } },
    });
  });
});

describe('what a template cannot carry is refused', () => {
  const inOneRegion = (text: string) => parseFleet(text, 'f');
  it.each([
    ['lent', workerOptionsFleet(), 'network.elasticIps with given addresses'],
    ['stateful', workerOptionsFleet(), 'disk.existing'],
    ['tuned', workerOptionsFleet(), 'access.securityGroups by name'],
    [
      'linux',
      inOneRegion(
        smallest.replace('    market: spot', '    network: { zones: [a] }\n    market: spot'),
      ),
      'network.zones',
    ],
    [
      'linux',
      inOneRegion(
        smallest.replace('    market: spot', '    instanceProfile: builder\n    market: spot'),
      ),
      'instanceProfile',
    ],
    [
      'linux',
      inOneRegion(smallest.replace(/eu-west-1: \{.*\}/, 'eu-west-1: { network: create }')),
      'a network that the fleet makes',
    ],
    ['mixed', largestFleet(), 'in 2 regions (us-east-1, eu-west-1)'],
  ])('pool %s', (pool, fleet, option) => {
    const refused = () => templateOf(fleet, pool);
    expect(refused).toThrow(StackError);
    expect(refused).toThrow(new RegExp(`^pool ${pool} .* --format terraform`));
    expect(refused).toThrow(option);
  });

  it('as is an attribute that nobody has thought of', () => {
    const context = { pool: { name: 'linux' } } as Parameters<typeof properties>[2];
    expect(() =>
      properties({}, { warm_pool: {} }, context, 'aws_autoscaling_group.linux-spot'),
    ).toThrow(
      'pool linux needs warm_pool of aws_autoscaling_group.linux-spot, which the CloudFormation template does not have: deploy it with --format terraform',
    );
  });

  it('as is a pool that is not there, or not chosen', () => {
    expect(() => templateOf(workerOptionsFleet(), 'nowhere')).toThrow(
      'f: no pool nowhere; allowed:',
    );
    expect(() => templateOf(workerOptionsFleet())).toThrow(
      'choose it with --pool, one of: addressed',
    );
  });
});

describe('expressions', () => {
  const reference = (expression: string) =>
    expression === 'a.b.id' ? { Ref: 'B' } : { 'Fn::GetAtt': ['B', 'Arn'] as [string, string] };
  it.each([
    ['plain', 'plain'],
    [`$\${x} %%{y}`, `\${x} %{y}`],
    [`\${a.b.id}`, { Ref: 'B' }],
    [`\${a.b.arn}`, { 'Fn::GetAtt': ['B', 'Arn'] }],
    [`x-\${a.b.id}/\${a.b.arn}-$\${z}`, { 'Fn::Sub': `x-\${B}/\${B.Arn}-\${!z}` }],
  ])('%s', (text, expected) => {
    expect(translatedText(text, reference)).toEqual(expected);
  });
});

describe('a quick-create link', () => {
  const link = (change: Partial<Parameters<typeof quickCreateLink>[0]> = {}) =>
    quickCreateLink({
      template: templateOf(smallestFleet()),
      templateUrl: 'https://s3.eu-west-1.amazonaws.com/ci/pool.yaml',
      region: 'eu-west-1',
      stackName: stackNameOf('ci', 'linux_2'),
      values: {},
      ...change,
    });

  it('names the template, the stack and every parameter', () => {
    const query = link({ values: { Maximum: '4', VpcId: 'vpc-1' } }).split(
      '#/stacks/create/review?',
    )[1];
    const parameters = Object.fromEntries(new URLSearchParams(query));
    expect(parameters).toMatchObject({
      stackName: 'ci-linux-2',
      param_VpcId: 'vpc-1',
      param_Maximum: '4',
    });
    expect(Object.keys(parameters).filter((name) => name.startsWith('param_'))).toHaveLength(
      Object.keys(templateOf(smallestFleet()).Parameters).length,
    );
  });

  it('leads to the console of its partition', () => {
    expect(link({ region: 'cn-north-1' })).toMatch(
      /^https:\/\/cn-north-1\.console\.amazonaws\.cn\//,
    );
    expect(link({ region: 'us-gov-west-1' })).toMatch(/console\.amazonaws-us-gov\.com\//);
  });

  it.each([
    'http://b.s3.amazonaws.com/x',
    'https://example.com/x',
    'https://b.s3.amazonaws.com/',
    'x',
  ])('refuses %s, which CloudFormation does not read', (templateUrl) => {
    expect(() => link({ templateUrl })).toThrow('no URL of an object in S3');
  });

  it('refuses a value of no parameter', () => {
    expect(() => link({ values: { Max: '4' } })).toThrow(
      'no parameter Max=4; allowed: VpcId, SubnetIds',
    );
  });
});
