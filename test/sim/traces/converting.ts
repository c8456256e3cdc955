/** Converts a document as if it were a file, and a job of GitHub Actions to begin with. */
import { convertJobs } from '../../../sim/traces/convert/convert-jobs.ts';
import type { JobSource } from '../../../sim/traces/convert/job-source.ts';

export const noon = '2024-05-06T12:00:00Z';
/** So many seconds after noon, as the APIs write times. */
export const at = (seconds: number) => new Date(Date.parse(noon) + seconds * 1000).toISOString();

export function convert(
  source: JobSource,
  document: unknown,
  { labels = [] as readonly string[], lenient = false } = {},
) {
  const text = typeof document === 'string' ? document : JSON.stringify(document);
  const conversion = convertJobs(source, [{ name: 'jobs.json', text }], { labels, lenient });
  const { tasks, jobsIn, leftOut, assumed, repairs } = conversion;
  return {
    tasks: tasks.map(({ arrival, duration }) => [arrival, duration]),
    jobsIn,
    leftOut: Object.fromEntries(leftOut),
    assumed: Object.fromEntries(assumed),
    repairs: repairs.map(({ text: told }) => told),
    start: conversion.start,
  };
}

export const githubJob = (change: object = {}) => ({
  status: 'completed',
  conclusion: 'success',
  created_at: at(0),
  started_at: at(30),
  completed_at: at(90),
  labels: ['self-hosted', 'linux'],
  runner_name: 'runner-1',
  ...change,
});
