import { describe, expect, it } from 'vitest';
import { printTasks } from '../../../sim/traces/convert/convert-jobs.ts';
import { githubActions } from '../../../sim/traces/convert/github-actions.ts';
import { at, convert, githubJob, noon } from './converting.ts';
import { messageOf } from './trace-files.ts';

describe('convertJobs', () => {
  const jobs = [githubJob(), githubJob({ created_at: at(20), started_at: at(40) })];
  const tasks = [
    [0, 60],
    [20, 50],
  ];

  it.each([
    ['one page', { total_count: 2, jobs }],
    ['a list of pages', jobs.map((job) => ({ total_count: 2, jobs: [job] }))],
    ['a list of jobs', jobs],
    ['a job a line', jobs.map((job) => JSON.stringify(job)).join('\n')],
    [
      'a page a line',
      `${JSON.stringify({ jobs: [jobs[0]] })}\r\n\r\n${JSON.stringify({ jobs: [jobs[1]] })}\r\n`,
    ],
  ])('reads %s', (_, document) => {
    expect(convert(githubActions, document)).toMatchObject({ tasks, jobsIn: 2, leftOut: {} });
  });

  it('sorts by arrival, from the first one on', () => {
    const { tasks: found, start } = convert(githubActions, [...jobs].reverse());
    expect(found).toEqual(tasks);
    expect(start).toBe(Date.parse(noon) / 1000);
  });

  it('keeps tasks that have one of the labels, and counts the others', () => {
    const mac = githubJob({ labels: ['macos-14'] });
    const labelled = (labels: readonly string[]) =>
      convert(githubActions, [...jobs, mac], { labels });
    expect(labelled(['linux'])).toMatchObject({
      jobsIn: 3,
      tasks,
      leftOut: { 'without the label linux': 1 },
    });
    expect(labelled(['macos-*', 'windows']).tasks).toHaveLength(1);
    expect(labelled(['lin']).leftOut).toEqual({ 'without the label lin': 3 });
  });

  it('makes a task of 0 s one of a second, and says so', () => {
    const { tasks: found, repairs } = convert(githubActions, githubJob({ completed_at: at(30) }));
    expect(found).toEqual([[0, 1]]);
    expect(repairs).toEqual(['1 of 0 s raised to 1 s']);
  });

  it.each([
    [githubJob({ created_at: 'yesterday' }), 'jobs[1].created_at: Invalid ISO datetime'],
    [githubJob({ created_at: undefined }), 'jobs[1].created_at: Invalid input'],
    [githubJob({ labels: 'linux' }), 'jobs[1].labels: Invalid input'],
    [githubJob({ completed_at: at(20) }), 'jobs[1]: it took -10 s; allowed: at least 0'],
  ])('names the place of a malformed job, or counts it: %#', async (job, problem) => {
    const page = { jobs: [githubJob(), job] };
    expect(await messageOf(() => convert(githubActions, page))).toContain(`jobs.json: ${problem}`);
    const { jobsIn, tasks: found, repairs } = convert(githubActions, page, { lenient: true });
    expect([jobsIn, found.length, repairs.length]).toEqual([2, 1, 1]);
  });

  it.each([
    ['', 'jobs.json: empty'],
    ['{"jobs": [', 'jobs.json: line 1: not JSON'],
    ['{"jobs": []}{"jobs": []}', 'not JSON'],
    ['{"a": 1}\nnonsense', 'jobs.json: line 2: not JSON'],
    ['{"message": "Not Found"}', 'jobs.json: all of it: no job of github-actions; allowed: pages'],
    ['{"jobs": [{"id": 1}]}', 'jobs.json: jobs[0]: no job of github-actions'],
    ['7', 'jobs.json: all of it: no job'],
  ])('refuses %j even when lenient', async (text, problem) => {
    const read = () => convert(githubActions, text, { lenient: true });
    expect(await messageOf(read)).toContain(problem);
  });

  it('prints tasks to the millisecond', () => {
    const tasks = [
      { arrival: 0, duration: 1 / 3 },
      { arrival: 1e6 + 0.1 + 0.2, duration: 5 },
    ];
    expect(printTasks(tasks)).toBe('arrival_s,duration_s\n0,0.333\n1000000.3,5\n');
  });
});
