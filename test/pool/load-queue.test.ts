import { describe, expect, it } from 'vitest';
import { DeclarationError } from '../../pool/declaration-error.ts';
import { parseFleet } from '../../pool/load.ts';
import type { QueueDeclaration } from '../../pool/queues/declaration.ts';
import { secretsIn } from '../../pool/queues/secret.ts';

const fleetWith = (queue: string) => `
fleet: ci
regions: { eu-west-1: { vpc: vpc-0a1b2c3d, subnets: [subnet-0a1] } }
pools:
  linux:
    owner: build@example.com
    queue: ${queue}
    capacity: { max: 10 }
    instances: [{ type: c5.large, capacity: 1, utility: 1 }]
    image: { ssm: /ci/linux }
`;

function queueOf(text: string): QueueDeclaration | undefined {
  return parseFleet(fleetWith(text), 'muster.yaml').pools[0]?.queue;
}

function problemOf(text: string): string {
  try {
    queueOf(text);
  } catch (error) {
    if (error instanceof DeclarationError) return error.message;
    throw error;
  }
  return '';
}

const url = 'https://ci.example.com/queue';

describe('queue sources in a declaration', () => {
  it('may be several, whose readings are added or compared', () => {
    const sqs = 'sqs: https://sqs.eu-west-1.amazonaws.com/111122223333/linux-tasks';
    expect(queueOf(`{ sum: [{ ${sqs} }, { exec: { command: [count] } }] }`)).toMatchObject({
      kind: 'combined',
      rule: 'sum',
      sources: [{ kind: 'sqs' }, { kind: 'exec', command: ['count'], limit: 10 }],
    });
    expect(queueOf(`{ maximum: [{ ${sqs} }] }`)).toMatchObject({ rule: 'maximum' });
    expect(problemOf(`{ sum: [{ ${sqs}, exec: { command: [count] } }] }`)).toContain(
      'queue.sum[0].exec: got sqs and exec; allowed: one of them',
    );
    expect(problemOf(`{ sum: [], ${sqs} }`)).toContain('a list of 1 to 10 sources');
  });

  it('name where a secret is', () => {
    const queue = queueOf(
      `{ json: { url: "${url}", auth: { basic: { user: muster, password: { secretsManager: ci/queue, field: password } } } } }`,
    );
    expect(secretsIn(queue)).toEqual([
      { kind: 'secret', from: 'secretsManager', name: 'ci/queue', field: 'password' },
    ]);
  });

  const literal = 'ghp_0123456789abcdefghij0123456789abcdef';
  it.each([
    [
      'in place of a reference',
      `{ json: { url: "${url}", auth: { bearer: ${literal} } } }`,
      'where the secret is',
    ],
    [
      'in a list',
      `{ json: { url: "${url}", auth: { bearer: [${literal}] } } }`,
      'where the secret is',
    ],
    [
      'in a header',
      `{ json: { url: "${url}", headers: { Authorization: ${literal} } } }`,
      'headers without secrets',
    ],
    [
      'as a password in a URL',
      `{ json: { url: "https://u:${literal}@ci.example.com" } }`,
      'use auth',
    ],
    [
      'as a parameter of a URL',
      `{ prometheus: { url: "${url}?token=${literal}", pending: up } }`,
      'use auth',
    ],
  ])('hold no secret %s, and no message shows it', (_case, queue, message) => {
    const problem = problemOf(queue);
    expect(problem).toContain(message);
    expect(problem).not.toContain(literal);
  });

  it.each([
    [
      'an expression that is none',
      `{ json: { url: "${url}", pending: "jobs[?" } }`,
      'allowed: a JMESPath expression',
    ],
    [
      'a function that is none',
      `{ json: { url: "${url}", pending: "count(@)" } }`,
      'Unknown function: count()',
    ],
    [
      'two places of a secret',
      `{ json: { url: "${url}", auth: { bearer: { ssm: /a, environment: B } } } }`,
      'got none or several places',
    ],
    [
      'two ways of credentials',
      `{ json: { url: "${url}", auth: { bearer: { ssm: /a }, header: { name: x, value: { ssm: /b } } } } }`,
      'got 2 ways',
    ],
    [
      'neither a preset nor a query',
      `{ prometheus: { url: "${url}" } }`,
      'got neither preset nor pending',
    ],
    [
      'a region where none belongs',
      `{ exec: { command: [a] }, region: eu-west-1 }`,
      'got a region for exec',
    ],
    ['a file in place of a URL', `{ json: { url: "file:///etc/passwd" } }`, 'https:// or http://'],
  ])('are refused with %s', (_case, queue, message) => {
    expect(problemOf(queue)).toContain(message);
  });
});
