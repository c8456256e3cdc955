/** Every source with what it is tried against. The suite fails when one is missing. */
import { brokerSubjects } from './broker-subjects.ts';
import { ciSubjects } from './ci-subjects.ts';
import { contractEndpoint } from './endpoint.ts';
import { execSubject } from './exec-subject.ts';
import { httpSubject } from './http-subject.ts';
import type { ContractSubject } from './subject.ts';

const region = 'eu-west-1';
const tasks = (count: number) =>
  Array.from({ length: Math.max(0, Math.min(count, 10)) }, () => ({
    provisionerId: 'ci',
    workerType: 'linux',
  }));

export const subjects: readonly ContractSubject[] = [
  httpSubject({
    kind: 'sqs',
    sendsSecret: false,
    prepare: (url) => {
      process.env.AWS_ENDPOINT_URL_SQS = url;
    },
    declare: () => ({
      kind: 'sqs',
      url: 'https://sqs.eu-west-1.amazonaws.com/111122223333/tasks',
      region,
    }),
    answer: (_request, { pending, claimed }) => ({
      Attributes: {
        ApproximateNumberOfMessages: String(pending),
        ApproximateNumberOfMessagesNotVisible: String(claimed),
      },
    }),
    renamed: (_request, { pending }) => ({
      Attributes: { ApproximateNumberOfTasks: String(pending) },
    }),
  }),
  httpSubject({
    kind: 'http',
    tellsClaimed: false,
    sendsSecret: false,
    without: {
      'negative count': 'it lists tasks, and a list has no negative length',
      'absurd count': 'it lists tasks; a list that long is a huge answer',
    },
    declare: (url) => ({
      kind: 'http',
      host: '127.0.0.1',
      port: Number(new URL(url).port),
      version: 'v1',
      provisionerId: 'ci',
      workerType: 'linux',
    }),
    answer: (_request, { pending }) => tasks(pending),
    renamed: () => [{ provisioner: 'ci', workerType: 'linux' }],
  }),
  httpSubject({
    kind: 'json',
    declare: (url) => ({
      kind: 'json',
      endpoint: contractEndpoint(`${url}/queue`),
      pending: 'jobs.waiting',
      claimed: 'jobs.running',
      oldestPendingAge: null,
      oldestPendingSince: null,
    }),
    answer: (_request, { pending, claimed }) => ({ jobs: { waiting: pending, running: claimed } }),
    renamed: (_request, { pending, claimed }) => ({ jobs: { queued: pending, running: claimed } }),
  }),
  httpSubject({
    kind: 'cloudwatch',
    sendsSecret: false,
    prepare: (url) => {
      process.env.AWS_ENDPOINT_URL_CLOUDWATCH = url;
    },
    declare: () => ({
      kind: 'cloudwatch',
      region,
      pending: cloudWatchMetric('Waiting'),
      claimed: cloudWatchMetric('Running'),
      oldestPendingAge: null,
    }),
    answer: (_request, { pending, claimed }) => metricData('MetricDataResults', [pending, claimed]),
    renamed: (_request, { pending, claimed }) => metricData('Results', [pending, claimed]),
  }),
  httpSubject({
    kind: 'prometheus',
    declare: (url) => ({
      kind: 'prometheus',
      endpoint: contractEndpoint(url),
      queries: { pending: 'waiting', claimed: 'running', oldestPendingAge: null },
      noSeries: 'unknown',
    }),
    answer: (_request, { pending, claimed }) => vector('value', [pending, claimed]),
    renamed: (_request, { pending, claimed }) => vector('number', [pending, claimed]),
  }),
  execSubject,
  ...ciSubjects,
  ...brokerSubjects,
];

function cloudWatchMetric(metric: string) {
  const dimensions = {};
  return { namespace: 'CI', metric, dimensions, statistic: 'Maximum' as const, period: 60 };
}

function metricData(key: string, values: readonly number[]) {
  return {
    [key]: values.map((value, index) => ({
      Id: `q${index}`,
      StatusCode: 'Complete',
      Timestamps: [Math.floor(Date.now() / 60_000) * 60],
      Values: [value],
    })),
  };
}

function vector(key: string, values: readonly number[]) {
  const result = values.map((value, index) => ({
    metric: { muster_query: String(index) },
    [key]: [Date.now() / 1000, String(value)],
  }));
  return { status: 'success', data: { resultType: 'vector', result } };
}
