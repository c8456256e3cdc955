import { mapping, text, wholeNumber } from '../schema-parts.ts';
import { sourceForm } from './form.ts';

/** Tasks listed as JSON at `http://HOST:PORT/VERSION/jobs?state=PENDING`. */
export interface TaskListDeclaration {
  readonly kind: 'http';
  readonly host: string;
  /** Default 80. */
  readonly port: number;
  /** Default `v1`. */
  readonly version: string;
  /** Only tasks of this provisioner id count. */
  readonly provisionerId: string;
  /** Only tasks of this worker type count. Default: the pool's name. */
  readonly workerType: string;
}

export const taskListForm = sourceForm({
  schema: mapping({
    host: text(
      'a host name or address, without http://',
      /^([\w-]+(\.[\w-]+)*|\[[0-9a-f:.]+\])$/i,
    ).describe('Host that lists the tasks.'),
    port: wholeNumber(1, 65_535, 'a TCP port').describe('Port of the host.').prefault(80),
    version: text('a version such as v1', /^[\w.-]+$/, 50)
      .describe('Version of the interface: the first part of the path.')
      .prefault('v1'),
    provisionerId: text('a provisioner id without spaces', /^\S+$/).describe(
      'Only tasks of this provisioner count.',
    ),
    workerType: text('a worker type without spaces', /^\S+$/)
      .describe("Only tasks of this worker type count. Default: the pool's name.")
      .optional(),
  }).describe('Tasks listed as JSON at http://HOST:PORT/VERSION/jobs?state=PENDING.'),
  declare: (written, { poolName }): TaskListDeclaration => ({
    kind: 'http',
    ...written,
    workerType: written.workerType ?? poolName,
  }),
  ports: ({ port }) => [port],
});
