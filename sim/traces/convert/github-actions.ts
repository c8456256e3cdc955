import { z } from 'zod';
import { type JobOutcome, jobSource } from './job-source.ts';
import { timestamp, timestampOrNone } from './timestamp.ts';

/** Source: "List jobs for a workflow run", docs.github.com/en/rest/actions/workflow-jobs. */
const schema = z.object({
  status: z.string(),
  conclusion: z.string().nullish(),
  /** Of jobs that need others: when those were done. */
  created_at: timestamp,
  /** When a runner took it. */
  started_at: timestampOrNone,
  completed_at: timestampOrNone,
  /** What `runs-on` asks for. */
  labels: z.array(z.string()),
  /** Empty or null: no runner took it. */
  runner_name: z.string().nullish(),
});

export const githubActions = jobSource({
  name: 'github-actions',
  input: 'pages of GET /repos/OWNER/REPO/actions/runs/RUN/jobs',
  label: 'a label of runs-on',
  containers: ['jobs'],
  isJob: (value) => 'started_at' in value,
  schema,
  outcomes: (job) => [outcomeOf(job)],
});

function outcomeOf(job: z.output<typeof schema>): JobOutcome {
  const { started_at: started, completed_at: completed } = job;
  if (job.conclusion === 'skipped') return { kind: 'left-out', because: 'skipped' };
  if (job.status !== 'completed' || completed === null) {
    return { kind: 'left-out', because: 'not completed' };
  }
  // A job that was cancelled in the queue has times too, but no runner.
  if (started === null || job.runner_name === null || job.runner_name === '') {
    return { kind: 'left-out', because: 'taken by no runner' };
  }
  const duration = completed - started;
  return { kind: 'task', arrivedAt: job.created_at, duration, labels: job.labels };
}
