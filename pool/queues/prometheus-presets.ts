/** Queries for the usual exporters. Each gives one number, or no series where the exporter is away. */
import { text } from '../schema-parts.ts';

export interface QuerySet {
  readonly pending: string;
  /** null: not told. */
  readonly claimed: string | null;
  /** Seconds; null: not told. */
  readonly oldestPendingAge: string | null;
}

export const presetLabelName = text(
  'the name of a label such as queue',
  /^[a-zA-Z_][a-zA-Z0-9_]*$/,
  100,
);

export const presetNames = ['concourse', 'gitlab', 'jenkins', 'celery', 'bullmq'] as const;
export type PresetName = (typeof presetNames)[number];

type Labels = Readonly<Record<string, string>>;

const presets: Readonly<Record<PresetName, (labels: Labels) => QuerySet>> = {
  /**
   * Concourse's own emitter (atc/metric/emitter/prometheus.go): steps that wait for a worker, by
   * platform, teamName, type and workerTags, and tasks on workers, by platform alone.
   */
  concourse: (labels) => ({
    pending: sumOf('concourse_steps_waiting', labels),
    claimed: sumOf('concourse_workers_tasks', only(labels, ['platform'])),
    oldestPendingAge: null,
  }),
  /** gitlab-exporter's probe of the database of jobs. */
  gitlab: (labels) => ({
    pending: sumOf('ci_pending_builds', labels),
    claimed: sumOf('ci_running_builds', labels),
    oldestPendingAge: null,
  }),
  /** The Prometheus metrics plugin of Jenkins; `label` is the agents' label. */
  jenkins: (labels) => ({
    pending: sumOf('default_jenkins_executors_queue_length', labels),
    claimed: sumOf('default_jenkins_executors_busy', labels),
    oldestPendingAge: null,
  }),
  /** celery-exporter. Its workers' tasks are told by worker, not by queue. */
  celery: (labels) => ({
    pending: sumOf('celery_queue_length', labels),
    claimed: Object.keys(labels).includes('queue_name')
      ? null
      : sumOf('celery_worker_tasks_active', labels),
    oldestPendingAge: null,
  }),
  /** `Queue.exportPrometheusMetrics` of BullMQ. Delayed jobs may not run yet. */
  bullmq: (labels) => ({
    pending: sumOf('bullmq_job_count', labels, 'state=~"waiting|prioritized"'),
    claimed: sumOf('bullmq_job_count', labels, 'state="active"'),
    oldestPendingAge: null,
  }),
};

export function presetQueries(preset: PresetName, labels: Labels): QuerySet {
  return presets[preset](labels);
}

function sumOf(metric: string, labels: Labels, ...matchers: readonly string[]): string {
  const all = [
    ...Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`),
    ...matchers,
  ];
  return `sum(${metric}${all.length === 0 ? '' : `{${all.join(',')}}`})`;
}

/** Labels that a metric has; asking for others would find nothing. */
function only(labels: Labels, names: readonly string[]): Labels {
  return Object.fromEntries(Object.entries(labels).filter(([name]) => names.includes(name)));
}
