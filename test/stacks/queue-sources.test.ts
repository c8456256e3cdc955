import { describe, expect, it } from 'vitest';
import type { Fleet } from '../../pool/pool.ts';
import type { QueueDeclaration } from '../../pool/queues/declaration.ts';
import type { HttpEndpoint } from '../../pool/queues/http.ts';
import type { SecretReference } from '../../pool/queues/secret.ts';
import { scalerStatements } from '../../stacks/scaler-policy.ts';
import { smallestFleet } from './declarations.ts';
import { reference, synthesise } from './synthesise.ts';

const account = reference('data.aws_caller_identity.account.account_id');
const sqs = (name: string): QueueDeclaration & { kind: 'sqs' } => ({
  kind: 'sqs',
  url: `https://sqs.eu-west-1.amazonaws.com/111122223333/${name}`,
  region: 'eu-west-1',
});

const endpoint = (from: SecretReference['from'], name: string): HttpEndpoint => ({
  url: 'https://ci.example.com:8443',
  headers: {},
  auth: {
    kind: 'bearer',
    scheme: 'Bearer',
    secret: { kind: 'secret', from, name, field: null },
  },
});

const json = (
  from: SecretReference['from'],
  name: string,
): QueueDeclaration & { kind: 'json' } => ({
  kind: 'json',
  endpoint: endpoint(from, name),
  pending: '@',
  claimed: null,
  oldestPendingAge: null,
  oldestPendingSince: null,
});

const otherArn = 'arn:aws:secretsmanager:us-east-1:111122223333:secret:ci/other-AbCdEf';

function fleetWith(...queues: readonly QueueDeclaration[]): Fleet {
  const fleet = smallestFleet();
  const [pool] = fleet.pools;
  if (pool === undefined) throw new Error('the smallest fleet has a pool');
  const pools = queues.map((queue, index) => ({
    ...pool,
    id: `p${index}`,
    name: `p${index}`,
    queue,
  }));
  return { ...fleet, pools };
}

const resourcesOf = (fleet: Fleet, action: string) =>
  scalerStatements(fleet)
    .filter(({ Action }) => Action.includes(action))
    .flatMap(({ Resource }) => Resource);

describe('the rights that queue sources take', () => {
  const fleet = fleetWith(
    {
      kind: 'combined',
      rule: 'sum',
      sources: [sqs('one'), sqs('two'), json('ssm', '/ci/token')],
    },
    json('secretsManager', 'ci/token'),
    json('secretsManager', otherArn),
    json('environment', 'CI_TOKEN'),
  );

  it('are to read the queues and the secrets that are named, and no other', () => {
    expect(resourcesOf(fleet, 'sqs:GetQueueAttributes')).toEqual([
      'arn:aws:sqs:eu-west-1:111122223333:one',
      'arn:aws:sqs:eu-west-1:111122223333:two',
    ]);
    expect(resourcesOf(fleet, 'secretsmanager:GetSecretValue')).toEqual([
      `arn:aws:secretsmanager:eu-west-1:${account}:secret:ci/token-??????`,
      otherArn,
    ]);
    const parameters = resourcesOf(fleet, 'ssm:GetParameters');
    expect(parameters).toContain(`arn:aws:ssm:eu-west-1:${account}:parameter/ci/token`);
    expect(parameters).not.toContain('*');
  });

  it('are none where no source takes a secret', () => {
    const plain = fleetWith(sqs('one'));
    expect(resourcesOf(plain, 'secretsmanager:GetSecretValue')).toEqual([]);
    expect(resourcesOf(plain, 'ssm:GetParameters').join()).not.toContain('/ci/token');
  });

  it('let the worker of a sum take tasks from each of its queues', () => {
    const { 'ci-shared': shared } = synthesise(fleet);
    const policy = JSON.stringify(shared?.resource.aws_iam_role_policy?.['p0-worker-policy']);
    expect(policy).toContain('111122223333:one');
    expect(policy).toContain('111122223333:two');
    expect(policy).not.toContain('ci/token');
  });
});
