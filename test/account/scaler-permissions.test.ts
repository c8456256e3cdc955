/**
 * The scaler under its own policy: on moto with IAM enforced, which judges actions and no conditions.
 * Conditions are checked in test/stacks/iam.test.ts.
 */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import * as iam from '@aws-sdk/client-iam';
import { CreateQueueCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { fromTemporaryCredentials } from '@aws-sdk/credential-providers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { sharedActions } from '../../pool/aws-calls.ts';
import { parseFleet } from '../../pool/load.ts';
import { scalerStatements } from '../../stacks/scaler-policy.ts';
import { clientsFor, describeGroup, makeSpotGroup, makeTemplate } from '../cloud/fleet-on-cloud.ts';
import { declarationFor } from '../end-to-end/declaration.ts';
import { createWorld, type World } from '../end-to-end/world.ts';
import { missingParts } from '../harness/missing-part.ts';
import { motoPart } from '../harness/moto.ts';
import { projectRoot } from '../harness/project-root.ts';
import { runProcess } from '../harness/run-process.ts';

const RoleName = 'ci_scaler';
const parameter = '/muster/ci/linux';
const weights = { 'm5.large': 1, 'm6a.4xlarge': 2 };

describe.skipIf(await missingParts([motoPart]))("the scaler under its role's credentials", () => {
  let world: World;
  let group: string;
  let environment: NodeJS.ProcessEnv;
  let iamClient: iam.IAMClient;

  /** With all that the scaler calls for, and types of the one template that there is. */
  const declaration = () => {
    const { heartbeat: _, pools, ...rest } = declarationFor(world, 'http://127.0.0.1:3001');
    const instances = pools.linux.instances.filter(({ type }) => !type.startsWith('c7g.'));
    const linux = { ...pools.linux, instances, image: { ssm: parameter } };
    return stringify({ ...rest, events: true, scaler: 'aws', pools: { linux } });
  };

  /** From so many requests on, each is refused that its caller's policies do not allow. */
  const enforceAfter = async (requests: string) => {
    const url = `${world.moto.endpoint}/moto-api/reset-auth`;
    const response = await fetch(url, { method: 'POST', body: requests });
    expect(response.ok).toBe(true);
  };
  /** For what a person does, who may do all. */
  const unenforced = async <T>(work: () => Promise<T>): Promise<T> => {
    await enforceAfter('inf');
    try {
      return await work();
    } finally {
      await enforceAfter('0');
    }
  };

  beforeAll(async () => {
    world = await createWorld();
    writeFileSync(join(world.folder, 'muster.yaml'), declaration());
    const clients = clientsFor(world.moto.endpoint);
    const image = { parameter, holds: world.images.x86_64 };
    const templateId = await makeTemplate(clients, 'ci_linux_x86-64', 'ci', image);
    const ssm = new SSMClient({ region: world.region, endpoint: world.moto.endpoint });
    const stored = { Name: parameter, Value: image.holds, Type: 'String' } as const;
    await ssm.send(new PutParameterCommand(stored));
    ssm.destroy();
    group = await makeSpotGroup(clients, templateId, {}, weights);
    clients.destroy();
    await world.sqs.send(new CreateQueueCommand({ QueueName: 'ci_events' }));
    const options = { region: world.region, endpoint: world.moto.endpoint };
    const dynamo = new DynamoDBClient(options);
    await dynamo.send(
      new CreateTableCommand({
        TableName: 'ci_state',
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [
          { AttributeName: 'partition', KeyType: 'HASH' },
          { AttributeName: 'sort', KeyType: 'RANGE' },
        ],
        AttributeDefinitions: ['partition', 'sort'].map((AttributeName) => ({
          AttributeName,
          AttributeType: 'S',
        })),
      }),
    );
    dynamo.destroy();
    iamClient = new iam.IAMClient(options);
    await iamClient.send(
      new iam.CreateRoleCommand({
        RoleName,
        AssumeRolePolicyDocument: JSON.stringify({
          Version: '2012-10-17',
          Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { AWS: '*' } }],
        }),
      }),
    );
    await putPolicies(() => true);
    const assumed = await fromTemporaryCredentials({
      masterCredentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      params: { RoleArn: `arn:aws:iam::123456789012:role/${RoleName}`, RoleSessionName: 'scaler' },
      clientConfig: options,
    })();
    environment = {
      ...world.environment,
      AWS_ACCESS_KEY_ID: assumed.accessKeyId,
      AWS_SECRET_ACCESS_KEY: assumed.secretAccessKey,
      AWS_SESSION_TOKEN: assumed.sessionToken ?? '',
    };
    await enforceAfter('0');
  }, 120_000);
  afterAll(async () => {
    iamClient?.destroy();
    await world?.stop();
  });

  /** The actions of the policies that the stacks make, but for those that are left out. */
  async function putPolicies(isKept: (action: string) => boolean): Promise<void> {
    const fleet = parseFleet(declaration(), 'muster.yaml');
    // moto asks for every resource at once, knows few conditions, and names a call by itself and by the
    // name that its service signs with, where AWS has one action for several and another prefix.
    const batches = Object.entries(sharedActions)
      .filter(([, action]) => isKept(action))
      .map(([command, action]) => `${action.split(':')[0]}:${command.replace('Command', '')}`);
    const actions = scalerStatements(fleet).flatMap(({ Action }) => Action.filter(isKept));
    const signed = actions.map((action) => action.replace(/^cloudwatch:/, 'monitoring:'));
    const Action = [...new Set([...actions, ...signed, ...batches])];
    const Statement = [{ Effect: 'Allow', Action, Resource: '*' }];
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
    await iamClient.send(
      new iam.PutRolePolicyCommand({ RoleName, PolicyName: 'scaler', PolicyDocument }),
    );
  }

  const sendTasks = async (count: number) => {
    for (let sent = 0; sent < count; sent += 1) {
      await world.sqs.send(
        new SendMessageCommand({ QueueUrl: world.queueUrl, MessageBody: 'task' }),
      );
    }
  };
  const runOnce = () =>
    runProcess(
      process.execPath,
      [
        ...[join(projectRoot, 'cli/bin.mjs'), 'run', '--once', '--store', 'dynamodb:ci_state'],
        ...['--config', join(world.folder, 'muster.yaml')],
      ],
      { environment, limitSeconds: 60 },
    );
  const desired = () =>
    unenforced(async () => {
      const clients = clientsFor(world.moto.endpoint);
      const { DesiredCapacity } = await describeGroup(clients, group);
      clients.destroy();
      return DesiredCapacity;
    });
  /** Without those of prices on-demand, which moto does not list. */
  const failures = (log: string) =>
    log.split('\n').filter((line) => /"failure"/.test(line) && !/on-demand price/.test(line));

  it('observes, decides, acts and records', async () => {
    await unenforced(() => sendTasks(4));
    const { exitCode, stdout } = await runOnce();
    expect(failures(stdout)).toEqual([]);
    expect(exitCode).toBe(0);
    expect(await desired()).toBeGreaterThan(1);
  });

  it.each([
    ['autoscaling:SetDesiredCapacity', 'setting desired capacity', 1],
    ['ec2:DescribeInstances', 'listing instances', 1],
    ['dynamodb:PutItem', 'ci_state', 1],
    // It goes by the newest worker then.
    ['ssm:GetParameters', 'reading image parameters', 0],
  ])('is refused without %s, and says what to do', async (action, doing, code) => {
    await unenforced(() => putPolicies((name) => name !== action));
    try {
      await unenforced(() => sendTasks(4));
      const { exitCode, stdout, stderr } = await runOnce();
      expect(exitCode).toBe(code);
      const said = `${stdout}${stderr}`;
      expect(said).toContain(doing);
      // Where the protocol is JSON moto refuses in XML, of which the status alone is read.
      expect(said).toMatch(/AccessDenied|UnauthorizedOperation|HTTP 403/);
    } finally {
      await unenforced(() => putPolicies(() => true));
    }
  });
});
