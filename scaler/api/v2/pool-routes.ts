/** Routes that show pools, and those that have them looked at, paused and resumed. */
import { ApiError } from '../api-error.ts';
import { entryOf, type ModernParts, seenPool } from './parts.ts';
import {
  decisionListSchema,
  offeringListSchema,
  pageQuery,
  pausedSchema,
  pauseRequestSchema,
  pokedSchema,
  poolListSchema,
  poolSchema,
  workerListSchema,
} from './resources.ts';
import { type ApiRoute, manageScopes, route, viewScopes, visiblePools } from './route.ts';
import { showDecision } from './show-decision.ts';
import { showOfferings, showPause, showPool, showSummary, showWorkers } from './show-pool.ts';

const poolPage = pageQuery(1_000);
const offeringPage = pageQuery(1_000);
const decisionPage = pageQuery(200);

export function poolRoutes(parts: ModernParts): readonly ApiRoute[] {
  return [...readRoutes(parts), ...actRoutes(parts)];
}

function readRoutes(parts: ModernParts): readonly ApiRoute[] {
  return [
    route({
      name: 'listPools',
      method: 'GET',
      path: '/pools',
      title: 'The pools that the caller may view, by name',
      query: poolPage,
      output: poolListSchema,
      async handle({ query, identity, signal }) {
        const { limit, after = '' } = query;
        const visible = visiblePools(identity);
        const [entries, pauses, looks] = await Promise.all([
          parts.directory.list(signal),
          parts.pauses.list(signal),
          parts.live.looks(),
        ]);
        const rest = entries.filter(({ workerType }) => workerType > after && visible(workerType));
        const shown = rest.slice(0, limit);
        const pools = shown.map((entry) =>
          showSummary({
            entry,
            look: looks.get(entry.poolId) ?? null,
            pause: pauses.get(entry.poolId) ?? null,
            redact: parts.redact,
          }),
        );
        return { pools, next: rest.length > limit ? (pools.at(-1)?.name ?? null) : null };
      },
    }),
    route({
      name: 'getPool',
      method: 'GET',
      path: '/pools/{pool}',
      title: 'A pool: what is declared, what was last seen, what its infrastructure lacks',
      scopes: viewScopes,
      output: poolSchema,
      handle: async (call) => showPool(await seenPool(parts, call)),
    }),
    route({
      name: 'listWorkers',
      method: 'GET',
      path: '/pools/{pool}/workers',
      title: 'The workers of a pool, as of the last look',
      scopes: viewScopes,
      output: workerListSchema,
      async handle(call) {
        const seen = await seenPool(parts, call);
        return { workers: showWorkers(seen), seenAt: seen.look?.observation.at ?? null };
      },
    }),
    route({
      name: 'listOfferings',
      method: 'GET',
      path: '/pools/{pool}/offerings',
      title: 'What a pool could launch, cheapest for the work it does first, then what it rejects',
      scopes: viewScopes,
      query: offeringPage,
      output: offeringListSchema,
      async handle(call) {
        const seen = await seenPool(parts, call);
        const { limit, after = '0' } = call.query;
        const from = Number(after);
        if (!Number.isSafeInteger(from) || from < 0) {
          throw new ApiError('InputValidationError', `after: got ${after}; allowed: a \`next\``);
        }
        const offerings = showOfferings(seen);
        const end = from + limit;
        return {
          offerings: offerings.slice(from, end),
          next: end < offerings.length ? String(end) : null,
          seenAt: seen.look?.observation.at ?? null,
        };
      },
    }),
    route({
      name: 'listDecisions',
      method: 'GET',
      path: '/pools/{pool}/decisions',
      title: 'What was decided for a pool and why, newest first; one like that before every 10 min',
      scopes: viewScopes,
      query: decisionPage,
      output: decisionListSchema,
      async handle(call) {
        const { poolId } = await entryOf(parts, call);
        const { limit, after } = call.query;
        const page = await parts.history.page(
          { pool: poolId, limit, ...(after !== undefined && { after }) },
          call.signal,
        );
        const decisions = page.decisions.map((decision) => showDecision(parts, decision));
        return { decisions, next: page.next };
      },
    }),
  ];
}

function actRoutes(parts: ModernParts): readonly ApiRoute[] {
  const { pauses, clock } = parts;
  return [
    route({
      name: 'pokePool',
      method: 'POST',
      path: '/pools/{pool}/poke',
      title: "Read the pool's queue now; more tasks than before wake the scaler",
      scopes: manageScopes,
      status: 202,
      output: pokedSchema,
      async handle(call) {
        const { poolId, workerType } = await entryOf(parts, call);
        await parts.poke(poolId, call.signal);
        return { pool: workerType, poked: true };
      },
    }),
    route({
      name: 'pausePool',
      method: 'POST',
      path: '/pools/{pool}/pause',
      title: 'Launch, drain and end nothing in a pool until it is resumed',
      scopes: manageScopes,
      body: pauseRequestSchema,
      output: pausedSchema,
      async handle(call) {
        const { poolId, workerType } = await entryOf(parts, call);
        const { clientId: by } = call.identity;
        const { reason } = call.body;
        const given = { poolId, since: clock.now(), by, reason };
        const pause = await pauses.pause(given, call.signal);
        await parts.wake(poolId, call.signal);
        return { pool: workerType, paused: { by: pause.by, since: pause.since, reason } };
      },
    }),
    route({
      name: 'resumePool',
      method: 'POST',
      path: '/pools/{pool}/resume',
      title: 'End the pause of a pool',
      scopes: manageScopes,
      output: pausedSchema,
      async handle(call) {
        const entry = await entryOf(parts, call);
        await pauses.resume(entry.poolId, call.signal);
        await parts.wake(entry.poolId, call.signal);
        const { redact } = parts;
        const paused = showPause({ entry, look: null, pause: null, redact });
        if (paused === null) return { pool: entry.workerType, paused };
        const message = `${entry.workerType} is paused by the declaration's file; edit the file`;
        throw new ApiError('RequestConflict', message);
      },
    }),
  ];
}
