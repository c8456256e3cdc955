/** What is asked of Redis for each way of keeping a queue, and how the answers are read. */
import type { RedisQueue } from '../../../pool/queues/redis.ts';
import type { Seconds, UnixSeconds } from '../../../pool/units.ts';
import { SourceError } from '../source.ts';

/** A command with its parameters. */
export type RedisCommand = readonly string[];
/** An answer in the protocol's second version. */
export type RedisReply = string | number | null | readonly RedisReply[];

export interface RedisCounts {
  readonly pending: number;
  readonly claimed: number | null;
  /** Whose answers tell since when the oldest task waits; left out: it cannot be told. */
  readonly oldest?: {
    readonly commands: readonly RedisCommand[];
    /** null: not told. */
    since(replies: readonly RedisReply[]): UnixSeconds | null;
  };
}

export interface RedisQuestion {
  readonly commands: readonly RedisCommand[];
  /** @throws SourceError when an answer is not what its command gives */
  read(replies: readonly RedisReply[]): RedisCounts;
}

/** @param now time to which delayed tasks are due */
export function questionOf(queue: RedisQueue, now: UnixSeconds): RedisQuestion {
  switch (queue.kind) {
    case 'list':
      return listQuestion(queue);
    case 'celery':
      return celeryQuestion(queue);
    case 'bullmq':
      return bullMqQuestion(queue, now);
    case 'rq':
      return rqQuestion(queue, now);
    case 'stream':
      return streamQuestion(queue);
  }
}

function listQuestion({ pending, claimed }: Extract<RedisQueue, { kind: 'list' }>): RedisQuestion {
  return {
    commands: [pending, claimed].filter((key) => key !== null).map((key) => ['LLEN', key]),
    read: (replies) => ({
      pending: count(replies[0]),
      claimed: claimed === null ? null : count(replies[1]),
    }),
  };
}

/**
 * Kombu keeps a list for each step of priority and the messages that workers hold, of all queues of
 * the database, in one hash (kombu.transport.redis: `_q_for_pri`, `QoS.append`).
 */
function celeryQuestion({
  queue,
  prefix,
  prioritySteps,
  separator,
}: Extract<RedisQueue, { kind: 'celery' }>): RedisQuestion {
  const keys = new Set(
    prioritySteps.map((step) => (step === 0 ? queue : queue + separator + step)),
  );
  const lengths = [...keys].map((key): RedisCommand => ['LLEN', prefix + key]);
  return {
    commands: [...lengths, ['HVALS', `${prefix}unacked`]],
    read: (replies) => ({
      pending: sum(replies.slice(0, lengths.length).map(count)),
      claimed: many(replies[lengths.length]).filter((held) => isOfQueue(held, queue)).length,
    }),
  };
}

/** A held message is `[message, exchange, routing key]` as JSON; by default both are the queue's name. */
function isOfQueue(held: RedisReply, queue: string): boolean {
  const parts: unknown = typeof held === 'string' ? JSON.parse(held) : null;
  if (!Array.isArray(parts) || parts.length < 3) {
    throw new SourceError(
      'unreadable',
      `expected Celery's messages in unacked, got ${shown(held)}`,
    );
  }
  return parts[1] === queue || parts[2] === queue;
}

/**
 * BullMQ 5 and 6. Delayed jobs become waiting when a worker looks for work, so due ones count here,
 * where there may be no worker; their scores are milliseconds times 4096 (`getDelayedScore.lua`). A
 * paused queue gives out nothing.
 */
function bullMqQuestion(
  { queue, prefix }: Extract<RedisQueue, { kind: 'bullmq' }>,
  now: UnixSeconds,
): RedisQuestion {
  const key = (name: string) => `${prefix}:${queue}:${name}`;
  const due = (Math.floor(now * 1000) + 1) * 4096 - 1;
  return {
    commands: [
      ['LLEN', key('wait')],
      ['ZCARD', key('prioritized')],
      ['ZCOUNT', key('delayed'), '-inf', String(due)],
      ['LLEN', key('active')],
      ['HEXISTS', key('meta'), 'paused'],
      ['LINDEX', key('wait'), '0'],
      ['LINDEX', key('wait'), '-1'],
    ],
    read: ([wait, prioritized, delayed, active, paused, first, last]) => {
      const claimed = count(active);
      if (count(paused) === 1) return { pending: 0, claimed };
      const others = count(prioritized) + count(delayed);
      const ends = textsOf([first, last]);
      const oldest = {
        commands: ends.map((id) => ['HMGET', key(id), 'timestamp', 'opts', 'processedOn']),
        since: (replies: readonly RedisReply[]) => earliest(replies.map(bullMqSince)),
      };
      return { pending: count(wait) + others, claimed, ...(others === 0 && { oldest }) };
    },
  };
}

