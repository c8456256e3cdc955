/** Every source that a declaration may name, by its key in `muster.yaml`. */
import { buildbotForm } from './buildbot.ts';
import { buildkiteForm } from './buildkite.ts';
import { cloudWatchForm } from './cloudwatch.ts';
import { execForm } from './exec.ts';
import { forgejoForm } from './forgejo.ts';
import { giteaForm } from './gitea.ts';
import { githubForm } from './github.ts';
import { gitlabForm } from './gitlab.ts';
import { jenkinsForm } from './jenkins.ts';
import { jsonForm } from './json.ts';
import { natsForm } from './nats.ts';
import { postgreSqlForm } from './postgresql.ts';
import { prometheusForm } from './prometheus.ts';
import { rabbitMqForm } from './rabbitmq.ts';
import { redisForm } from './redis.ts';
import { sqsForm } from './sqs.ts';
import { taskListForm } from './task-list.ts';
import { taskclusterForm } from './taskcluster.ts';

export const sourceForms = {
  sqs: sqsForm,
  http: taskListForm,
  json: jsonForm,
  cloudwatch: cloudWatchForm,
  prometheus: prometheusForm,
  exec: execForm,
  buildbot: buildbotForm,
  github: githubForm,
  gitea: giteaForm,
  forgejo: forgejoForm,
  taskcluster: taskclusterForm,
  jenkins: jenkinsForm,
  gitlab: gitlabForm,
  buildkite: buildkiteForm,
  rabbitmq: rabbitMqForm,
  redis: redisForm,
  postgresql: postgreSqlForm,
  nats: natsForm,
} as const;
