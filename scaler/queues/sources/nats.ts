import { z } from 'zod';
import { endpointKey } from '../../../pool/queues/http.ts';
import type { NatsDeclaration } from '../../../pool/queues/nats.ts';
import type { UnixSeconds } from '../../../pool/units.ts';
import { type QueueSource, SourceError, type SourceReading } from '../source.ts';

const consumerSchema = z.object({
  name: z.string(),
  num_pending: z.number(),
  num_ack_pending: z.number(),
  cluster: z
    .object({
      leader: z.string().optional(),
      replicas: z.array(z.object({ name: z.string() })).nullish(),
    })
    .optional(),
});
const streamSchema = z.object({
  name: z.string(),
  state: z.object({ messages: z.number(), first_ts: z.string() }),
  consumer_detail: z.array(consumerSchema).nullish(),
});
/** docs.nats.io, "Monitoring", /jsz. Streams without consumers and accounts without streams lack the key. */
const answerSchema = z.object({
  server_id: z.string(),
  account_details: z
    .array(z.object({ name: z.string(), stream_detail: z.array(streamSchema).nullish() }))
    .nullish(),
});
type Answer = z.output<typeof answerSchema>;
interface Found {
  readonly stream: z.output<typeof streamSchema>;
  readonly consumer: z.output<typeof consumerSchema>;
}

const path = '/jsz?accounts=true&streams=true&consumers=true';

/**
 * JetStream consumers by the monitoring port: one request to a server for all pools. In a cluster the
 * one that leads a consumer has its counts, so every declared server is asked.
 */
export const natsSource: QueueSource<NatsDeclaration> = {
  groupKey: ({ endpoint, others }) => `${endpointKey(endpoint)} ${others.join(' ')}`,
  describe: ({ endpoint }) => endpoint.url,
  minimumInterval: 0,
  zeroHold: 0,
  open: ({ http, clock, report }, { endpoint, others }) => ({
    async read(declarations, answer, signal) {
      const asked = await Promise.allSettled(
        [endpoint.url, ...others].map((url) =>
          http.json({ url: url + path, endpoint }, answerSchema, signal),
        ),
      );
      const answers = asked.flatMap((one) => (one.status === 'fulfilled' ? [one.value.value] : []));
      const failed = asked.find((one) => one.status === 'rejected');
      if (failed !== undefined) {
        // Of a cluster, another server may lead.
        if (answers.length === 0) throw failed.reason;
        report('asking a server of the cluster', failed.reason);
      }
      for (const [key, declaration] of declarations) {
        try {
          answer(key, readingOf(find(declaration, answers), clock.now()));
        } catch (error) {
          const message = error instanceof Error ? error.message : String(error);
          answer(key, { error: `${endpoint.url}: ${message}` });
        }
      }
    },
  }),
};

function find({ account, stream, consumer }: NatsDeclaration, answers: readonly Answer[]): Found {
  const streams = answers.flatMap(({ account_details }) =>
    (account_details ?? [])
      .filter(({ name }) => account === null || name === account)
      .flatMap(({ name, stream_detail }) =>
        (stream_detail ?? [])
          .filter((one) => one.name === stream)
          .map((one) => ({ account: name, stream: one })),
      ),
  );
  const accounts = new Set(streams.map((one) => one.account));
  if (accounts.size === 0) throw new SourceError('unreadable', `there is no stream ${stream}`);
  if (accounts.size > 1) {
    const message = `accounts ${[...accounts].join(', ')} have a stream ${stream}; declare one`;
    throw new SourceError('unreadable', message);
  }
  const found = streams.flatMap((one) =>
    (one.stream.consumer_detail ?? [])
      .filter(({ name }) => name === consumer)
      .map((detail) => ({ stream: one.stream, consumer: detail })),
  );
  const [first] = found;
  if (first === undefined) {
    throw new SourceError('unreadable', `stream ${stream} has no consumer ${consumer}`);
  }
  const leading = found.find((one) => leads(one));
  if (leading !== undefined) return leading;
  const leader = first.consumer.cluster?.leader ?? 'nobody for now';
  const message = `consumer ${consumer} is led by ${leader}, which was not asked; declare it in others`;
  throw new SourceError('unavailable', message);
}

/** A server names the other replicas of a consumer, so its leader is among them unless it leads itself. */
function leads({ consumer: { cluster } }: Found): boolean {
  if (cluster === undefined) return true;
  const { leader, replicas } = cluster;
  return leader !== undefined && !(replicas ?? []).some(({ name }) => name === leader);
}

function readingOf({ stream, consumer }: Found, now: UnixSeconds): SourceReading {
  const pending = consumer.num_pending;
  // When the whole stream waits for the consumer, its first message is the oldest.
  const since = Date.parse(stream.state.first_ts) / 1000;
  const isTold = pending > 0 && stream.state.messages === pending && Number.isFinite(since);
  return {
    pending,
    claimed: consumer.num_ack_pending,
    oldestPendingAge: isTold ? Math.max(0, now - since) : null,
  };
}
