import { z } from 'zod';
import { type JobOutcome, jobSource } from './job-source.ts';
import { timestamp, timestampOrNone } from './timestamp.ts';

/** Source: services/queue/schemas/v1/task-status.yml of taskcluster/taskcluster. */
const runSchema = z.object({
  state: z.string(),
  reasonResolved: z.string().optional(),
  scheduled: timestamp,
  started: timestampOrNone,
  resolved: timestampOrNone,
});

const schema = z.object({
  taskQueueId: z.string().optional(),
  /** Before task queues had ids of their own, these two were one. */
  provisionerId: z.string().optional(),
  workerType: z.string().optional(),
  /** In order of time. */
  runs: z.array(runSchema),
});

/** Ends that are the fleet's doing, after which the queue schedules the task anew. */
const lostRuns = ['claim-expired', 'worker-shutdown'];

export const taskcluster = jobSource({
  name: 'taskcluster',
  input: 'task status of the queue: queue.status, queue.statuses or pages of queue.listTaskGroup',
  label: 'a task queue id, such as proj/linux',
  containers: ['tasks', 'status', 'statuses'],
  isJob: (value) => 'runs' in value,
  schema,
  outcomes: (task) => (task.runs.length === 0 ? [notScheduled] : outcomesOf(task)),
});

const notScheduled: JobOutcome = { kind: 'left-out', because: 'not scheduled' };

/**
 * Each run that ended by itself is one. A run that was lost with its worker is none, since workers are
 * lost anew in a simulation: the task came when the first such run was scheduled.
 */
function outcomesOf(task: z.output<typeof schema>): readonly JobOutcome[] {
  const labels = [task.taskQueueId ?? `${task.provisionerId}/${task.workerType}`];
  let arrivedAt: number | null = null;
  return task.runs.map((run): JobOutcome => {
    arrivedAt ??= run.scheduled;
    if (run.resolved === null) return { kind: 'left-out', because: 'not resolved' };
    if (lostRuns.includes(run.reasonResolved ?? '')) {
      return { kind: 'left-out', because: 'lost with their worker and run again' };
    }
    const came = arrivedAt;
    arrivedAt = null;
    if (run.started === null) return { kind: 'left-out', because: 'claimed by no worker' };
    return { kind: 'task', arrivedAt: came, duration: run.resolved - run.started, labels };
  });
}
