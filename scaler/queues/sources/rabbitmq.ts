import { z } from 'zod';
import { endpointKey } from '../../../pool/queues/http.ts';
import type { RabbitMqDeclaration } from '../../../pool/queues/rabbitmq.ts';
import type { UnixSeconds } from '../../../pool/units.ts';
import { rabbitMqZeroHold } from '../limits.ts';
import { type QueueSource, SourceError, type SourceReading } from '../source.ts';

/** A queue of the management API; one that has told nothing yet, or is down, has no counts. */
const queueSchema = z.object({
  name: z.string(),
  vhost: z.string(),
  state: z.unknown().optional(),
  messages_ready: z.number().optional(),
  messages_unacknowledged: z.number().optional(),
  head_message_timestamp: z.unknown().optional(),
});
type Queue = z.output<typeof queueSchema>;
const listSchema = z.array(queueSchema);

const columns = Object.keys(queueSchema.shape).join(',');

/**
 * RabbitMQ's management API: one request for all pools of a broker, of one virtual host if they share
 * it. Its counts are as old as the broker's collect_statistics_interval, 5 s by default.
 */
export const rabbitMqSource: QueueSource<RabbitMqDeclaration> = {
  groupKey: ({ endpoint }) => endpointKey(endpoint),
  describe: ({ endpoint }) => endpoint.url,
  minimumInterval: 0,
  zeroHold: rabbitMqZeroHold,
  open: ({ http, clock }, { endpoint }) => ({
    async read(declarations, answer, signal) {
      const hosts = new Set([...declarations.values()].map(({ virtualHost }) => virtualHost));
      const [host = '/'] = hosts;
      const place = hosts.size === 1 ? `/${encodeURIComponent(host)}` : '';
      const url = `${endpoint.url}/api/queues${place}?columns=${columns}`;
      const { value: queues } = await http.json({ url, endpoint }, listSchema, signal);
      const byName = new Map(queues.map((queue) => [nameOf(queue.vhost, queue.name), queue]));
      for (const [key, { virtualHost, queue }] of declarations) {
        try {
          const found = byName.get(nameOf(virtualHost, queue));
          answer(
            key,
            readingOf(found, `queue ${queue} of virtual host ${virtualHost}`, clock.now()),
          );
        } catch (error) {
          const message = error instanceof Error ? error.message : String(error);
          answer(key, { error: `${endpoint.url}: ${message}` });
        }
      }
    },
  }),
};

function readingOf(queue: Queue | undefined, name: string, now: UnixSeconds): SourceReading {
  if (queue === undefined) {
    const message = `there is no ${name}, or the user may not see it`;
    throw new SourceError('unreadable', message);
  }
  const { messages_ready: pending, messages_unacknowledged: claimed, state } = queue;
  if (pending === undefined || claimed === undefined) {
    const message = `${name} has no counts; its state is ${JSON.stringify(state) ?? 'not told'}`;
    throw new SourceError('unavailable', message);
  }
  // What a publisher set, if it set one: seconds since 1970 (AMQP 0-9-1, 4.2.5.4).
  const since = queue.head_message_timestamp;
  const oldestPendingAge =
    typeof since === 'number' && since > 0 && pending > 0 ? Math.max(0, now - since) : null;
  return { pending, claimed, oldestPendingAge };
}

function nameOf(virtualHost: string, queue: string): string {
  return JSON.stringify([virtualHost, queue]);
}
