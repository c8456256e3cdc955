import { DeclarationError } from '../../pool/declaration-error.ts';
import { marketsOf } from '../../pool/markets.ts';
import { groupName } from '../../pool/names.ts';
import type { Fleet, Pool, Region } from '../../pool/pool.ts';
import { StackError } from '../stack-error.ts';
import type { TemplateContext } from './attribute-rules.ts';
import { type Intrinsic, translated } from './expressions.ts';
import { type Parameter, Parameters } from './parameters.ts';
import { type Block, type PoolBlocks, poolBlocks } from './pool-blocks.ts';
import { refuseLookups } from './refused-lookups.ts';
import { resourceRules } from './resource-rules.ts';

export interface Resource {
  readonly Type: string;
  readonly DependsOn?: readonly string[];
  readonly Properties: Readonly<Record<string, unknown>>;
}

/** A CloudFormation template, by its sections. */
export interface Template {
  readonly AWSTemplateFormatVersion: '2010-09-09';
  readonly Description: string;
  readonly Parameters: Readonly<Record<string, Parameter>>;
  readonly Rules: Readonly<Record<string, unknown>>;
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Outputs: Readonly<
    Record<string, { readonly Description: string; readonly Value: unknown }>
  >;
}

/** What Amazon Linux calls its root volume; CloudFormation cannot look at an image. */
const usualRootDevice = '/dev/xvda';

/**
 * One pool as a self-contained template: its groups, launch templates, role, log group, and the policy
 * for whatever role the scaler runs as. It is translated from the Terraform of the same pool.
 *
 * @throws Error when the pool needs what CloudFormation, or one stack of it, cannot do.
 */
export function cloudFormationTemplate(fleet: Fleet, pool: Pool): Template {
  const region = onlyRegion(fleet, pool);
  const blocks = poolBlocks(fleet, pool, region);
  refuseLookups(pool, blocks);
  const parameters = new Parameters();
  const ids = logicalIds(pool, blocks);
  const reference = (expression: string) => resolved(expression, ids, parameters);
  const context = { fleet, pool, blocks, parameters, reference };
  const resources = Object.fromEntries(
    [...ids].map(([address, id]) => [id, resourceOf(address, context, ids)]),
  );
  return {
    AWSTemplateFormatVersion: '2010-09-09',
    Description: `Pool ${pool.id} of fleet ${fleet.name}: workers on EC2`,
    Parameters: parameters.all(),
    Rules: inRegion(region, pool),
    Resources: resources,
    Outputs: outputs(context),
  };
}

function onlyRegion(fleet: Fleet, pool: Pool): Region {
  const regions = fleet.regions.filter(({ name }) => pool.regions.includes(name));
  const [region, ...others] = regions;
  if (region === undefined || others.length > 0) {
    throw new StackError(
      `pool ${pool.name} is in ${regions.length} regions (${pool.regions.join(', ')}), and a ` +
        `CloudFormation stack is in one: name one under pools.${pool.name}.regions, or use --format terraform`,
    );
  }
  if (region.network.kind === 'created') {
    throw new StackError(
      `pool ${pool.name} is in a network that the fleet makes, which a template of one pool does not: ` +
        `declare vpc and subnets under regions.${region.name} (whoever deploys may choose others), or use --format terraform`,
    );
  }
  return region;
}

/** By address: letters and digits of type and name, without the pool's id, which the stack's name says. */
function logicalIds(pool: Pool, { resource }: PoolBlocks): ReadonlyMap<string, string> {
  const ids = new Map<string, string>();
  for (const [type, blocks] of Object.entries(resource)) {
    const rule = resourceRules[type];
    if (rule === undefined) {
      throw new StackError(
        `pool ${pool.name} needs ${type}, which the CloudFormation template does not have: ` +
          'deploy it with --format terraform',
      );
    }
    for (const name of Object.keys(blocks)) {
      const own = name.startsWith(`${pool.id}-`) ? name.slice(pool.id.length + 1) : name;
      const id = `${rule.type.split('::')[2]}${own
        .split(/[^A-Za-z0-9]+/)
        .map(capitalised)
        .join('')}`;
      if ([...ids.values()].includes(id)) throw new Error(`two resources are named ${id}`);
      ids.set(`${type}.${name}`, id);
    }
  }
  return ids;
}

function capitalised(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1);
}

