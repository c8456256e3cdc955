import { describe, expect, it } from 'vitest';
import { type AwsCall, awsCalls, type CallScope } from '../../pool/aws-calls.ts';
import { metricNamespace, tagKeys } from '../../pool/names.ts';
import type { QueueDeclaration } from '../../pool/queues/declaration.ts';
import { policyParts, type Statement } from '../../stacks/policy-document.ts';
import { scalerStatements } from '../../stacks/scaler-policy.ts';
import { fleetOf, largestFleet } from './declarations.ts';
import { type Block, blocksOf, reference, synthesise } from './synthesise.ts';

const shared = synthesise(largestFleet())['build-farm-shared'];
const calls: readonly AwsCall[] = awsCalls;
const account = reference('data.aws_caller_identity.account.account_id');

const queueWithSecret: QueueDeclaration = {
  kind: 'json',
  endpoint: {
    url: 'https://ci.example.com',
    headers: {},
    auth: {
      kind: 'bearer',
      scheme: 'Bearer',
      secret: { kind: 'secret', from: 'secretsManager', name: 'ci/token', field: null },
    },
  },
  pending: '@',
  claimed: null,
  oldestPendingAge: null,
  oldestPendingSince: null,
};

const statementsIn = (block: Block | undefined) =>
  JSON.parse(block?.policy ?? '{"Statement":[]}').Statement as Statement[];
/**
 * The scaler's own stack with its table and key is declared, queues of events, and a queue whose
 * token is in Secrets Manager.
 */
const inAws = {
  ...largestFleet(),
  pools: largestFleet().pools.flatMap((pool, index) => {
    const other = { ...pool, id: 'elsewhere', name: 'elsewhere', queue: queueWithSecret };
    return index === 0 ? [pool, other] : [pool];
  }),
  infrastructure: {
    ...largestFleet().infrastructure,
    events: true,
    scaler: { instanceType: 't4g.medium', apiFrom: [], kmsKeyArn: null, addressZone: null },
  },
};
const scaler = scalerStatements(inAws);
const worker = (pool: string) =>
  statementsIn(shared?.resource.aws_iam_role_policy?.[`${pool}-worker-policy`]);
const bySid = (statements: readonly Statement[], sid: string) => {
  const found = statements.find(({ Sid }) => Sid === sid);
  if (found === undefined) throw new Error(`no statement ${sid}`);
  return found;
};
const listed = [
  ...calls.flatMap(({ action, scope }) => [scope].flat().map((one) => ({ action, scope: one }))),
  ...calls.flatMap(({ dependents }) => dependents),
];

