import { mapping, text } from '../schema-parts.ts';
import { sourceForm } from './form.ts';
import { endpointUrl, type HttpEndpoint, portOf } from './http.ts';
import { secretReference } from './secret.ts';

/** Jobs of one queue of Buildkite. */
export interface BuildkiteDeclaration {
  readonly kind: 'buildkite';
  readonly endpoint: HttpEndpoint;
  readonly queue: string;
}

export const buildkiteForm = sourceForm({
  schema: mapping({
    url: endpointUrl('Address of the agent API.').prefault('https://agent.buildkite.com/v3'),
    token: secretReference('Agent token of the cluster, or of the organization without clusters.'),
    queue: text('the key of a queue', /^[^\0\s]+$/)
      .describe('Queue that the agents listen to.')
      .prefault('default'),
  }).describe('Jobs of a queue of Buildkite.'),
  declare: ({ url, token, queue }): BuildkiteDeclaration => ({
    kind: 'buildkite',
    endpoint: {
      url: url.replace(/\/+$/, ''),
      headers: {},
      auth: { kind: 'bearer', scheme: 'Token', secret: token },
    },
    queue,
  }),
  ports: ({ endpoint }) => [portOf(endpoint.url)],
});
