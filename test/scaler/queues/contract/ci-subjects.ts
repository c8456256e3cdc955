/** CI systems over HTTP, with answers of the least that their sources read. */
import type { HttpEndpoint } from '../../../../pool/queues/http.ts';
import { type GithubState, answerOf as githubAnswer, aJob as githubJob } from '../github-server.ts';
import { contractEndpoint } from './endpoint.ts';
import { type HttpRequest, httpSubject } from './http-subject.ts';
import type { ContractSubject, Counts } from './subject.ts';

const secret = {
  kind: 'secret',
  from: 'environment',
  name: 'CONTRACT_SECRET',
  field: null,
} as const;
const lists = {
  'negative count': 'it lists jobs, and a list has no negative length',
  'absurd count': 'it lists jobs; a list that long is a huge answer',
} as const;

/** One for each that is counted, and none below zero. */
function each<Item>({ pending, claimed }: Counts, make: (isRunning: boolean, id: number) => Item) {
  const running = (index: number) => index >= pending;
  return Array.from({ length: Math.max(0, pending) + claimed }, (_, index) =>
    make(running(index), index + 1),
  );
}

/** The JSON with every key of one name called otherwise, wherever it stands. */
function withRenamed(value: unknown, key: string): unknown {
  return JSON.parse(JSON.stringify(value).replaceAll(`"${key}":`, `"${key}_renamed":`));
}

function tokenEndpoint(url: string): HttpEndpoint {
  return { url, headers: {}, auth: { kind: 'bearer', scheme: 'Token', secret } };
}

function buildbot({ url }: HttpRequest, counts: Counts): unknown {
  const collection = url.pathname.replace('/api/v2/', '');
  const requests = each(counts, (claimed) => ({
    builderid: 1,
    claimed,
    submitted_at: Date.now() / 1000,
  }));
  const all: Record<string, readonly object[]> = {
    builders: [{ builderid: 1, name: 'build', tags: [] }],
    buildrequests: requests,
    workers: [],
    builds: [],
  };
  return { [collection]: all[collection] };
}

function github({ url }: HttpRequest, counts: Counts): unknown {
  const jobs = each(counts, (isRunning, id) =>
    githubJob({ id, status: isRunning ? 'in_progress' : 'queued' }),
  );
  const state: GithubState = {
    jobs: { 'acme/app': jobs },
    runners: {},
    remaining: null,
    resetAt: 0,
  };
  return githubAnswer(state, url);
}

function gitea(_request: HttpRequest, counts: Counts): unknown {
  const jobs = each(counts, (isRunning, id) => ({
    ...{ id, url: '', labels: ['linux'], status: isRunning ? 'in_progress' : 'queued' },
  }));
  return { total_count: jobs.length, jobs };
}

function forgejo(_request: HttpRequest, counts: Counts): unknown {
  return each(counts, (isRunning, id) => ({
    ...{ id, status: isRunning ? 'running' : 'waiting', runs_on: ['linux'] },
  }));
}

function gitlab(_request: HttpRequest, counts: Counts): unknown {
  return each(counts, (isRunning, id) => ({
    ...{ id, status: isRunning ? 'running' : 'pending', tag_list: ['linux'], queued_duration: 1 },
  }));
}

function jenkins({ url }: HttpRequest, counts: Counts): unknown {
  const why = 'Waiting for next available executor on ‘linux’';
  const waiting = each({ ...counts, claimed: 0 }, () => ({
    buildable: true,
    inQueueSince: Date.now(),
    why,
  }));
  if (url.pathname === '/queue/api/json') return { items: waiting };
  const node = { displayName: 'a', offline: false, assignedLabels: [{ name: 'linux' }] };
  const executors = each({ pending: 0, claimed: counts.claimed }, () => ({ idle: false }));
  return { computer: [{ ...node, numExecutors: executors.length, executors }] };
}

function taskcluster(_request: HttpRequest, { pending, claimed }: Counts): unknown {
  const queue = { provisionerId: 'ci', workerType: 'linux', taskQueueId: 'ci/linux' };
  return { ...queue, pendingTasks: pending, claimedTasks: claimed };
}

function buildkite(_request: HttpRequest, { pending, claimed }: Counts): unknown {
  return { jobs: { queues: { linux: { scheduled: pending, running: claimed } } } };
}

export const ciSubjects: readonly ContractSubject[] = [
  httpSubject({
    kind: 'buildbot',
    without: lists,
    declare: (url) => ({
      ...{ kind: 'buildbot', endpoint: contractEndpoint(url), builders: ['build'], tags: [] },
    }),
    answer: buildbot,
    renamed: (request, counts) => withRenamed(buildbot(request, counts), 'claimed'),
  }),
  httpSubject({
    kind: 'github',
    without: lists,
    declare: (url) => ({
      ...{ kind: 'github', endpoint: contractEndpoint(url), repositories: ['acme/app'] },
      ...{ labels: ['self-hosted', 'linux'], runners: [], webhookSecret: null },
    }),
    answer: github,
    renamed: (request, counts) => withRenamed(github(request, counts), 'labels'),
  }),
  httpSubject({
    kind: 'gitea',
    without: lists,
    declare: (url) => ({
      ...{ kind: 'gitea', endpoint: contractEndpoint(url), owners: [], labels: ['linux'] },
      ...{ runners: false, webhookSecret: null },
    }),
    answer: gitea,
    renamed: (request, counts) => withRenamed(gitea(request, counts), 'status'),
  }),
  httpSubject({
    kind: 'forgejo',
    without: lists,
    declare: (url) => ({
      ...{ kind: 'forgejo', endpoint: contractEndpoint(url), owners: [], labels: ['linux'] },
    }),
    answer: forgejo,
    renamed: (request, counts) => withRenamed(forgejo(request, counts), 'runs_on'),
  }),
  httpSubject({
    kind: 'gitlab',
    without: lists,
    declare: (url) => ({
      ...{ kind: 'gitlab', endpoint: contractEndpoint(url), projects: ['acme/app'] },
      ...{ tags: ['linux'], untagged: false },
    }),
    answer: gitlab,
    renamed: (request, counts) => withRenamed(gitlab(request, counts), 'tag_list'),
  }),
  httpSubject({
    kind: 'jenkins',
    without: lists,
    declare: (url) => ({
      ...{ kind: 'jenkins', endpoint: contractEndpoint(url), label: 'linux' },
      ...{ expressions: ['linux'], unlabelled: false },
    }),
    answer: jenkins,
    renamed: (request, counts) => withRenamed(jenkins(request, counts), 'buildable'),
  }),
  httpSubject({
    kind: 'taskcluster',
    declare: (url) => ({
      ...{ kind: 'taskcluster', url: `${url}/api/queue/v1`, taskQueueId: 'ci/linux' },
      method: 'counts',
      credentials: { clientId: 'muster', accessToken: secret, certificate: null },
    }),
    answer: taskcluster,
    renamed: (request, counts) => withRenamed(taskcluster(request, counts), 'pendingTasks'),
  }),
  httpSubject({
    kind: 'buildkite',
    declare: (url) => ({ kind: 'buildkite', endpoint: tokenEndpoint(url), queue: 'linux' }),
    answer: buildkite,
    renamed: (request, counts) => withRenamed(buildkite(request, counts), 'scheduled'),
  }),
];