describe("the scaler's policy", () => {
  it('allows what the list of calls says and nothing else', () => {
    const allowed = new Set(scaler.flatMap(({ Action }) => Action));
    expect([...allowed].sort()).toEqual([...new Set(listed.map(({ action }) => action))].sort());
    expect(scaler.length).toBeGreaterThan(5);
    for (const action of allowed) expect(action).toMatch(/^[a-z0-9]+:[A-Za-z]+$/);
  });

  it('limits to the fleet everything that changes something', () => {
    const reads = /^(autoscaling|ec2|cloudwatch|pricing):(Describe|Get)/;
    for (const statement of scaler) {
      if (statement.Action.every((action) => reads.test(action))) continue;
      const limits = JSON.stringify(statement.Condition ?? {});
      // Ids hold no underscore, so a name that starts this way is the fleet's own.
      const namesResources = statement.Resource.every((arn) => !/(?<!:build-farm_)\*/.test(arn));
      expect(namesResources || limits.length > 2, `${statement.Sid} is open`).toBe(true);
    }
    const fleetTag = `aws:ResourceTag/${tagKeys.fleet}`;
    for (const sid of ['Groups', 'LaunchTemplates', 'FleetTemplates']) {
      expect(bySid(scaler, sid).Condition).toEqual({
        StringEquals: { [fleetTag]: 'build-farm' },
      });
    }
    expect(bySid(scaler, 'TagLaunches').Condition).toEqual({
      StringEquals: {
        'ec2:CreateAction': ['CreateFleet', 'RunInstances'],
        [`aws:RequestTag/${tagKeys.fleet}`]: 'build-farm',
      },
    });
    expect(bySid(scaler, 'Metrics').Condition).toEqual({
      StringEquals: { 'cloudwatch:namespace': metricNamespace },
    });
  });

  it('gives each call of group scope the tag condition', () => {
    const changesGroups = listed.filter(({ scope }) => scope === 'groups-of-fleet');
    expect(changesGroups.map(({ action }) => action).sort()).toEqual(
      [...bySid(scaler, 'Groups').Action].sort(),
    );
    for (const { action } of changesGroups) {
      expect(scaler.filter(({ Action }) => Action.includes(action))).toHaveLength(1);
    }
  });

  it('launches from a template of the fleet only, in its subnets only', () => {
    const template = `arn:aws:ec2:*:${account}:launch-template/*`;
    expect(bySid(scaler, 'LaunchTemplates').Resource).toContain(template);
    for (const sid of ['Launches', 'LaunchSubnets']) {
      expect(bySid(scaler, sid).Condition).toEqual({
        ArnLike: { 'ec2:LaunchTemplate': template },
      });
      expect(bySid(scaler, sid).Resource).not.toContain(template);
    }
    expect(bySid(scaler, 'LaunchSubnets').Resource).toEqual([
      `arn:aws:ec2:eu-west-1:${account}:subnet/subnet-0a1b2c3d`,
      `arn:aws:ec2:eu-west-1:${account}:subnet/subnet-0b2c3d4e`,
      `arn:aws:ec2:us-east-1:${account}:subnet/subnet-0c3d4e5f`,
    ]);
  });

  it('has EC2 Fleet launch from a template of the fleet only, in its subnets only', () => {
    const statements = scaler.filter(({ Action }) => Action.includes('ec2:CreateFleet'));
    expect(statements.map(({ Sid }) => Sid)).toEqual([
      'FleetTemplates',
      'FleetRequests',
      'FleetSubnets',
    ]);
    const template = `arn:aws:ec2:*:${account}:launch-template/*`;
    for (const { Action, Sid, Resource } of statements) {
      expect(Action).toEqual(['ec2:CreateFleet']);
      expect(Resource.includes(template)).toBe(Sid === 'FleetTemplates');
      expect(Resource).not.toContain('*');
    }
    expect(bySid(scaler, 'FleetSubnets').Resource).toEqual(bySid(scaler, 'LaunchSubnets').Resource);
  });

  it('publishes to the topics of the fleet and to those that its pools declare', () => {
    expect(scaler.filter(({ Action }) => Action.includes('sns:Publish'))).toEqual([
      {
        Sid: 'NoticeTopics',
        Effect: 'Allow',
        Action: ['sns:Publish'],
        Resource: [
          `arn:aws:sns:eu-west-1:${account}:build-farm_*_notices`,
          'arn:aws:sns:eu-west-1:444455556666:ops',
        ],
      },
    ]);
    const pools = fleetOf(2).pools.map((pool) => ({ ...pool, notifyOnMissing: [] }));
    const silent = scalerStatements({ ...fleetOf(2), pools });
    expect(silent.flatMap(({ Action }) => Action)).not.toContain('sns:Publish');
  });

  it("passes the workers' roles and no other, and those to EC2 only", () => {
    const pass = scaler.filter(({ Action }) => Action.includes('iam:PassRole'));
    expect(pass).toEqual([
      {
        Sid: 'WorkerRoles',
        Effect: 'Allow',
        Action: ['iam:PassRole'],
        Resource: [`arn:aws:iam::${account}:role/muster/build-farm/*`],
        Condition: { StringEquals: { 'iam:PassedToService': 'ec2.amazonaws.com' } },
      },
    ]);
    const roles = blocksOf(shared, 'aws_iam_role');
    expect(roles).toHaveLength(4);
    for (const { path } of roles) expect(path).toBe('/muster/build-farm/');
  });

  it('reads the queues and image parameters that are declared', () => {
    expect(bySid(scaler, 'Queues').Resource).toEqual([
      'arn:aws:sqs:eu-west-1:111122223333:searched',
      'arn:aws:sqs:eu-west-1:111122223333:shared',
      'arn:aws:sqs:us-east-1:111122223333:mixed.fifo',
    ]);
    expect(bySid(scaler, 'ImageParameters').Resource).toEqual([
      `arn:aws:ssm:eu-west-1:${account}:parameter/muster/arm64/mixed`,
      `arn:aws:ssm:eu-west-1:${account}:parameter/muster/x86_64/mixed`,
      `arn:aws:ssm:us-east-1:${account}:parameter/muster/arm64/mixed`,
      `arn:aws:ssm:us-east-1:${account}:parameter/muster/x86_64/mixed`,
    ]);
  });

  it('goes on in further policies where one is full, and loses nothing', () => {
    const fleet = fleetOf(300);
    const parts = policyParts(scalerStatements(fleet));
    expect(parts.length).toBeGreaterThan(3);
    for (const part of parts) expect(JSON.stringify(part).length).toBeLessThanOrEqual(6144);
    const queues = parts
      .flatMap(({ Statement }) => Statement)
      .filter(({ Sid }) => Sid === 'Queues')
      .flatMap(({ Resource }) => Resource);
    expect(new Set(queues).size).toBe(300);
    expect(queues).toHaveLength(300);
    const policies = blocksOf(synthesise(fleet)['ci-shared'], 'aws_iam_policy');
    expect(new Set(policies.map(({ name }) => name)).size).toBe(parts.length);
  });

  it('names a source for each action that only AWS itself checks', () => {
    const dependents = calls.flatMap((call) => call.dependents);
    expect(dependents.length).toBeGreaterThan(0);
    for (const { source } of dependents) {
      expect(source).toMatch(/^https:\/\/docs\.aws\.amazon\.com\//);
    }
    const update = calls.find(({ action }) => action === 'autoscaling:UpdateAutoScalingGroup');
    expect(update?.dependents.map(({ action }) => action).sort()).toEqual([
      'ec2:CreateTags',
      'ec2:RunInstances',
      'iam:PassRole',
      'ssm:GetParameters',
    ]);
    const launch = calls.find(({ action }) => action === 'autoscaling:LaunchInstances');
    expect(launch?.dependents.map(({ action }) => action)).toEqual([
      'ec2:CreateFleet',
      'ec2:DescribeLaunchTemplateVersions',
    ]);
  });

  it('is open only for reads that IAM cannot limit', () => {
    const unlimited: CallScope = 'anything';
    for (const { action, scope } of listed) {
      if (scope === unlimited) expect(action).toMatch(/:(Describe|Get)[A-Z]/);
    }
  });
});

describe("a worker's role", () => {
  it('reaches its own queue, log group, end and token, and nothing else', () => {
    expect(worker('first-name').flatMap(({ Action }) => Action)).toEqual([
      'sqs:ReceiveMessage',
      'sqs:DeleteMessage',
      'sqs:ChangeMessageVisibility',
      'sqs:GetQueueAttributes',
      'logs:CreateLogStream',
      'logs:PutLogEvents',
      'autoscaling:CompleteLifecycleAction',
      'autoscaling:RecordLifecycleActionHeartbeat',
      'ssm:GetParameter',
    ]);
    expect(bySid(worker('first-name'), 'Queue').Resource).toEqual([
      'arn:aws:sqs:us-east-1:111122223333:mixed.fifo',
    ]);
    expect(bySid(worker('first-name'), 'OwnEnd').Condition).toEqual({
      StringEquals: {
        [`aws:ResourceTag/${tagKeys.fleet}`]: 'build-farm',
        [`aws:ResourceTag/${tagKeys.pool}`]: 'first-name',
      },
    });
    for (const pool of ['first-name', 'steady', 'searched', 'shared']) {
      for (const { Resource, Sid } of worker(pool)) {
        expect(Resource, `${pool} ${Sid}`).not.toContain('*');
      }
    }
  });

  it('reaches no queue that is not in SQS', () => {
    expect(worker('steady').map(({ Sid }) => Sid)).toEqual(['Logs', 'OwnEnd', 'HeartbeatToken']);
  });

  it('is for EC2 alone', () => {
    for (const { assume_role_policy } of blocksOf(shared, 'aws_iam_role')) {
      expect(JSON.parse(assume_role_policy).Statement).toEqual([
        {
          Effect: 'Allow',
          Action: 'sts:AssumeRole',
          Principal: { Service: 'ec2.amazonaws.com' },
        },
      ]);
    }
  });
});
