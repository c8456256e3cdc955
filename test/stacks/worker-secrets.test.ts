/** What a worker's role may read of secrets, by what its kind declares. */
import { describe, expect, it } from 'vitest';
import { parseFleet } from '../../pool/load.ts';
import { secretsOf } from '../../pool/worker-kind.ts';
import { workerStatements } from '../../stacks/worker-role.ts';
import { reference } from './synthesise.ts';

const account = reference('data.aws_caller_identity.account.account_id');
const arn = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:ci/key-AbCdEf';

function roleOf(worker: string, heartbeat = '') {
  const fleet = parseFleet(
    `fleet: ci
${heartbeat}
regions:
  eu-west-1: { vpc: vpc-0a1b2c3d, subnets: [subnet-0a1b2c3d] }
  us-east-1: { vpc: vpc-0b2c3d4e, subnets: [subnet-0b2c3d4e] }
pools:
  linux:
    owner: build@example.com
    queue: { sqs: https://sqs.eu-west-1.amazonaws.com/111122223333/linux-tasks }
    capacity: { max: 2 }
    instances: [{ type: c6i.large, capacity: 1 }]
    image: { ssm: /muster/ci/linux }
    ${worker}
`,
    'secrets.yaml',
  );
  const [pool] = fleet.pools;
  return { pool: pool!, statements: workerStatements(fleet, pool!) };
}

/** ARNs of what may be read, by action. */
function readable(statements: ReturnType<typeof roleOf>['statements']) {
  const of = (action: string) =>
    statements.filter(({ Action }) => Action.includes(action)).flatMap(({ Resource }) => Resource);
  return { parameters: of('ssm:GetParameter'), secrets: of('secretsmanager:GetSecretValue') };
}
const parameters = (...names: string[]) =>
  ['eu-west-1', 'us-east-1'].flatMap((region) =>
    names.map((name) => `arn:aws:ssm:${region}:${account}:parameter/${name}`),
  );
const secrets = (name: string) =>
  ['eu-west-1', 'us-east-1'].map(
    (region) => `arn:aws:secretsmanager:${region}:${account}:secret:${name}-??????`,
  );

describe("a worker's role reads its secrets and no others", () => {
  it.each<[string, string, string[], string[]]>([
    [
      'concourse',
      'concourse: { host: a, hostKey: "ssm:/ci/host", workerKey: "ssm:/ci/worker" }, version: 7.14.0',
      parameters('ci/host', 'ci/worker'),
      [],
    ],
    [
      'buildbot',
      'buildbot: { master: "a:9989", password: "secretsmanager:ci/password" }, version: 4.3.0',
      [],
      secrets('ci/password'),
    ],
    [
      'github',
      'github: { url: "https://github.com/example", labels: [linux], token: "ssm:token" }, version: 2.330.0',
      parameters('token'),
      [],
    ],
    [
      'gitea',
      `gitea: { url: "https://git.example.com", labels: [linux], token: "secretsmanager:${arn}" }, version: 0.2.13`,
      [],
      [arn],
    ],
    [
      'command',
      'command: { run: /bin/x, secrets: { a: "ssm:/ci/a", b: "secretsmanager:ci/b", c: "ssm:/ci/a" } }',
      parameters('ci/a'),
      secrets('ci/b'),
    ],
    ['a command without secrets', 'command: { run: /bin/x }', [], []],
  ])('%s', (_, worker, ofParameters, ofSecrets) => {
    const { pool, statements } = roleOf(`worker: { ${worker} }`);
    const seen = readable(statements);
    expect([seen.parameters.sort(), seen.secrets.sort()]).toEqual([
      ofParameters.sort(),
      ofSecrets.sort(),
    ]);
    // Each that the image has under a name can be read.
    const references = new Set(Object.values(secretsOf(pool.worker!.software)));
    const each = (from: string) => [...references].filter((it) => it.startsWith(`${from}:`)).length;
    expect(seen.parameters).toHaveLength(2 * each('ssm'));
    expect(new Set(statements.map(({ Sid }) => Sid)).size).toBe(statements.length);
    expect(statements.flatMap(({ Action }) => Action)).not.toContain('kms:Decrypt');
  });

  it('of an image that is made elsewhere: none but the heartbeat token', () => {
    const heartbeat = 'heartbeat: { url: "http://a:3001", tokenParameter: /muster/token }';
    const { statements } = roleOf('', heartbeat);
    expect(readable(statements)).toEqual({ parameters: parameters('muster/token'), secrets: [] });
  });
});
