/** Template of a source's declaration: what `queue: { counter: ... }` would say. */
import { sourceForm } from '../../../../pool/queues/form.ts';
import {
  endpointUrl,
  type HttpEndpoint,
  httpKeys,
  portOf,
  toEndpoint,
} from '../../../../pool/queues/http.ts';
import { mapping, text } from '../../../../pool/schema-parts.ts';

export interface CounterDeclaration {
  readonly kind: 'counter';
  readonly endpoint: HttpEndpoint;
  /** Default: the pool's name. */
  readonly queue: string;
}

export const counterForm = sourceForm({
  schema: mapping({
    url: endpointUrl('Address of the server.'),
    ...httpKeys,
    queue: text('the name of a queue without spaces', /^\S+$/)
      .describe("Queue whose tasks count. Default: the pool's name.")
      .optional(),
  }).describe('Counts of a server that counts.'),
  declare: (written, { poolName }): CounterDeclaration => ({
    kind: 'counter',
    endpoint: toEndpoint(written),
    queue: written.queue ?? poolName,
  }),
  ports: ({ endpoint }) => [portOf(endpoint.url)],
});
