import { Socket } from 'node:net';
import { Client, DatabaseError, type QueryConfig } from 'pg';
import { z } from 'zod';
import type { PostgreSqlDeclaration } from '../../../pool/queues/postgresql.ts';
import type { Statement } from '../../../pool/queues/postgresql-presets.ts';
import { type ConnectionKind, KeptConnection } from '../kept-connection.ts';
import { connectLimit, statementLimit } from '../limits.ts';
import { type QueueSource, SourceError, type SourceReading } from '../source.ts';

/** Counts are bigint and ages numeric, which come as text. */
const number = z
  .union(
    [z.number(), z.string().regex(/^-?\d+(\.\d+)?$/, 'expected a number')],
    'expected a number',
  )
  .transform(Number);
const rowSchema = z.object({
  pending: number,
  claimed: number.nullish(),
  oldest_pending_age: number.nullish(),
});

/**
 * One query for each pool of a database, over one connection, in a transaction that cannot write. Each
 * statement ends after {@link statementLimit}; one that fails leaves only its own pool unknown.
 */
export const postgreSqlSource: QueueSource<PostgreSqlDeclaration> = {
  groupKey: ({ server, tls }) => JSON.stringify([server, tls]),
  describe: ({ server }) => server.url,
  minimumInterval: 0,
  zeroHold: 0,
  open: ({ secrets }, first) => {
    const connection = new KeptConnection(secrets, first.server, kindFor(first));
    return {
      async read(declarations, answer, signal) {
        await connection.use(signal, async ({ client }) => {
          await begin(client);
          for (const [key, { statement }] of declarations) {
            try {
              answer(key, await readingOf(client, statement));
            } catch (error) {
              if (endsConnection(error)) throw error;
              answer(key, { error: `${first.server.url}: ${messageOf(error)}` });
              await client.query('rollback');
              await begin(client);
            }
          }
          await client.query('rollback');
        });
      },
      close: async () => connection.end(),
    };
  },
};

function begin(client: Client): Promise<unknown> {
  const limit = statementLimit * 1000;
  return client.query(`begin read only; set local statement_timeout = ${limit}`);
}

/** Within another query, so that it is one that gives rows, and a second row shows without the rest. */
async function readingOf(client: Client, { text, values }: Statement): Promise<SourceReading> {
  const query: QueryConfig & { readonly queryMode: 'extended' } = {
    text: `select * from (\n${text}\n) as counts limit 2`,
    values: [...values],
    // Takes no second statement.
    queryMode: 'extended',
  };
  const { rows } = await client.query<Record<string, unknown>>(query);
  if (rows.length !== 1) {
    const got = rows.length === 0 ? 'none' : 'several';
    throw new SourceError('unreadable', `expected the query to give one row, got ${got}`);
  }
  const parsed = rowSchema.safeParse(rows[0]);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const message = `the row is not as expected: ${issue?.path.join('.')}: ${issue?.message}`;
    throw new SourceError('unreadable', message);
  }
  const { pending, claimed = null, oldest_pending_age: age = null } = parsed.data;
  return { pending, claimed, oldestPendingAge: age === null ? null : Math.max(0, age) };
}

interface Connection {
  readonly client: Client;
  readonly socket: Socket;
}

function kindFor({ server, tls }: PostgreSqlDeclaration): ConnectionKind<Connection> {
  const { hostname, port, pathname } = new URL(server.url);
  return {
    async open({ password, certificateAuthority: ca }, signal) {
      const socket = new Socket();
      const client = new Client({
        host: hostname.replace(/^\[|\]$/g, ''),
        port: Number(port || 5432),
        database: decodeURIComponent(pathname.slice(1)),
        ...(server.user !== null && { user: server.user }),
        // Else it would look for one in variables and files that are another program's.
        password: password ?? '',
        ssl: tls === 'off' ? false : { rejectUnauthorized: true, ...(ca !== null && { ca }) },
        connectionTimeoutMillis: connectLimit * 1000,
        application_name: 'muster',
        stream: () => socket,
      });
      // What goes wrong rejects what is under way; without a listener it would end the scaler.
      client.on('error', () => {});
      const end = () => socket.destroy();
      signal.addEventListener('abort', end, { once: true });
      try {
        signal.throwIfAborted();
        await client.connect();
        return { client, socket };
      } catch (error) {
        socket.destroy();
        throw error;
      } finally {
        signal.removeEventListener('abort', end);
      }
    },
    end: ({ socket }) => socket.destroy(),
    // invalid_password and invalid_authorization_specification (PostgreSQL documentation, appendix A).
    isRefusal: (error) => error instanceof DatabaseError && /^28/.test(error.code ?? ''),
  };
}

/** FATAL and PANIC end the session; what is no answer of the database is of the connection. */
function endsConnection(error: unknown): boolean {
  if (error instanceof SourceError) return false;
  return !(error instanceof DatabaseError) || error.severity !== 'ERROR';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
