import { z } from 'zod';
import { type JobOutcome, jobSource } from './job-source.ts';
import { timestampOrNone } from './timestamp.ts';

/**
 * Sources: buildkite.com/docs/apis/rest-api/builds (`jobs`), and `JobTypeCommand` at
 * buildkite.com/docs/apis/graphql/schemas/object/jobtypecommand, whose keys are in camel case.
 */
const schema = z.preprocess(
  (value) => (typeof value === 'object' && value !== null ? inSnakeCase(value) : value),
  z.object({
    /** Absent in GraphQL, where a query selects `... on JobTypeCommand`. */
    type: z.string().optional(),
    agent_query_rules: z.array(z.string()).nullish(),
    /** When the steps before it were done and an agent could take it. */
    runnable_at: timestampOrNone,
    scheduled_at: timestampOrNone,
    started_at: timestampOrNone,
    finished_at: timestampOrNone,
  }),
);

export const buildkite = jobSource({
  name: 'buildkite',
  input: 'builds or jobs of the REST API, or an answer of the GraphQL API',
  label: 'an agent query rule, such as queue=linux',
  containers: [
    ...['jobs', 'data', 'organization', 'pipelines', 'pipeline', 'builds', 'build'],
    ...['edges', 'node'],
  ],
  // GraphQL leaves of a job that is no command only what the query selects of all, maybe nothing.
  isJob: (value) =>
    ['agent_query_rules', 'agentQueryRules', 'runnable_at', 'runnableAt'].some(
      (key) => key in value,
    ) ||
    typeof value.type === 'string' ||
    Object.keys(value).every((key) => key === '__typename'),
  schema,
  outcomes: (job) => [outcomeOf(job)],
});

function outcomeOf(job: z.output<typeof schema>): JobOutcome {
  const { started_at: started, finished_at: finished } = job;
  const arrivedAt = job.runnable_at ?? job.scheduled_at;
  const isEmpty = job.agent_query_rules === undefined && arrivedAt === null && started === null;
  if (job.type === undefined ? isEmpty : job.type !== 'script') {
    return { kind: 'left-out', because: 'no command (a wait, block, input or trigger)' };
  }
  if (finished === null) return { kind: 'left-out', because: 'not finished' };
  if (started === null || arrivedAt === null) {
    return { kind: 'left-out', because: 'taken by no agent' };
  }
  const labels = job.agent_query_rules ?? [];
  return { kind: 'task', arrivedAt, duration: finished - started, labels };
}

function inSnakeCase(value: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [
      key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      one,
    ]),
  );
}
