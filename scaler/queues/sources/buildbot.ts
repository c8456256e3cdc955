import { z } from 'zod';
import type { BuildbotDeclaration } from '../../../pool/queues/buildbot.ts';
import { endpointKey } from '../../../pool/queues/http.ts';
import type { UnixSeconds } from '../../../pool/units.ts';
import type { ReportedWorker } from '../../ports.ts';
import { withinLimit } from '../../time-limit.ts';
import { metricLimit } from '../limits.ts';
import type { QueueSource, SourceFailure, SourceReading } from '../source.ts';
import { BuildbotFinished } from './buildbot-finished.ts';
import { BuildbotMaster } from './buildbot-master.ts';

const id = z.int();
const buildersSchema = z.object({
  builders: z.array(z.object({ builderid: id, name: z.string(), tags: z.array(z.string()) })),
});
const requestsSchema = z.object({
  buildrequests: z.array(
    z.object({ builderid: id, claimed: z.boolean(), submitted_at: z.number().nullable() }),
  ),
});
const workersSchema = z.object({
  workers: z.array(
    z.object({
      workerid: id,
      name: z.string(),
      connected_to: z.array(z.object({ masterid: id })),
      configured_on: z.array(z.object({ builderid: id })),
      paused: z.boolean(),
      graceful: z.boolean(),
    }),
  ),
});
const workerFields = ['workerid', 'name', 'connected_to', 'configured_on', 'paused', 'graceful'];
const runningSchema = z.object({ builds: z.array(z.object({ workerid: id })) });

/** Counts of one builder. */
interface BuilderQueue {
  pending: number;
  claimed: number;
  oldest: UnixSeconds | null;
}

interface BuildbotWorker extends ReportedWorker {
  readonly builderIds: readonly number[];
}

/**
 * A Buildbot master by its REST API (Buildbot manual, "REST API" and "Data API": buildrequest, build,
 * builder, worker). Five requests serve all pools of a master. A request that is not claimed waits;
 * one that is claimed runs. Unless a master has `collapseRequests = False` it makes one of equal
 * requests that wait, and those are what it will run. A field that is filtered by must be among those
 * asked for. Which slots a worker has is not told.
 */
export const buildbotSource: QueueSource<BuildbotDeclaration> = {
  groupKey: ({ endpoint }) => endpointKey(endpoint),
  describe: ({ endpoint }) => endpoint.url,
  minimumInterval: 0,
  zeroHold: 0,
  open: ({ http, clock, report }, first) => {
    const master = new BuildbotMaster(http, first);
    const finished = new BuildbotFinished();
    return {
      async read(declarations, answer, signal) {
        // First by itself: who is refused need not ask for the rest.
        const { builders } = await master.list(
          'builders',
          ['builderid', 'name', 'tags'],
          {},
          buildersSchema,
          signal,
        );
        const [{ buildrequests }, { workers }, { builds }] = await Promise.all([
          master.list(
            'buildrequests',
            ['builderid', 'claimed', 'submitted_at', 'complete'],
            { complete: 'false' },
            requestsSchema,
            signal,
          ),
          master.list('workers', workerFields, {}, workersSchema, signal),
          master.list(
            'builds',
            ['workerid', 'complete'],
            { complete: 'false' },
            runningSchema,
            signal,
          ),
        ]);
        const queues = queuesOf(buildrequests);
        const connected = connectedWorkers(workers, builds);
        const names = new Map(workers.map(({ workerid, name }) => [workerid, name]));
        const tasks = await withinLimit(metricLimit, signal, (limited) =>
          finished.since(master, names, limited),
        ).catch((error: unknown) => {
          // Counts are worth having without them.
          report('finished builds', error);
          return [];
        });
        const now = clock.now();
        for (const [key, declaration] of declarations) {
          const chosen = chosenBuilders(declaration, builders);
          if ('error' in chosen) {
            answer(key, chosen);
            continue;
          }
          const ofThese = tasks.filter(({ builderId }) => chosen.ids.has(builderId));
          answer(key, {
            ...countsOf(chosen.ids, queues, now),
            workers: connected
              .filter(({ builderIds }) => builderIds.some((builderId) => chosen.ids.has(builderId)))
              .map(({ builderIds: _, ...worker }) => worker),
            finishedTasks: ofThese.map(({ worker, duration }) => ({ worker, duration })),
          });
        }
      },
    };
  },
};

function queuesOf(
  requests: z.output<typeof requestsSchema>['buildrequests'],
): ReadonlyMap<number, BuilderQueue> {
  const queues = new Map<number, BuilderQueue>();
  for (const { builderid, claimed, submitted_at: submittedAt } of requests) {
    const queue = queues.get(builderid) ?? { pending: 0, claimed: 0, oldest: null };
    queues.set(builderid, queue);
    if (claimed) {
      queue.claimed += 1;
    } else {
      queue.pending += 1;
      if (submittedAt !== null) queue.oldest = Math.min(queue.oldest ?? submittedAt, submittedAt);
    }
  }
  return queues;
}

function connectedWorkers(
  workers: z.output<typeof workersSchema>['workers'],
  running: z.output<typeof runningSchema>['builds'],
): readonly BuildbotWorker[] {
  const busySlots = new Map<number, number>();
  for (const { workerid } of running) busySlots.set(workerid, (busySlots.get(workerid) ?? 0) + 1);
  return workers
    .filter((worker) => worker.connected_to.length > 0)
    .map(({ workerid, name, paused, graceful, configured_on: configuredOn }) => ({
      name,
      capacity: null,
      busySlots: busySlots.get(workerid) ?? 0,
      taking: !paused && !graceful,
      builderIds: configuredOn.map(({ builderid }) => builderid),
    }));
}

/** A builder or tag that the master does not know is no empty queue. */
function chosenBuilders(
  { endpoint, builders: names, tags }: BuildbotDeclaration,
  builders: z.output<typeof buildersSchema>['builders'],
): { readonly ids: ReadonlySet<number> } | SourceFailure {
  const known = new Set(builders.map(({ name }) => name));
  const knownTags = new Set(builders.flatMap((builder) => builder.tags));
  const missing = [
    ...names.filter((name) => !known.has(name)).map((name) => `builder ${name}`),
    ...tags.filter((tag) => !knownTags.has(tag)).map((tag) => `builder with the tag ${tag}`),
  ];
  if (missing.length > 0) return { error: `${endpoint.url}: it has no ${missing.join(', no ')}` };
  const [wantedNames, wantedTags] = [new Set(names), new Set(tags)];
  const chosen = builders.filter(
    (builder) => wantedNames.has(builder.name) || builder.tags.some((tag) => wantedTags.has(tag)),
  );
  return { ids: new Set(chosen.map(({ builderid }) => builderid)) };
}

function countsOf(
  builderIds: ReadonlySet<number>,
  queues: ReadonlyMap<number, BuilderQueue>,
  now: UnixSeconds,
): SourceReading {
  const mine = [...builderIds].flatMap((builderId) => queues.get(builderId) ?? []);
  const oldest = mine.flatMap((queue) => queue.oldest ?? []);
  return {
    pending: mine.reduce((sum, queue) => sum + queue.pending, 0),
    claimed: mine.reduce((sum, queue) => sum + queue.claimed, 0),
    oldestPendingAge: oldest.length === 0 ? null : Math.max(0, now - Math.min(...oldest)),
  };
}
