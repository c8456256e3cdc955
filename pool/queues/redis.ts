import type * as z from 'zod';
import { list, mapping, text, trueOrFalse, wholeNumber } from '../schema-parts.ts';
import { sourceForm } from './form.ts';
import { type ServerAccess, serverKeys, serverUrl, toServerAccess, userName } from './server.ts';

/** How a queue is kept in Redis: as a plain list or stream, or by the convention of a library. */
export type RedisQueue =
  | { readonly kind: 'list'; readonly pending: string; readonly claimed: string | null }
  | {
      readonly kind: 'celery';
      readonly queue: string;
      readonly prefix: string;
      readonly prioritySteps: readonly number[];
      readonly separator: string;
    }
  | { readonly kind: 'bullmq'; readonly queue: string; readonly prefix: string }
  | { readonly kind: 'rq'; readonly queue: string; readonly scheduled: boolean }
  | { readonly kind: 'stream'; readonly stream: string; readonly group: string };

/** One queue in a Redis or Valkey database. */
export interface RedisDeclaration {
  readonly kind: 'redis';
  readonly server: ServerAccess;
  readonly queue: RedisQueue;
}

/** kombu.transport.redis, `sep`. */
const celerySeparator = '\x06\x16';

const ways = ['list', 'celery', 'bullmq', 'rq', 'stream'] as const;
const key = (what: string) => text(what, /^[^\0\r\n]+$/, 500);
const queueName = () => key('the name of a queue').describe('Name of the queue.');
const prefix = () => text('a prefix of keys', /^[^\0\r\n]*$/);

const schema = mapping({
  url: serverUrl('Address; rediss:// is with TLS, and the path is the number of the database.', {
    schemes: ['redis', 'rediss'],
    example: 'rediss://redis.example.com:6379/0',
    path: /^(\/\d{0,4})?$/,
  }),
  user: userName().describe("User of the server's access list. Default: default.").optional(),
  ...serverKeys,
  list: mapping({
    pending: key('the key of a list').describe('Key of the list of waiting tasks.'),
    claimed: key('the key of a list')
      .describe('Key of the list of running tasks. Default: not told.')
      .optional(),
  })
    .describe('Lists of tasks. Default: none.')
    .optional(),
  celery: mapping({
    queue: queueName().prefault('celery'),
    prefix: prefix().describe("Celery's global_keyprefix.").prefault(''),
    prioritySteps: list(wholeNumber(0, 255, 'a priority'), 256, 'priorities')
      .describe("Celery's priority_steps.")
      .prefault([0, 3, 6, 9]),
    separator: text('what stands before a priority', /^[^\0]+$/)
      .describe("Celery's sep, between a queue and a priority. Default: Celery's, bytes 6 and 22.")
      .optional(),
  })
    .describe('A queue of Celery. Default: none.')
    .optional(),
  bullmq: mapping({
    queue: queueName(),
    prefix: prefix().describe("BullMQ's prefix.").prefault('bull'),
  })
    .describe('A queue of BullMQ. Default: none.')
    .optional(),
  rq: mapping({
    queue: queueName().prefault('default'),
    scheduled: trueOrFalse()
      .describe('Scheduled jobs wait once they are due, as the workers run the scheduler.')
      .prefault(false),
  })
    .describe('A queue of RQ. Default: none.')
    .optional(),
  stream: mapping({
    stream: key('the key of a stream').describe('Key of the stream.'),
    group: key('the name of a group').describe('Consumer group of the workers.'),
  })
    .describe('A stream with a consumer group. Default: none.')
    .optional(),
}).superRefine((written, context) => {
  const given = ways.filter((way) => written[way] !== undefined);
  if (given.length === 1) return;
  const message = `got ${given.length} ways; allowed: one of ${ways.join(', ')}`;
  context.addIssue({ code: 'custom', message });
});

export const redisForm = sourceForm({
  schema: schema.describe('A queue in Redis or Valkey.'),
  declare: (written): RedisDeclaration => ({
    kind: 'redis',
    server: toServerAccess(written),
    queue: toQueue(written),
  }),
  ports: ({ server }) => [Number(new URL(server.url).port || 6379)],
});

function toQueue({ list: lists, celery, bullmq, rq, stream }: z.output<typeof schema>): RedisQueue {
  if (celery !== undefined)
    return { kind: 'celery', ...celery, separator: celery.separator ?? celerySeparator };
  if (bullmq !== undefined) return { kind: 'bullmq', ...bullmq };
  if (rq !== undefined) return { kind: 'rq', ...rq };
  if (stream !== undefined) return { kind: 'stream', ...stream };
  return { kind: 'list', pending: lists?.pending ?? '', claimed: lists?.claimed ?? null };
}
