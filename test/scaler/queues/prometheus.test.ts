import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { PrometheusDeclaration } from '../../../pool/queues/prometheus.ts';
import {
  type PresetName,
  presetNames,
  presetQueries,
} from '../../../pool/queues/prometheus-presets.ts';
import { missingParts } from '../../harness/missing-part.ts';
import {
  type Prometheus,
  prometheusTool,
  startPrometheus,
} from '../../harness/servers/prometheus.ts';
import { toolPart } from '../../harness/tools/tool.ts';
import { type HttpFake, startHttpFake } from '../http-fake.ts';
import { openQueues } from './open-queues.ts';

/** In the form of each system's exporter, as its source has it. */
const expositions: Readonly<Record<PresetName, string>> = {
  concourse: `
# TYPE concourse_steps_waiting gauge
concourse_steps_waiting{platform="linux",teamId="1",teamName="main",type="task",workerTags=""} 4
concourse_steps_waiting{platform="linux",teamId="1",teamName="main",type="get",workerTags=""} 1
concourse_steps_waiting{platform="darwin",teamId="1",teamName="main",type="task",workerTags=""} 9
# TYPE concourse_workers_tasks gauge
concourse_workers_tasks{platform="linux",worker="9a0601fa83c3"} 2
concourse_workers_tasks{platform="linux",worker="5f2b01fa83c3"} 1
concourse_workers_tasks{platform="darwin",worker="mac-1"} 7
`,
  gitlab: `
# TYPE ci_pending_builds gauge
ci_pending_builds{namespace="1",shared_runners="yes"} 6
ci_pending_builds{namespace="2",shared_runners="no"} 5
# TYPE ci_running_builds gauge
ci_running_builds{namespace="1",shared_runners="yes"} 2
`,
  jenkins: `
# TYPE default_jenkins_executors_queue_length gauge
default_jenkins_executors_queue_length{label="linux"} 8.0
default_jenkins_executors_queue_length{label="windows"} 1.0
# TYPE default_jenkins_executors_busy gauge
default_jenkins_executors_busy{label="linux"} 3.0
default_jenkins_executors_busy{label="windows"} 0.0
`,
  celery: `
# TYPE celery_queue_length gauge
celery_queue_length{queue_name="celery"} 12.0
celery_queue_length{queue_name="mail"} 2.0
# TYPE celery_worker_tasks_active gauge
celery_worker_tasks_active{hostname="celery@one"} 4.0
`,
  bullmq: `
# HELP bullmq_job_count Number of jobs in the queue by state
# TYPE bullmq_job_count gauge
bullmq_job_count{queue="builds",state="waiting"} 5
bullmq_job_count{queue="builds",state="prioritized"} 2
bullmq_job_count{queue="builds",state="delayed"} 40
bullmq_job_count{queue="builds",state="active"} 3
bullmq_job_count{queue="mail",state="waiting"} 50
`,
};

const expected: Readonly<
  Record<
    PresetName,
    readonly [labels: Record<string, string>, pending: number, claimed: number | null]
  >
> = {
  concourse: [{ platform: 'linux' }, 5, 3],
  gitlab: [{ shared_runners: 'yes' }, 6, 2],
  jenkins: [{ label: 'linux' }, 8, 3],
  celery: [{ queue_name: 'celery' }, 12, null],
  bullmq: [{ queue: 'builds' }, 7, 3],
};

describe.skipIf(await missingParts([toolPart(prometheusTool)]))('prometheus', () => {
  let prometheus: Prometheus;
  let exporter: HttpFake;

  beforeAll(async () => {
    exporter = await startHttpFake((_request, response) => {
      response.setHeader('content-type', 'text/plain; version=0.0.4');
      response.end(Object.values(expositions).join(''));
    });
    prometheus = await startPrometheus(
      [
        'global: { scrape_interval: 1s, scrape_timeout: 1s }',
        'scrape_configs:',
        `  - { job_name: ci, static_configs: [{ targets: ["127.0.0.1:${exporter.port}"] }] }`,
      ].join('\n'),
    );
    await vi.waitFor(
      async () => {
        const { status } = await openQueues().readOne(declare('ci_running_builds'));
        if (status === 'unknown') throw new Error('nothing was scraped yet');
      },
      { timeout: 60_000, interval: 200 },
    );
  }, 240_000);
  afterAll(async () => {
    await prometheus.stop();
    await exporter.close();
  });

  const declare = (
    pending: string,
    change: Partial<PrometheusDeclaration> = {},
  ): PrometheusDeclaration => ({
    kind: 'prometheus',
    endpoint: { url: prometheus.url, headers: {}, auth: { kind: 'none' } },
    queries: { pending, claimed: null, oldestPendingAge: null },
    noSeries: 'unknown',
    ...change,
  });

  it.each(presetNames)('reads the usual exporter of %s', async (preset) => {
    const [labels, pending, claimed] = expected[preset];
    const queries = presetQueries(preset, labels);
    expect(await openQueues().readOne(declare('', { queries }))).toMatchObject({
      status: 'known',
      pending,
      claimed,
    });
  });

  it('asks for all pools of a server in one request, however the queries are written', async () => {
    const queries = [
      'sum(ci_pending_builds) # all of them',
      'vector(3)',
      'max by (job) (celery_queue_length) + 1',
      'sum(ci_pending_builds) or vector(0)',
    ];
    const exchanges: string[] = [];
    const { readAll } = openQueues({ onExchange: ({ url }) => exchanges.push(url) });
    const readings = await readAll(queries.map((query) => declare(query)));
    expect(readings.map((one) => 'pending' in one && one.pending)).toEqual([11, 3, 13, 11]);
    expect(exchanges).toHaveLength(1);
  });

  it('leaves one pool unknown whose query is at fault, and no other', async () => {
    const [good, broken, many, absent, zero, scalar] = await openQueues().readAll([
      declare('sum(ci_pending_builds)'),
      declare('sum(('),
      declare('ci_pending_builds'),
      declare('sum(ci_waiting_builds)'),
      declare('sum(ci_waiting_builds)', { noSeries: 'zero' }),
      declare('scalar(sum(ci_pending_builds))'),
    ]);
    expect(good).toMatchObject({ pending: 11 });
    expect(broken).toMatchObject({ status: 'unknown' });
    expect(many).toMatchObject({
      error: expect.stringContaining('expected one number, got 2 series'),
    });
    expect(absent).toMatchObject({
      error: expect.stringContaining('no series has a recent sample'),
    });
    expect(zero).toMatchObject({ status: 'known', pending: 0 });
    expect(scalar).toMatchObject({ pending: 11 });
  });

  it('does not take a number that is none for one', async () => {
    expect(await openQueues().readOne(declare('vector(0) / 0'))).toMatchObject({
      status: 'unknown',
      error: expect.stringContaining('NaN'),
    });
  });
});
