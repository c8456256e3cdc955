import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { imageBuildLockName } from '../../pool/image-tags.ts';
import { tagKeys } from '../../pool/names.ts';
import { poolBuildStatements } from '../../stacks/image-build-pools.ts';
import { rateOf } from '../../stacks/image-build-project.ts';
import type { Statement } from '../../stacks/policy-document.ts';
import { productionFleet } from './production.ts';
import { blocksOf, reference, synthesise } from './synthesise.ts';

const elsewhere = (text: string) => text.replace(/^scaler:.*$/m, '');
const stacksOf = (change: (text: string) => string = (text) => text) =>
  synthesise(productionFleet((text) => change(elsewhere(text))));
const stacks = stacksOf();
const home = stacks['render-eu-west-1-images'];
const away = stacks['render-us-east-1-images'];
const region = stacks['render-eu-west-1'];

const policyOf = (id: string) =>
  JSON.parse(home?.resource.aws_iam_role_policy?.[id]?.policy).Statement as Statement[];
const bySid = (sid: string) => policyOf('build-policy').find(({ Sid }) => Sid === sid);

describe('the stack of images', () => {
  it('makes the parameters that pools read, for each architecture, and sets them once', () => {
    for (const stack of [home, away]) {
      const [parameter, ...others] = blocksOf(stack, 'aws_ssm_parameter');
      expect(others).toEqual([]);
      expect(parameter).toMatchObject({
        name: '/muster/render/linux/x86_64',
        data_type: 'aws:ec2:image',
        lifecycle: { ignore_changes: ['insecure_value', 'value', 'description'] },
      });
      const [stock] = Object.values(stack?.data.aws_ssm_parameter ?? {});
      expect(stock?.name).toMatch(/al2023-ami-kernel-default-x86_64$/);
    }
  });

  it("leaves AWS's own parameters alone", () => {
    expect(blocksOf(region, 'aws_launch_template').map(({ image_id }) => image_id)).toContain(
      'resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64',
    );
    expect(JSON.stringify(blocksOf(home, 'aws_ssm_parameter'))).not.toContain('arm64');
  });

  it('has roles, bucket, log and project in the home region only', () => {
    expect(Object.keys(away?.resource ?? {})).toEqual(['aws_ssm_parameter']);
    expect(blocksOf(home, 'aws_cloudwatch_log_group')).toMatchObject([
      { name: '/muster/render/ImageBuild', retention_in_days: 90 },
    ]);
    expect(blocksOf(home, 'aws_s3_bucket')).toMatchObject([{ bucket_prefix: 'render-images-' }]);
    expect(blocksOf(home, 'aws_iam_instance_profile')).toMatchObject([
      { name: 'render_image-builder' },
    ]);
  });

  it('builds on schedule, one build at a time', () => {
    expect(blocksOf(home, 'aws_codebuild_project')).toMatchObject([
      {
        service_role: reference('aws_iam_role.build.arn'),
        concurrent_build_limit: 1,
        source: { type: 'S3' },
      },
    ]);
    const [project] = blocksOf(home, 'aws_codebuild_project');
    const specification = parse(project?.source.buildspec);
    // A build over Session Manager, the default here, needs more than Packer.
    const installs = specification.phases.install.commands.join('\n');
    for (const program of ['packer', 'session-manager-plugin']) expect(installs).toContain(program);
    expect(specification.phases.build.commands).toEqual(['npx muster image build --all']);
    expect(blocksOf(home, 'aws_cloudwatch_event_rule')).toMatchObject([
      { schedule_expression: 'rate(7 days)' },
    ]);
    const start = policyOf('starter-policy');
    expect(start).toMatchObject([
      {
        Action: ['codebuild:StartBuild'],
        Resource: [reference('aws_codebuild_project.project.arn')],
      },
    ]);
  });

  it('has no project without a schedule, and no stack without a declaration', () => {
    const onDemand = stacksOf((text) => text.replace('every: 7d, ', ''));
    expect(onDemand['render-eu-west-1-images']?.resource).not.toHaveProperty(
      'aws_codebuild_project',
    );
    const none = stacksOf((text) => text.replace(/^imageBuild:.*$/m, ''));
    expect(Object.keys(none).filter((name) => name.endsWith('-images'))).toEqual([]);
  });
});

