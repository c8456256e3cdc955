/** Every source, by its key in `muster.yaml`. */
import type { SourceDeclaration, SourceKind } from '../../pool/queues/declaration.ts';
import type { QueueSource } from './source.ts';
import { buildbotSource } from './sources/buildbot.ts';
import { buildkiteSource } from './sources/buildkite.ts';
import { cloudWatchSource } from './sources/cloudwatch.ts';
import { execSource } from './sources/exec.ts';
import { forgejoSource } from './sources/forgejo.ts';
import { giteaSource } from './sources/gitea.ts';
import { githubSource } from './sources/github.ts';
import { gitlabSource } from './sources/gitlab.ts';
import { jenkinsSource } from './sources/jenkins.ts';
import { jsonSource } from './sources/json.ts';
import { natsSource } from './sources/nats.ts';
import { postgreSqlSource } from './sources/postgresql.ts';
import { prometheusSource } from './sources/prometheus.ts';
import { rabbitMqSource } from './sources/rabbitmq.ts';
import { redisSource } from './sources/redis.ts';
import { sqsSource } from './sources/sqs.ts';
import { taskListSource } from './sources/task-list.ts';
import { taskclusterSource } from './sources/taskcluster.ts';

type Sources = {
  readonly [Kind in SourceKind]: QueueSource<Extract<SourceDeclaration, { kind: Kind }>>;
};

export const queueSources: Sources = {
  sqs: sqsSource,
  http: taskListSource,
  json: jsonSource,
  cloudwatch: cloudWatchSource,
  prometheus: prometheusSource,
  exec: execSource,
  buildbot: buildbotSource,
  github: githubSource,
  gitea: giteaSource,
  forgejo: forgejoSource,
  taskcluster: taskclusterSource,
  jenkins: jenkinsSource,
  gitlab: gitlabSource,
  buildkite: buildkiteSource,
  rabbitmq: rabbitMqSource,
  redis: redisSource,
  postgresql: postgreSqlSource,
  nats: natsSource,
};

/** The source of a declaration's kind, which takes declarations of that kind alone. */
export function sourceOf({ kind }: SourceDeclaration): QueueSource<SourceDeclaration> {
  return queueSources[kind] as unknown as QueueSource<SourceDeclaration>;
}

/** Tells apart the groups of declarations that are read together. */
export function groupOf(declaration: SourceDeclaration): string {
  return `${declaration.kind} ${sourceOf(declaration).groupKey(declaration)}`;
}
