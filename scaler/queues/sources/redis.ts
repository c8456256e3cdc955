import { createClient, ErrorReply } from '@redis/client';
import type { RedisDeclaration } from '../../../pool/queues/redis.ts';
import type { ServerAccess } from '../../../pool/queues/server.ts';
import { type ConnectionKind, KeptConnection, type ServerCredentials } from '../kept-connection.ts';
import { connectLimit } from '../limits.ts';
import { type QueueSource, SourceError } from '../source.ts';
import { questionOf, type RedisCommand, type RedisReply } from './redis-queues.ts';

type Client = ReturnType<typeof connectionTo>;
type Outcome = PromiseSettledResult<RedisReply>;

/**
 * Queues of one Redis database. All pools' counts are asked for in one round trip, and the ages of
 * what waits in a second one. A command that fails leaves only its own pools unknown.
 */
export const redisSource: QueueSource<RedisDeclaration> = {
  groupKey: ({ server }) => JSON.stringify(server),
  describe: ({ server }) => server.url,
  minimumInterval: 0,
  zeroHold: 0,
  open: ({ secrets, clock }, { server }) => {
    const connection = new KeptConnection(secrets, server, kindFor(server));
    return {
      async read(declarations, answer, signal) {
        await connection.use(signal, async (client) => {
          const now = clock.now();
          const asked = [...declarations].map(([key, { queue }]) => ({
            key,
            question: questionOf(queue, now),
          }));
          const counts = await sendAll(
            client,
            asked.flatMap(({ question }) => question.commands),
          );
          const known = asked.flatMap(({ key, question }) => {
            try {
              return [{ key, ...question.read(repliesTo(question.commands, counts)) }];
            } catch (error) {
              answer(key, { error: `${server.url}: ${messageOf(error)}` });
              return [];
            }
          });
          const waiting = known.filter(({ pending }) => pending > 0);
          const ages = await sendAll(
            client,
            waiting.flatMap(({ oldest }) => oldest?.commands ?? []),
          );
          for (const { key, pending, claimed, oldest } of known) {
            const since = pending > 0 && oldest ? sinceWhen(oldest, ages) : null;
            const oldestPendingAge = since === null ? null : Math.max(0, now - since);
            answer(key, { pending, claimed, oldestPendingAge });
          }
        });
      },
      close: async () => connection.end(),
    };
  },
};

/** null too where a task that was counted is gone by now. */
function sinceWhen(
  { commands, since }: NonNullable<ReturnType<ReturnType<typeof questionOf>['read']>['oldest']>,
  ages: ReadonlyMap<string, Outcome>,
): number | null {
  try {
    return since(repliesTo(commands, ages));
  } catch {
    return null;
  }
}

/** The same command, of several pools, goes once. Node Redis writes what is sent at once in one go. */
async function sendAll(
  client: Client,
  commands: readonly RedisCommand[],
): Promise<ReadonlyMap<string, Outcome>> {
  const distinct = new Map(commands.map((command) => [JSON.stringify(command), command]));
  const outcomes = await Promise.allSettled(
    [...distinct.values()].map((command) => client.sendCommand<RedisReply>(command)),
  );
  // An answer with an error is one command's; anything else is the connection's.
  const broken = outcomes.find(
    (outcome) => outcome.status === 'rejected' && !(outcome.reason instanceof ErrorReply),
  );
  if (broken?.status === 'rejected') throw broken.reason;
  return new Map([...distinct.keys()].map((key, index) => [key, outcomes[index] as Outcome]));
}

function repliesTo(
  commands: readonly RedisCommand[],
  outcomes: ReadonlyMap<string, Outcome>,
): RedisReply[] {
  return commands.map((command) => {
    const outcome = outcomes.get(JSON.stringify(command));
    if (outcome?.status === 'fulfilled') return outcome.value;
    const [name = '', key = ''] = command;
    const message = `${name} ${key}: ${messageOf(outcome?.reason)}`;
    throw new SourceError('unreadable', message);
  });
}

function connectionTo(server: ServerAccess, credentials: ServerCredentials) {
  const { password, certificateAuthority: ca } = credentials;
  return createClient({
    url: server.url,
    ...(server.user !== null && { username: server.user }),
    ...(password !== null && { password }),
    RESP: 2,
    disableOfflineQueue: true,
    socket: {
      connectTimeout: connectLimit * 1000,
      // A broken connection fails the read; the next one makes another.
      reconnectStrategy: false,
      ...(server.url.startsWith('rediss:') && { tls: true as const, ...(ca !== null && { ca }) }),
    },
  });
}

function kindFor(server: ServerAccess): ConnectionKind<Client> {
  return {
    async open(credentials, signal) {
      const client = connectionTo(server, credentials);
      // What goes wrong rejects what is under way; without a listener it would end the scaler.
      client.on('error', () => {});
      const end = () => client.destroy();
      signal.addEventListener('abort', end, { once: true });
      try {
        signal.throwIfAborted();
        await client.connect();
        return client;
      } catch (error) {
        if (client.isOpen) client.destroy();
        throw error;
      } finally {
        signal.removeEventListener('abort', end);
      }
    },
    end(client) {
      if (client.isOpen) client.destroy();
    },
    isRefusal: (error) => /^(WRONGPASS|NOAUTH|ERR invalid password)/.test(messageOf(error)),
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
