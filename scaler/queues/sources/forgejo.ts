import pLimit from 'p-limit';
import { z } from 'zod';
import type { ForgejoDeclaration } from '../../../pool/queues/forgejo.ts';
import { endpointKey } from '../../../pool/queues/http.ts';
import { labelSet, labelsServe } from '../../../pool/queues/runner-labels.ts';
import { requestsAtOnce } from '../limits.ts';
import { type QueueSource, SourceError, type SourceReading } from '../source.ts';

/** `ActionRunJob` of Forgejo's Swagger description; a list without entries is null. */
const jobsSchema = z
  .array(z.object({ id: z.int(), status: z.string(), runs_on: z.array(z.string()).nullable() }))
  .nullable();

/**
 * Forgejo Actions: `GET .../actions/runners/jobs`, which answers with the jobs that wait for a runner
 * with these labels or run on one (Forgejo's Swagger description, "Search for ... action jobs"). It does
 * not tell when they came, nor which runner has which; it has no webhook of jobs.
 */
export const forgejoSource: QueueSource<ForgejoDeclaration> = {
  groupKey: ({ endpoint }) => endpointKey(endpoint),
  describe: ({ endpoint }) => endpoint.url,
  minimumInterval: 0,
  zeroHold: 0,
  open: ({ http }, { endpoint }) => {
    const inLine = pLimit(requestsAtOnce);
    return {
      async read(declarations, answer, signal) {
        const ask = async (owner: string | null, labels: readonly string[]) => {
          const query = new URLSearchParams({ labels: labels.join(',') });
          const url = `${endpoint.url}/api/v1${pathOf(owner)}/actions/runners/jobs?${query}`;
          return (await http.json({ url, endpoint }, jobsSchema, signal)).value ?? [];
        };
        const look = async ([key, { owners, labels }]: readonly [string, ForgejoDeclaration]) => {
          try {
            const all = owners.length === 0 ? [null] : owners;
            const jobs = await Promise.all(all.map((owner) => ask(owner, labels)));
            answer(key, readingOf(jobs.flat(), labels));
          } catch (error) {
            // One owner that is not there leaves its own pools unknown, and no others.
            if (!(error instanceof SourceError) || error.kind !== 'unreadable') throw error;
            answer(key, { error: error.message });
          }
        };
        const [one, ...others] = declarations;
        // First by itself: who is refused need not ask for the rest.
        if (one !== undefined) await look(one);
        await Promise.all(others.map((other) => inLine(() => look(other))));
      },
    };
  },
};

function pathOf(owner: string | null): string {
  if (owner === null) return '/admin';
  return owner.includes('/') ? `/repos/${owner}` : `/orgs/${owner}`;
}

function readingOf(
  jobs: readonly NonNullable<z.output<typeof jobsSchema>>[number][],
  labels: readonly string[],
): SourceReading {
  const have = labelSet(labels);
  // Owners may overlap.
  const byId = new Map(jobs.map((job) => [job.id, job]));
  const mine = [...byId.values()].filter((job) => labelsServe(have, job.runs_on ?? []));
  const count = (status: string) => mine.filter((job) => job.status === status).length;
  return { pending: count('waiting'), claimed: count('running') };
}
