import { z } from 'zod';
import type { BuildkiteDeclaration } from '../../../pool/queues/buildkite.ts';
import { endpointKey } from '../../../pool/queues/http.ts';
import { longestRetryAfter } from '../limits.ts';
import { type QueueSource, SourceError } from '../source.ts';

const jobsSchema = z.object({ scheduled: z.number(), running: z.number() });
/** buildkite.com/docs/apis/agent-api/metrics */
const allSchema = z.object({
  jobs: z.object({ queues: z.record(z.string(), jobsSchema) }),
});
const oneSchema = z.object({ jobs: jobsSchema });

/** How long to wait before asking again, in seconds. */
const pollHeader = 'buildkite-agent-metrics-poll-duration';

/**
 * The agent API's metrics: one request for all queues of a token. A queue without jobs and agents need
 * not be among them, and is asked for by itself, so that a name that is wrong is not taken for an empty
 * queue. Jobs that wait for other steps (`waiting`) could not be run and do not count.
 */
export const buildkiteSource: QueueSource<BuildkiteDeclaration> = {
  groupKey: ({ endpoint }) => endpointKey(endpoint),
  describe: ({ endpoint }) => endpoint.url,
  minimumInterval: 0,
  zeroHold: 0,
  open: ({ http, waitBeforeNextRead }, { endpoint }) => ({
    async read(declarations, answer, signal) {
      const ask = async <Schema extends z.ZodType>(path: string, schema: Schema) => {
        const url = `${endpoint.url}${path}`;
        const { value, headers } = await http.json({ url, endpoint }, schema, signal);
        const seconds = Number(headers.get(pollHeader) ?? Number.NaN);
        if (seconds > 0) waitBeforeNextRead(Math.min(seconds, longestRetryAfter));
        return value;
      };
      const { queues } = (await ask('/metrics', allSchema)).jobs;
      for (const [key, { queue }] of declarations) {
        try {
          const { scheduled, running } = Object.hasOwn(queues, queue)
            ? (queues[queue] ?? { scheduled: 0, running: 0 })
            : (await ask(`/metrics/queue?${new URLSearchParams({ name: queue })}`, oneSchema)).jobs;
          answer(key, { pending: scheduled, claimed: running });
        } catch (error) {
          if (!(error instanceof SourceError) || error.kind !== 'unreadable') throw error;
          answer(key, { error: error.message });
        }
      }
    },
  }),
};
