/** `GET /decisions/stream`: decisions as they are made, as server-sent events (WHATWG HTML, 9.2). */
import type { ServerResponse } from 'node:http';
import type { FastifyReply } from 'fastify';
import * as z from 'zod';
import type { Seconds } from '../../../pool/units.ts';
import type { Decision } from '../../decide/decision.ts';
import { ApiError } from '../api-error.ts';
import {
  compareEventIds,
  DecisionFeed,
  type DecisionListener,
  eventIdOf,
  eventIdPattern,
} from './decision-feed.ts';
import type { ModernParts } from './parts.ts';
import { poolName } from './resources.ts';
import { type ApiRoute, authorize, route, viewScopes, visiblePools } from './route.ts';
import { showDecision } from './show-decision.ts';

/** Streams of one process at once. */
const mostStreams = 200;
/** What waits for a client that reads too slowly; beyond it the stream ends, and may be taken up. */
const mostBufferedBytes = 1024 * 1024;
const usualHeartbeat: Seconds = 15;
/** A client that comes again waits so long. */
const retryMilliseconds = 2_000;
/** Decisions of the history that a client that comes again is sent at most; of each pool. */
const mostReplayed = 1_000;
const mostReplayedOfPool = 200;

const streamQuery = z.strictObject({
  pool: poolName.optional().describe('only of this pool; default: of all that the caller may view'),
  after: z
    .string()
    .regex(eventIdPattern)
    .optional()
    .describe('id of the last event seen, as the header Last-Event-ID says it too'),
});

export function decisionStreamRoute(
  parts: ModernParts,
  onFailure: (doing: string, error: unknown) => void,
): ApiRoute {
  const feed = new DecisionFeed(parts.live, parts.history, onFailure);
  let streams = 0;
  return route({
    name: 'streamDecisions',
    method: 'GET',
    path: '/decisions/stream',
    title: 'Decisions as they are made, as server-sent events `decision`',
    query: streamQuery,
    output: null,
    async handle({ query, identity, request, reply, signal }) {
      const { pool } = query;
      if (pool !== undefined) authorize({ scopes: viewScopes }, identity, pool);
      const visible = pool === undefined ? visiblePools(identity) : (name: string) => name === pool;
      const after = query.after ?? lastEventId(request.headers['last-event-id']);
      const entries = (await parts.directory.list(signal)).filter((it) => visible(it.workerType));
      if (pool !== undefined && entries.length === 0) {
        throw new ApiError('ResourceNotFound', `there is no pool ${pool}`);
      }
      if (streams >= mostStreams) {
        const message = `${mostStreams} streams are open here already; try again later`;
        throw new ApiError('TooManyRequests', message);
      }
      const shows = shownPools(parts, visible);
      const held: Decision[] = [];
      let deliver: DecisionListener = (decisions) => {
        held.push(...decisions);
      };
      // Before the history is read, so that nothing falls between the two.
      const end = await feed.listen((decisions) =>
        deliver(decisions.filter(({ pool: poolId }) => shows(poolId))),
      );
      streams += 1;
      const ended = () => {
        end();
        streams -= 1;
      };
      try {
        const missed = after === null ? [] : await replay(parts, entries, after, signal);
        const stream = openStream(reply, parts, ended);
        stream.send(missed);
        const sent = new Set(missed.map(eventIdOf));
        stream.send(held.filter((decision) => !sent.has(eventIdOf(decision))));
        deliver = stream.send;
      } catch (error) {
        ended();
        throw error;
      }
      return reply;
    },
  });
}

/** Whether a pool id's decisions are shown; pools that come later are looked up as they do. */
function shownPools(parts: ModernParts, visible: (name: string) => boolean) {
  const known = new Map<string, boolean>();
  const refresh = async () => {
    const entries = await parts.directory.list(new AbortController().signal);
    for (const { poolId, workerType } of entries) known.set(poolId, visible(workerType));
  };
  void refresh().catch(() => {});
  return (poolId: string): boolean => {
    const shown = known.get(poolId);
    if (shown !== undefined) return shown;
    void refresh().catch(() => {});
    return visible(poolId);
  };
}

/** What the history has after an event, oldest first; the newest where there are too many. */
async function replay(
  { history, live }: ModernParts,
  entries: readonly { readonly poolId: string }[],
  after: string,
  signal: AbortSignal,
): Promise<readonly Decision[]> {
  const looks = await live.looks();
  const missed = new Map<string, Decision>();
  const add = (decision: Decision) => {
    const id = eventIdOf(decision);
    if (compareEventIds(id, after) > 0) missed.set(id, decision);
  };
  for (const { poolId } of entries) {
    const look = looks.get(poolId);
    // Nothing was decided since, so there is nothing to read.
    if (look !== undefined && compareEventIds(eventIdOf(look.decision), after) <= 0) continue;
    const page = await history.page({ pool: poolId, limit: mostReplayedOfPool }, signal);
    for (const decision of page.decisions) add(decision);
    // Its own place in the history may not be written yet.
    if (look !== undefined) add(look.decision);
  }
  const inOrder = [...missed.values()].sort((a, b) => compareEventIds(eventIdOf(a), eventIdOf(b)));
  return inOrder.slice(-mostReplayed);
}

function lastEventId(header: string | readonly string[] | undefined): string | null {
  if (header === undefined) return null;
  if (typeof header === 'string' && eventIdPattern.test(header)) return header;
  throw new ApiError('InputValidationError', 'Last-Event-ID: allowed: the id of an event');
}

/** @param onEnd called once, when it is over for whatever reason */
function openStream(reply: FastifyReply, parts: ModernParts, onEnd: () => void) {
  reply.hijack();
  const response: ServerResponse = reply.raw;
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (value !== undefined) response.setHeader(name, value);
  }
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    // Proxies that gather answers would hold events back.
    'x-accel-buffering': 'no',
  });
  let over = false;
  const write = (text: string) => {
    if (over) return;
    if (response.writableLength > mostBufferedBytes) response.destroy();
    else response.write(text);
  };
  write(`retry: ${retryMilliseconds}\n\n`);
  const timer = setInterval(
    () => write(': heartbeat\n\n'),
    (parts.streamHeartbeat ?? usualHeartbeat) * 1000,
  );
  timer.unref();
  response.once('close', () => {
    over = true;
    clearInterval(timer);
    onEnd();
  });
  return {
    send(decisions: readonly Decision[]): void {
      for (const decision of decisions) {
        const data = JSON.stringify(showDecision(parts, decision));
        write(`event: decision\nid: ${eventIdOf(decision)}\ndata: ${data}\n\n`);
      }
    },
  };
}
