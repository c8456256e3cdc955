import { list, mapping, text } from '../schema-parts.ts';
import { sourceForm } from './form.ts';
import { endpointUrl, type HttpEndpoint, httpKeys, portOf, toEndpoint } from './http.ts';

/** One consumer of a JetStream stream, by the server's monitoring port. */
export interface NatsDeclaration {
  readonly kind: 'nats';
  readonly endpoint: HttpEndpoint;
  /** The same port of the cluster's other servers, of which the consumer's leader is asked. */
  readonly others: readonly string[];
  /** null: the only account that has such a stream. */
  readonly account: string | null;
  readonly stream: string;
  readonly consumer: string;
}

const name = (what: string) => text(what, /^[^\0\s.*>]+$/);

export const natsForm = sourceForm({
  schema: mapping({
    url: endpointUrl('Address of the monitoring port, before /jsz.'),
    ...httpKeys,
    others: list(endpointUrl("Address of another server's monitoring port."), 10, 'addresses')
      .describe('Monitoring ports of the other servers of a cluster. Default: none.')
      .optional(),
    account: text('the name of an account', /^\S+$/)
      .describe('Account of the stream. Default: the only one that has such a stream.')
      .optional(),
    stream: name('the name of a stream').describe('Name of the stream.'),
    consumer: name('the name of a consumer').describe('Durable consumer of the workers.'),
  }).describe('A consumer of a JetStream stream.'),
  declare: (written): NatsDeclaration => ({
    kind: 'nats',
    endpoint: toEndpoint(written),
    others: (written.others ?? []).map((url) => url.replace(/\/+$/, '')),
    account: written.account ?? null,
    stream: written.stream,
    consumer: written.consumer,
  }),
  ports: ({ endpoint, others }) => [endpoint.url, ...others].map(portOf),
});
