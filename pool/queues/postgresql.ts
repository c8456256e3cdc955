import type * as z from 'zod';
import { list, mapping, text, words } from '../schema-parts.ts';
import { sourceForm } from './form.ts';
import {
  graphileWorkerStatement,
  pgBossStatement,
  type Statement,
  schemaName,
} from './postgresql-presets.ts';
import { type ServerAccess, serverKeys, serverUrl, toServerAccess, userName } from './server.ts';

/** Counts by one SQL query, whose one row has pending, claimed and oldest_pending_age. */
export interface PostgreSqlDeclaration {
  readonly kind: 'postgresql';
  readonly server: ServerAccess;
  /** `verify`: TLS with a certificate that is checked. */
  readonly tls: 'verify' | 'off';
  readonly statement: Statement;
}

const ways = ['query', 'pgBoss', 'graphileWorker'] as const;

const schemaOf = (what: string) =>
  text('the name of a schema: letters, digits, _ and $', schemaName).describe(what);

const schema = mapping({
  url: serverUrl('Address, with the name of the database.', {
    schemes: ['postgresql', 'postgres'],
    example: 'postgresql://db.example.com:5432/jobs',
    path: /^\/[^/]+$/,
  }),
  user: userName().describe('Role that may read the tables.'),
  ...serverKeys,
  tls: words(['verify', 'off'])
    .describe('Whether to connect by TLS and check the certificate.')
    .prefault('verify'),
  query: text('a SQL query', /^[^\0]+$/s, 10_000)
    .describe(
      'Query for one row: pending, and where known claimed and oldest_pending_age. Default: none.',
    )
    .optional(),
  pgBoss: mapping({
    queue: text('the name of a queue', /^[^\0]+$/).describe('Name of the queue.'),
    schema: schemaOf("pg-boss's schema.").prefault('pgboss'),
  })
    .describe('A queue of pg-boss. Default: none.')
    .optional(),
  graphileWorker: mapping({
    tasks: list(text('a task identifier', /^[^\0]+$/), 100, 'task identifiers')
      .describe('Only tasks of these identifiers count. Default: all.')
      .optional(),
    schema: schemaOf("Graphile Worker's schema.").prefault('graphile_worker'),
  })
    .describe('Jobs of Graphile Worker. Default: none.')
    .optional(),
}).superRefine((written, context) => {
  const given = ways.filter((way) => written[way] !== undefined);
  if (given.length === 1) return;
  const message = `got ${given.length} ways; allowed: one of ${ways.join(', ')}`;
  context.addIssue({ code: 'custom', message });
});

export const postgreSqlForm = sourceForm({
  schema: schema.describe('Jobs in a PostgreSQL database.'),
  declare: (written): PostgreSqlDeclaration => ({
    kind: 'postgresql',
    server: toServerAccess(written),
    tls: written.tls,
    statement: toStatement(written),
  }),
  ports: ({ server }) => [Number(new URL(server.url).port || 5432)],
});

function toStatement({ query, pgBoss, graphileWorker }: z.output<typeof schema>): Statement {
  if (pgBoss !== undefined) return pgBossStatement(pgBoss.schema, pgBoss.queue);
  if (graphileWorker !== undefined) {
    return graphileWorkerStatement(graphileWorker.schema, graphileWorker.tasks ?? []);
  }
  // A query within another has no end of its own.
  return { text: (query ?? '').replace(/[\s;]+$/, ''), values: [] };
}
