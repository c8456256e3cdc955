import { z } from 'zod';
import { type JobOutcome, jobSource } from './job-source.ts';

const milliseconds = z.number().min(0);

/**
 * Sources: `hudson.model.Run` of Jenkins, whose `timestamp` is when a build left the queue, and
 * `jenkins.metrics.impl.TimeInQueueAction` of the Metrics plugin, which adds its times in the queue.
 */
const schema = z.object({
  timestamp: milliseconds,
  duration: milliseconds,
  building: z.boolean().optional(),
  /** The node's name; empty: the built-in node. */
  builtOn: z.string().nullish(),
  /** Actions that say nothing here are empty objects. */
  actions: z
    .array(z.object({ buildableDurationMillis: milliseconds.optional() }).nullable())
    .default([]),
});

export const jenkins = jobSource({
  name: 'jenkins',
  input: 'JSON API of jobs with builds[timestamp,duration,building,builtOn,actions[*]]',
  label: "the node's name (builtOn)",
  containers: ['allBuilds', 'builds', 'jobs'],
  isJob: (value) => 'timestamp' in value,
  schema,
  outcomes: (build) => [outcomeOf(build)],
});

/**
 * Before it is buildable, a build waits for its quiet period or is blocked by others: no worker would
 * have helped.
 */
function outcomeOf(build: z.output<typeof schema>): JobOutcome {
  if (build.building === true) return { kind: 'left-out', because: 'still running' };
  const buildable = build.actions
    .map((action) => action?.buildableDurationMillis)
    .find((time) => time !== undefined);
  return {
    kind: 'task',
    arrivedAt: (build.timestamp - (buildable ?? 0)) / 1000,
    duration: build.duration / 1000,
    labels: [build.builtOn ?? ''],
    ...(buildable === undefined
      ? { assumed: 'without times in the queue, taken to have had none' }
      : {}),
  };
}
