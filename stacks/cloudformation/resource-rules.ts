import { StackError } from '../stack-error.ts';
import {
  type AttributeRule,
  type AttributeRules,
  as,
  leftOut,
  type Properties,
  properties,
  type TemplateContext,
  tags,
} from './attribute-rules.ts';
import { translated } from './expressions.ts';
import { groupRules } from './group-rules.ts';
import { launchTemplateProperties } from './launch-template-rules.ts';
import type { Block } from './pool-blocks.ts';

/** How one type of Terraform's resources is said in CloudFormation. */
export interface ResourceRule {
  readonly type: string;
  readonly properties: (block: Block, context: TemplateContext, address: string) => Properties;
  /** What other resources read of it: by attribute, as `Ref` or as an attribute of `Fn::GetAtt`. */
  readonly reads: Readonly<Record<string, 'Ref' | { readonly attribute: string }>>;
}

function rule(
  type: string,
  rules: AttributeRules,
  reads: ResourceRule['reads'] = {},
): ResourceRule {
  return {
    type,
    reads,
    properties: (block, context, address) => properties(rules, block, context, address),
  };
}

/** A policy's JSON, read before it is translated: joined text would be hard to read. */
function policy(property: string): AttributeRule {
  return (value, context) => {
    const document = translated(JSON.parse(String(value)), context.reference);
    return { [property]: withChosenSubnets(document as Properties) };
  };
}

/**
 * Subnets are for whoever deploys to choose, so what may be launched into follows the parameter. An id
 * is one of a kind, whatever account it is in; `Fn::Join` takes no account id between two.
 */
function withChosenSubnets(document: Properties): Properties {
  const statements = (document.Statement as Properties[]).map((statement) => {
    const subnet = [statement.Resource]
      .flat()
      .map(textOf)
      .find((text) => text.includes(':subnet/subnet-'));
    if (subnet === undefined) return statement;
    const [arn = '', partition = '', service = '', region = ''] = subnet.split(':');
    const start = [arn, partition, service, region, '*', 'subnet/'].join(':');
    const joined = { 'Fn::Join': [`,${start}`, { Ref: 'SubnetIds' }] };
    const whole = { 'Fn::Join': ['', [start, joined]] };
    return { ...statement, Resource: { 'Fn::Split': [',', whole] } };
  });
  return { ...document, Statement: statements };
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  return (value as { readonly 'Fn::Sub'?: string } | null)?.['Fn::Sub'] ?? '';
}

/** Rules of a security group: one here for each range of addresses there. */
function trafficRules(property: 'SecurityGroupEgress' | 'SecurityGroupIngress'): AttributeRule {
  return (value, context, address) => ({
    [property]: (value as Block[]).flatMap((traffic) => {
      const { cidr_blocks, ipv6_cidr_blocks, prefix_list_ids, security_groups, ...rest } = traffic;
      const { from_port: _from, to_port: _to, ...anyPort } = rest;
      // Every protocol has every port, and CloudFormation wants none named then.
      const stated = traffic.protocol === '-1' ? anyPort : rest;
      const common = properties(trafficCommon, stated, context, address);
      const sources = [
        ...listOf(cidr_blocks).map((CidrIp) => ({ CidrIp })),
        ...listOf(ipv6_cidr_blocks).map((CidrIpv6) => ({ CidrIpv6 })),
        ...listOf(prefix_list_ids).map((id) => ({ DestinationPrefixListId: id })),
        ...listOf(security_groups).map((id) =>
          property === 'SecurityGroupEgress'
            ? { DestinationSecurityGroupId: id }
            : {
                SourceSecurityGroupId: context.parameters.use(
                  sourceParameter(traffic, address),
                  id,
                ),
              },
        ),
      ];
      return sources.map((source) => ({ ...common, ...source }));
    }),
  });
}

const trafficCommon: AttributeRules = {
  description: as('Description'),
  from_port: as('FromPort'),
  protocol: as('IpProtocol'),
  to_port: as('ToPort'),
};

function listOf(value: unknown): string[] {
  return (value ?? []) as string[];
}

function sourceParameter({ description }: Block, address: string) {
  if (description === 'SSH') return 'SshSecurityGroupId';
  if (description === 'Metrics') return 'MetricsSecurityGroupId';
  throw new StackError(`${address} lets in another security group: ${String(description)}`);
}

const role = {
  role: (value, { reference }) => ({ Roles: [translated(value, reference)] }),
} satisfies AttributeRules;

export const resourceRules: Readonly<Record<string, ResourceRule>> = {
  aws_autoscaling_group: rule('AWS::AutoScaling::AutoScalingGroup', groupRules, { name: 'Ref' }),
  aws_autoscaling_lifecycle_hook: rule('AWS::AutoScaling::LifecycleHook', {
    autoscaling_group_name: as('AutoScalingGroupName'),
    default_result: as('DefaultResult'),
    heartbeat_timeout: as('HeartbeatTimeout'),
    lifecycle_transition: as('LifecycleTransition'),
    name: as('LifecycleHookName'),
  }),
  aws_cloudwatch_log_group: rule('AWS::Logs::LogGroup', {
    name: as('LogGroupName'),
    retention_in_days: as('RetentionInDays'),
    tags,
  }),
  aws_eip: rule(
    'AWS::EC2::EIP',
    { domain: as('Domain'), tags },
    { public_ip: { attribute: 'PublicIp' } },
  ),
  aws_iam_instance_profile: rule(
    'AWS::IAM::InstanceProfile',
    {
      name: as('InstanceProfileName'),
      path: as('Path'),
      ...role,
      tags: leftOut('CloudFormation gives an instance profile no tags'),
    },
    { name: 'Ref' },
  ),
  aws_iam_policy: rule(
    'AWS::IAM::ManagedPolicy',
    {
      description: as('Description'),
      name: leftOut('two templates of one fleet would want the same; it has a name of its own'),
      policy: policy('PolicyDocument'),
      tags: leftOut('CloudFormation gives a managed policy no tags'),
    },
    { arn: 'Ref' },
  ),
  aws_iam_role: rule(
    'AWS::IAM::Role',
    {
      assume_role_policy: policy('AssumeRolePolicyDocument'),
      name: as('RoleName'),
      path: as('Path'),
      tags,
    },
    { arn: { attribute: 'Arn' }, name: 'Ref' },
  ),
  aws_iam_role_policy: rule('AWS::IAM::Policy', {
    name: as('PolicyName'),
    policy: policy('PolicyDocument'),
    ...role,
  }),
  aws_launch_template: {
    type: 'AWS::EC2::LaunchTemplate',
    properties: launchTemplateProperties,
    reads: { id: 'Ref', latest_version: { attribute: 'LatestVersionNumber' } },
  },
  aws_security_group: rule(
    'AWS::EC2::SecurityGroup',
    {
      description: as('GroupDescription'),
      egress: trafficRules('SecurityGroupEgress'),
      ingress: trafficRules('SecurityGroupIngress'),
      name: as('GroupName'),
      tags,
      vpc_id: (value, { parameters }) => ({ VpcId: parameters.use('VpcId', String(value)) }),
    },
    { id: { attribute: 'GroupId' } },
  ),
  aws_sns_topic: rule(
    'AWS::SNS::Topic',
    { kms_master_key_id: as('KmsMasterKeyId'), name: as('TopicName'), tags },
    { arn: 'Ref' },
  ),
  aws_sns_topic_subscription: rule('AWS::SNS::Subscription', {
    endpoint: as('Endpoint'),
    protocol: as('Protocol'),
    topic_arn: as('TopicArn'),
  }),
};