/** When a job could first be taken; null: it was taken before, and when it came back is not told. */
function bullMqSince(reply: RedisReply): UnixSeconds | null {
  const [timestamp, options, processedOn] = many(reply);
  if (typeof timestamp !== 'string' || typeof processedOn === 'string') return null;
  const parsed: unknown = typeof options === 'string' ? JSON.parse(options) : {};
  const delay = parsed !== null && typeof parsed === 'object' ? Reflect.get(parsed, 'delay') : 0;
  return (Number(timestamp) + (typeof delay === 'number' ? delay : 0)) / 1000;
}

/**
 * RQ: a list of ids, and a registry of those that run (rq.registry). One whose worker was lost stays
 * there until another worker finds that its time is up. Suspended workers take nothing.
 */
function rqQuestion(
  { queue, scheduled }: Extract<RedisQueue, { kind: 'rq' }>,
  now: UnixSeconds,
): RedisQuestion {
  const key = `rq:queue:${queue}`;
  return {
    commands: [
      ['LLEN', key],
      ['ZCARD', `rq:wip:${queue}`],
      ['EXISTS', 'rq:suspended'],
      ['ZCOUNT', `rq:scheduled:${queue}`, '-inf', String(now)],
      ['LINDEX', key, '0'],
      ['LINDEX', key, '-1'],
    ],
    read: ([waiting, running, suspended, dueReply, first, last]) => {
      const claimed = count(running);
      if (count(suspended) === 1) return { pending: 0, claimed };
      const due = scheduled ? count(dueReply) : 0;
      const oldest = {
        commands: textsOf([first, last]).map((id) => ['HGET', `rq:job:${id}`, 'enqueued_at']),
        since: (replies: readonly RedisReply[]) => earliest(replies.map(rqSince)),
      };
      return { pending: count(waiting) + due, claimed, ...(due === 0 && { oldest }) };
    },
  };
}

/** RQ writes UTC, in some versions without saying so. */
function rqSince(reply: RedisReply): UnixSeconds | null {
  if (typeof reply !== 'string') return null;
  const zoned = /(Z|[+-]\d\d:?\d\d)$/.test(reply) ? reply : `${reply}Z`;
  return Date.parse(zoned) / 1000;
}

/** A group's lag is what it was not yet given (Redis 7); what it was given and has not acknowledged runs. */
function streamQuestion({ stream, group }: Extract<RedisQueue, { kind: 'stream' }>): RedisQuestion {
  return {
    commands: [['XINFO', 'GROUPS', stream]],
    read: ([reply]) => {
      const groups = many(reply).map(fieldsOf);
      const found = groups.find((fields) => fields.get('name') === group);
      if (found === undefined) {
        throw new SourceError('unreadable', `stream ${stream} has no group ${group}`);
      }
      const lag = found.get('lag');
      if (typeof lag !== 'number') {
        const why =
          'entries that it was not given were deleted, or the server is older than Redis 7';
        throw new SourceError('unreadable', `group ${group} of ${stream} has no lag: ${why}`);
      }
      const after = `(${String(found.get('last-delivered-id'))}`;
      return {
        pending: lag,
        claimed: count(found.get('pending')),
        oldest: {
          commands: lag > 0 ? [['XRANGE', stream, after, '+', 'COUNT', '1']] : [],
          since: ([entries]) => streamSince(entries),
        },
      };
    },
  };
}

/** Entries are named by the milliseconds at which they came, unless they were given names. */
function streamSince(entries: RedisReply | undefined): UnixSeconds | null {
  const [id] = many(many(entries)[0] ?? []);
  const milliseconds = Number(typeof id === 'string' ? id.split('-')[0] : Number.NaN);
  const firstPlausible = Date.UTC(2010, 0);
  return milliseconds >= firstPlausible ? milliseconds / 1000 : null;
}

/** XINFO's answer is names and values in turn. */
function fieldsOf(reply: RedisReply): ReadonlyMap<RedisReply, RedisReply> {
  const parts = many(reply);
  const pairs = parts.flatMap((name, index): [RedisReply, RedisReply][] =>
    index % 2 === 0 ? [[name, parts[index + 1] ?? null]] : [],
  );
  return new Map(pairs);
}

function count(reply: RedisReply | undefined): number {
  if (typeof reply === 'number') return reply;
  throw new SourceError('unreadable', `expected a number, got ${shown(reply)}`);
}

function many(reply: RedisReply | undefined): readonly RedisReply[] {
  if (Array.isArray(reply)) return reply;
  throw new SourceError('unreadable', `expected a list, got ${shown(reply)}`);
}

function textsOf(replies: readonly (RedisReply | undefined)[]): string[] {
  return [...new Set(replies.filter((reply) => typeof reply === 'string'))];
}

/** null if one is not known: it may be the earliest. */
function earliest(times: readonly (Seconds | null)[]): UnixSeconds | null {
  const known = times.filter((time) => time !== null && Number.isFinite(time)) as number[];
  return known.length === times.length && known.length > 0 ? Math.min(...known) : null;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function shown(reply: RedisReply | undefined): string {
  return (JSON.stringify(reply) ?? 'nothing').slice(0, 80);
}
