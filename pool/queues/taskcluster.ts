import { mapping, text } from '../schema-parts.ts';
import { sourceForm } from './form.ts';
import { endpointUrl, portOf } from './http.ts';
import { type SecretReference, secretReference } from './secret.ts';

/** Tasks of one task queue of Taskcluster. */
export interface TaskclusterDeclaration {
  readonly kind: 'taskcluster';
  /** Address of the queue service's API, before `/pending` and `/task-queues`. */
  readonly url: string;
  /** As `provisioner/worker-type`. */
  readonly taskQueueId: string;
  /** `counts`: pending and claimed tasks. `pending`: the older method, which tells no claimed ones. */
  readonly method: 'counts' | 'pending';
  /** null: whoever asks may. */
  readonly credentials: TaskclusterCredentials | null;
}

export interface TaskclusterCredentials {
  readonly clientId: string;
  readonly accessToken: SecretReference;
  /** Of temporary credentials; null: they are permanent. */
  readonly certificate: SecretReference | null;
}

const word = (what: string) => text(what, /^[\w-]{1,38}$/);

export const taskclusterForm = sourceForm({
  schema: mapping({
    url: endpointUrl('Root URL of the deployment such as https://tc.example.com.'),
    taskQueueId: text('a task queue id as provisioner/worker-type', /^[\w-]{1,38}\/[\w-]{1,38}$/)
      .describe('Task queue, or worker pool. Default: provisionerId and workerType name it.')
      .optional(),
    provisionerId: word('a provisioner id of up to 38 letters, digits, - and _')
      .describe('Provisioner, for a queue service without claimed counts. Default: none.')
      .optional(),
    workerType: word('a worker type of up to 38 letters, digits, - and _')
      .describe("Worker type of the provisioner. Default: the pool's name.")
      .optional(),
    clientId: text('a client id', /^[A-Za-z0-9@/:.+|_-]+$/)
      .describe('Client that asks. Default: nobody in particular.')
      .optional(),
    accessToken: secretReference('Access token of the client. Default: none.').optional(),
    certificate: secretReference(
      "Certificate of a client's temporary credentials, as JSON. Default: none.",
    ).optional(),
  })
    .refine(
      ({ taskQueueId, provisionerId }) =>
        (taskQueueId === undefined) !== (provisionerId === undefined),
      { error: 'got none or both; allowed: taskQueueId, or provisionerId with workerType' },
    )
    .refine(
      ({ taskQueueId, workerType }) => taskQueueId === undefined || workerType === undefined,
      { error: 'got workerType with taskQueueId; allowed: taskQueueId alone' },
    )
    .refine(
      ({ clientId, accessToken, certificate }) =>
        (clientId === undefined) === (accessToken === undefined) &&
        (certificate === undefined || accessToken !== undefined),
      { error: 'got some of the credentials; allowed: clientId with accessToken, or neither' },
    )
    .describe('Tasks of a task queue of Taskcluster.'),
  declare: (written, { poolName }): TaskclusterDeclaration => ({
    kind: 'taskcluster',
    url: queueServiceUrl(written.url),
    taskQueueId:
      written.taskQueueId ?? `${written.provisionerId}/${written.workerType ?? poolName}`,
    method: written.taskQueueId === undefined ? 'pending' : 'counts',
    credentials:
      written.clientId === undefined || written.accessToken === undefined
        ? null
        : {
            clientId: written.clientId,
            accessToken: written.accessToken,
            certificate: written.certificate ?? null,
          },
  }),
  ports: ({ url }) => [portOf(url)],
});

/** The first deployment had a host for each service (taskcluster-lib-urls). */
function queueServiceUrl(rootUrl: string): string {
  const root = rootUrl.replace(/\/+$/, '');
  return root === 'https://taskcluster.net'
    ? 'https://queue.taskcluster.net/v1'
    : `${root}/api/queue/v1`;
}
