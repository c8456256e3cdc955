import { describe, expect, it } from 'vitest';
import { buildkite } from '../../../sim/traces/convert/buildkite.ts';
import { githubActions } from '../../../sim/traces/convert/github-actions.ts';
import { jenkins } from '../../../sim/traces/convert/jenkins.ts';
import { taskcluster } from '../../../sim/traces/convert/taskcluster.ts';
import { at, convert, githubJob, noon } from './converting.ts';

describe('github-actions', () => {
  it.each([
    [{ status: 'in_progress', conclusion: null, completed_at: null }, 'not completed'],
    [
      {
        status: 'queued',
        conclusion: null,
        started_at: at(0),
        completed_at: null,
        runner_name: null,
      },
      'not completed',
    ],
    [{ conclusion: 'skipped', runner_name: null }, 'skipped'],
    [{ conclusion: 'cancelled', runner_name: '' }, 'taken by no runner'],
  ])('counts what was no work: %j', (change, because) => {
    const { tasks, leftOut } = convert(githubActions, githubJob(change));
    expect([tasks, leftOut]).toEqual([[], { [because]: 1 }]);
  });
});

describe('buildkite', () => {
  const job = {
    type: 'script',
    agent_query_rules: ['queue=linux'],
    scheduled_at: at(0),
    runnable_at: at(10),
    started_at: at(15),
    finished_at: at(40),
  };
  const builds = [
    { number: 1, started_at: at(1), pipeline: { slug: 'app' }, jobs: [job, { type: 'waiter' }] },
  ];
  const wait = { 'no command (a wait, block, input or trigger)': 1 };

  it('reads builds of the REST API: a task comes when it is runnable', () => {
    const found = convert(buildkite, builds, { labels: ['queue=linux'] });
    expect(found).toMatchObject({ tasks: [[0, 25]], jobsIn: 2, leftOut: wait });
    expect(found.start).toBe(Date.parse(at(10)) / 1000);
  });

  it('reads an answer of the GraphQL API', () => {
    const node = {
      agentQueryRules: ['queue=linux'],
      runnableAt: at(10),
      startedAt: at(15),
      finishedAt: at(40),
      pipeline: { slug: 'app' },
    };
    const jobs = { edges: [{ node }, { node: {} }] };
    const answer = {
      data: {
        organization: {
          pipelines: { edges: [{ node: { builds: { edges: [{ node: { jobs } }] } } }] },
        },
      },
    };
    expect(convert(buildkite, answer)).toMatchObject({ tasks: [[0, 25]], leftOut: wait });
  });

  it.each([
    [{ finished_at: null }, 'not finished'],
    [{ started_at: null }, 'taken by no agent'],
    [{ runnable_at: null, scheduled_at: null }, 'taken by no agent'],
  ])('counts what was no work: %j', (change, because) => {
    expect(convert(buildkite, { ...job, ...change }).leftOut).toEqual({ [because]: 1 });
  });

  it('takes the scheduled time of a job that has no other', () => {
    expect(convert(buildkite, { ...job, runnable_at: undefined }).start).toBe(
      Date.parse(noon) / 1000,
    );
  });
});

describe('jenkins', () => {
  const build = (change: object = {}) => ({
    timestamp: Date.parse(at(100)),
    duration: 60_500,
    building: false,
    builtOn: 'linux-1',
    actions: [{}, null, { buildableDurationMillis: 40_000, waitingDurationMillis: 5_000 }],
    ...change,
  });

  it('takes off the time for which a build waited for a node, and no other', () => {
    const found = convert(jenkins, {
      jobs: [{ builds: [build()] }, { jobs: [{ allBuilds: [] }] }],
    });
    expect(found).toMatchObject({ tasks: [[0, 60.5]], assumed: {} });
    expect(found.start).toBe(Date.parse(at(60)) / 1000);
  });

  it('says of which builds the time in the queue is not known', () => {
    const found = convert(jenkins, {
      builds: [build({ actions: [{}] }), build({ actions: undefined })],
    });
    expect(found.start).toBe(Date.parse(at(100)) / 1000);
    expect(found.assumed).toEqual({ 'without times in the queue, taken to have had none': 2 });
  });

  it('keeps those of a node, and counts those that still run', () => {
    const builds = [build(), build({ builtOn: '' }), build({ building: true, duration: 0 })];
    expect(convert(jenkins, { builds }, { labels: ['linux-*'] })).toMatchObject({
      tasks: [[0, 60.5]],
      leftOut: { 'without the label linux-*': 1, 'still running': 1 },
    });
  });
});

describe('taskcluster', () => {
  const run = (from: number, change: object = {}) => ({
    state: 'completed',
    reasonResolved: 'completed',
    scheduled: at(from),
    started: at(from + 5),
    resolved: at(from + 25),
    ...change,
  });
  const task = (runs: readonly object[], change: object = {}) => ({
    status: { taskId: 'a', taskQueueId: 'proj/linux', runs, ...change },
  });

  it.each([
    ['a task group', { taskGroupId: 'g', tasks: [task([run(0)])] }],
    ['one status', task([run(0)])],
    ['statuses', { statuses: [{ taskId: 'a', ...task([run(0)]) }] }],
    [
      'before task queues',
      task([run(0)], { taskQueueId: undefined, provisionerId: 'proj', workerType: 'linux' }),
    ],
  ])('reads %s', (_, document) => {
    const found = convert(taskcluster, document, { labels: ['proj/linux'] });
    expect(found).toMatchObject({ tasks: [[0, 20]], jobsIn: 1 });
  });

  it('joins a run that its worker lost with the next, and parts runs that ended by themselves', () => {
    const lost = run(0, { state: 'exception', reasonResolved: 'worker-shutdown' });
    const expired = run(30, { state: 'exception', reasonResolved: 'claim-expired' });
    const found = convert(taskcluster, task([lost, expired, run(60), run(100)]));
    expect(found).toMatchObject({
      tasks: [
        [0, 20],
        [100, 20],
      ],
      jobsIn: 4,
      leftOut: { 'lost with their worker and run again': 2 },
    });
  });

  it.each([
    [[], 'not scheduled'],
    [[run(0, { state: 'running', resolved: undefined })], 'not resolved'],
    [
      [run(0, { state: 'exception', reasonResolved: 'deadline-exceeded', started: undefined })],
      'claimed by no worker',
    ],
  ])('counts what was no work: %#', (runs, because) => {
    expect(convert(taskcluster, task(runs)).leftOut).toEqual({ [because]: 1 });
  });
});