describe('the build role', () => {
  it('is for CodeBuild and the declared builders', () => {
    const trust = JSON.parse(home?.resource.aws_iam_role?.build?.assume_role_policy);
    expect(trust.Statement[0].Principal).toEqual({
      Service: 'codebuild.amazonaws.com',
      AWS: ['arn:aws:iam::111122223333:role/pipeline'],
    });
  });

  it('looks anywhere, and changes only what is the own', () => {
    for (const { Sid, Action, Resource, Condition } of policyOf('build-policy')) {
      const reads = Action.every((action) => /:(Describe|Get)/.test(action));
      if (reads) continue;
      expect(Resource, Sid).not.toContain('*');
      const isNamed = Resource.every((arn) => !/(?<!packer_|\}\/|:)\*$|\/\*$/.test(arn));
      expect(isNamed || Condition !== undefined || Sid === 'Artifacts', Sid).toBe(true);
    }
    expect(bySid('Own')?.Condition).toEqual({
      StringEquals: { [`aws:ResourceTag/${tagKeys.fleet}`]: 'render' },
    });
    expect(bySid('Own')?.Action).toContain('ec2:TerminateInstances');
    expect(bySid('Make')?.Condition).toEqual({
      StringEquals: { 'aws:RequestedRegion': ['eu-west-1', 'us-east-1'] },
    });
    expect(bySid('Tag')?.Condition?.StringEquals).toMatchObject({
      [`aws:RequestTag/${tagKeys.fleet}`]: 'render',
    });
    expect(bySid('Builder')?.Resource).toEqual([reference('aws_iam_role.builder.arn')]);
    expect(bySid('Parameters')?.Resource.map((arn) => arn.split(':parameter')[1])).toEqual([
      '/muster/render/linux/x86_64',
      '/muster/render/linux/x86_64',
    ]);
  });
});

describe('the build role of pools that declare how their images are built', () => {
  const declared = (build: string) =>
    poolBuildStatements(
      productionFleet((text) =>
        text.replace(
          'image: { ssm: "/muster/render/linux/{arch}" }',
          `image: { ssm: "/muster/render/linux/{arch}", build: ${build} }\n` +
            '    worker: { command: { run: /usr/bin/true } }',
        ),
      ),
    );
  const statement = (statements: readonly Statement[], sid: string) =>
    statements.find(({ Sid }) => Sid === sid);
  const names = (arns: readonly string[] = []) =>
    arns.map((arn) => arn.replace(/\$\{[^}]*\}/g, 'ACCOUNT')).sort();

  it('is nothing where none does', () => {
    expect(poolBuildStatements(productionFleet())).toEqual([]);
  });

  it('locks the builds of those pools, and no parameter beside', () => {
    const lock = statement(declared('{}'), 'Lock');
    expect(names(lock?.Resource)).toEqual(
      ['eu-west-1', 'us-east-1'].map(
        (region) =>
          `arn:aws:ssm:${region}:ACCOUNT:parameter${imageBuildLockName('render', 'linux')}`,
      ),
    );
  });

  it('opens sessions to instances of the fleet only, and ends its own', () => {
    const statements = declared('{}');
    expect(statement(statements, 'Session')?.Condition).toEqual({
      StringEquals: { [`aws:ResourceTag/${tagKeys.fleet}`]: 'render' },
    });
    expect(names(statement(statements, 'SessionDocument')?.Resource)).toEqual([
      'arn:aws:ssm:eu-west-1::document/AWS-StartPortForwardingSession',
      'arn:aws:ssm:us-east-1::document/AWS-StartPortForwardingSession',
    ]);
    expect(statement(statements, 'EndSession')?.Condition).toEqual({
      StringLike: { 'ssm:resourceTag/aws:ssmmessages:session-id': ['$${aws:userid}'] },
    });
  });

  it('uses the declared keys, each once', () => {
    expect(statement(declared('{}'), 'Keys')).toBeUndefined();
    const key = 'arn:aws:kms:eu-west-1:111122223333:key/1111-2222';
    const keys = statement(declared(`{ kmsKeys: { eu-west-1: "${key}" } }`), 'Keys');
    expect(keys?.Resource).toEqual([key]);
    expect(keys?.Action).toContain('kms:CreateGrant');
  });
});

describe('a schedule', () => {
  it.each([
    [86_400, 'rate(1 day)'],
    [7 * 86_400, 'rate(7 days)'],
    [36 * 3_600, 'rate(36 hours)'],
    [5_400, 'rate(90 minutes)'],
    [3_601, 'rate(61 minutes)'],
  ])('of %i s is %s', (seconds, expression) => {
    expect(rateOf(seconds)).toBe(expression);
  });
});
