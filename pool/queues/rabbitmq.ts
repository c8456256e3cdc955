import { mapping, text } from '../schema-parts.ts';
import { sourceForm } from './form.ts';
import { endpointUrl, type HttpEndpoint, httpKeys, portOf, toEndpoint } from './http.ts';

/** One queue of RabbitMQ, by its management API. */
export interface RabbitMqDeclaration {
  readonly kind: 'rabbitmq';
  readonly endpoint: HttpEndpoint;
  readonly virtualHost: string;
  readonly queue: string;
}

export const rabbitMqForm = sourceForm({
  schema: mapping({
    url: endpointUrl('Address of the management API, before /api.'),
    ...httpKeys,
    virtualHost: text('the name of a virtual host', /^[^\0]+$/)
      .describe('Virtual host of the queue.')
      .prefault('/'),
    queue: text('the name of a queue', /^[^\0]+$/).describe('Name of the queue.'),
  }).describe('A queue of RabbitMQ, by its management API.'),
  declare: (written): RabbitMqDeclaration => ({
    kind: 'rabbitmq',
    endpoint: toEndpoint(written),
    virtualHost: written.virtualHost,
    queue: written.queue,
  }),
  ports: ({ endpoint }) => [portOf(endpoint.url)],
});
