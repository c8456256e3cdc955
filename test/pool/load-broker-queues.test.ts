import { describe, expect, it } from 'vitest';
import { DeclarationError } from '../../pool/declaration-error.ts';
import { parseFleet } from '../../pool/load.ts';
import type { SourceDeclaration } from '../../pool/queues/declaration.ts';
import { sourceForms } from '../../pool/queues/forms.ts';

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

function queueOf(text: string): unknown {
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

const redis = 'rediss://redis.example.com';
const database = 'postgresql://db.example.com/jobs';

describe('brokers in a declaration', () => {
  it.each<[string, string, object]>([
    ['list', '{ pending: tasks }', { pending: 'tasks', claimed: null }],
    [
      'celery',
      '{}',
      { queue: 'celery', prefix: '', prioritySteps: [0, 3, 6, 9], separator: '\x06\x16' },
    ],
    ['bullmq', '{ queue: builds }', { queue: 'builds', prefix: 'bull' }],
    ['rq', '{}', { queue: 'default', scheduled: false }],
    ['stream', '{ stream: tasks, group: workers }', { stream: 'tasks', group: 'workers' }],
  ])('keep queues in Redis as %s', (kind, written, queue) => {
    expect(queueOf(`{ redis: { url: "${redis}", ${kind}: ${written} } }`)).toEqual({
      kind: 'redis',
      server: { url: redis, user: null, password: null, certificateAuthority: null },
      queue: { kind, ...queue },
    });
  });

  it('keep jobs in PostgreSQL as presets know them, or as a query says', () => {
    const of = (what: string) =>
      queueOf(`{ postgresql: { url: "${database}", user: muster, ${what} } }`);
    expect(of('pgBoss: { queue: builds, schema: jobs }')).toMatchObject({
      tls: 'verify',
      statement: { text: expect.stringContaining('from "jobs".job'), values: ['builds'] },
    });
    expect(of('graphileWorker: { tasks: [build] }')).toMatchObject({
      statement: { text: expect.stringContaining('"graphile_worker".jobs'), values: [['build']] },
    });
    expect(of('query: "select 1 as pending ; "')).toMatchObject({
      statement: { text: 'select 1 as pending', values: [] },
    });
  });

  it.each([
    [
      'two ways',
      `{ redis: { url: "${redis}", celery: {}, rq: {} } }`,
      'got 2 ways; allowed: one of',
    ],
    ['no way', `{ redis: { url: "${redis}" } }`, 'got 0 ways'],
    [
      'a database that is no number',
      `{ redis: { url: "${redis}/jobs", rq: {} } }`,
      'a URL such as',
    ],
    ['another scheme', '{ redis: { url: "https://redis.example.com", rq: {} } }', 'rediss://'],
    ['a parameter', `{ redis: { url: "${redis}?db=1", rq: {} } }`, 'allowed: one without'],
    [
      'two ways of PostgreSQL',
      `{ postgresql: { url: "${database}", user: m, query: select 1, pgBoss: { queue: a } } }`,
      'one of query, pgBoss, graphileWorker',
    ],
    [
      'no database',
      '{ postgresql: { url: "postgresql://db.example.com", user: m, query: select 1 } }',
      'a URL such as',
    ],
    [
      'a schema that is more than a name',
      `{ postgresql: { url: "${database}", user: m, pgBoss: { queue: a, schema: 'a"b' } } }`,
      'the name of a schema',
    ],
    [
      'a subject as a stream',
      '{ nats: { url: http://n, stream: "a.*", consumer: c } }',
      'a stream',
    ],
  ])('are refused with %s', (_case, written, problem) => {
    expect(problemOf(written)).toContain(problem);
  });

  it('are never shown with a password that stands in their address', () => {
    for (const written of [
      '{ redis: { url: "redis://:hunter2-secret@redis.example.com", rq: {} } }',
      '{ postgresql: { url: "postgresql://m:hunter2-secret@db/jobs", user: m, query: select 1 } }',
    ]) {
      expect(problemOf(written)).toContain('use user and password');
      expect(problemOf(written)).not.toContain('hunter2');
    }
  });

  it('are reached on the ports of their addresses', () => {
    const ports = (written: string) => {
      const queue = queueOf(written) as SourceDeclaration;
      const { ports: of } = sourceForms[queue.kind] as { ports(queue: unknown): readonly number[] };
      return of(queue);
    };
    expect(ports(`{ redis: { url: "${redis}", rq: {} } }`)).toEqual([6379]);
    expect(ports('{ redis: { url: "redis://r:6380/1", rq: {} } }')).toEqual([6380]);
    const query = 'user: m, query: select 1';
    expect(ports(`{ postgresql: { url: "${database}", ${query} } }`)).toEqual([5432]);
    const nats = 'stream: tasks, consumer: linux';
    expect(ports(`{ nats: { url: "http://a:8222", others: ["http://b:8223"], ${nats} } }`)).toEqual(
      [8222, 8223],
    );
  });
});