function resolved(
  expression: string,
  ids: ReadonlyMap<string, string>,
  parameters: Parameters,
): Intrinsic {
  if (expression === 'data.aws_caller_identity.account.account_id')
    return { Ref: 'AWS::AccountId' };
  if (/^data\.aws_ami\.[\w-]+\.root_device_name$/.test(expression)) {
    return parameters.use('RootDevice', usualRootDevice);
  }
  const [type = '', name = '', attribute = ''] = expression.split('.');
  const id = ids.get(`${type}.${name}`);
  const read = resourceRules[type]?.reads[attribute];
  if (id === undefined || read === undefined) {
    throw new Error(`the CloudFormation template has nothing for ${expression}`);
  }
  return read === 'Ref' ? { Ref: id } : { 'Fn::GetAtt': [id, read.attribute] };
}

function resourceOf(
  address: string,
  context: TemplateContext,
  ids: ReadonlyMap<string, string>,
): Resource {
  const dot = address.indexOf('.');
  const [type, name] = [address.slice(0, dot), address.slice(dot + 1)];
  const block = context.blocks.resource[type]?.[name] as Block;
  const rule = resourceRules[type];
  if (rule === undefined) throw new Error(`no rule for ${type}`);
  const needed = [
    ...((block.depends_on ?? []) as string[]).map((needed) => ids.get(needed) as string),
    // Terraform applies the shared stack first: a worker starts with its rights and its log group.
    ...(type === 'aws_autoscaling_group' ? neededByWorkers(ids) : []),
  ];
  return {
    Type: rule.type,
    ...(needed.length === 0 ? {} : { DependsOn: needed }),
    Properties: rule.properties(block, context, address),
  };
}

function neededByWorkers(ids: ReadonlyMap<string, string>): string[] {
  return [...ids]
    .filter(([address]) => /^aws_(iam_role_policy|cloudwatch_log_group)\./.test(address))
    .map(([, id]) => id);
}

/** Names of the region are in user data and policies. */
function inRegion(region: Region, pool: Pool) {
  return {
    Region: {
      Assertions: [
        {
          Assert: { 'Fn::Equals': [{ Ref: 'AWS::Region' }, region.name] },
          AssertDescription: `Pool ${pool.id} is declared for ${region.name}: make the stack there`,
        },
      ],
    },
  };
}

/** Outputs of the Terraform under names that CloudFormation takes. */
const outputNames: Readonly<Record<string, string>> = {
  asg_workers_sec_group_id: 'AsgWorkersSecGroupId',
  elastic_ips: 'ElasticIps',
  notice_topic_arns: 'NoticeTopicArn',
  scaler_policy_arns: 'ScalerPolicyArns',
  worker_role_arns: 'WorkerRoleArn',
};

function outputs({ fleet, pool, blocks, reference }: TemplateContext): Template['Outputs'] {
  const translatedOutputs = Object.entries(blocks.output).flatMap(
    ([name, { description, value }]) => {
      const key = outputNames[name];
      if (key === undefined) return [];
      const isByPool = typeof value === 'object' && value !== null && !Array.isArray(value);
      const own = isByPool ? (value as Block)[pool.id] : value;
      const Value = translated(own, reference);
      const text = Array.isArray(Value) ? { 'Fn::Join': [',', Value] } : Value;
      return [[key, { Description: describedAlone(String(description)), Value: text }]];
    },
  );
  const suspend = marketsOf(pool).map(
    (market) =>
      `aws autoscaling suspend-processes --auto-scaling-group-name ${groupName(fleet.name, pool.id, market)} ` +
      '--scaling-processes AZRebalance',
  );
  return {
    ...Object.fromEntries(translatedOutputs),
    SuspendRebalancing: {
      Description: 'Run once: CloudFormation cannot keep AWS from evening out zones',
      Value: suspend.join(' && '),
    },
  };
}

/** Terraform's outputs speak of all pools. */
function describedAlone(description: string): string {
  return description.replace(', by pool id', '').replace("each pool's", "the pool's");
}

/** The pool of that name, or the only one. @throws {DeclarationError} when there is no such pool. */
export function chosenPool(fleet: Fleet, name: string | null, file: string): Pool {
  const [first, ...others] = fleet.pools;
  const names = fleet.pools.map((pool) => pool.name).join(', ');
  const refuse = (message: string) =>
    new DeclarationError(file, [{ path: '', position: null, message }]);
  if (name === null) {
    if (first !== undefined && others.length === 0) return first;
    throw refuse(`a template holds one pool; choose it with --pool, one of: ${names}`);
  }
  const pool = fleet.pools.find((candidate) => candidate.name === name);
  if (pool === undefined) throw refuse(`no pool ${name}; allowed: ${names}`);
  return pool;
}
