import { list, mapping, text } from '../schema-parts.ts';
import { sourceForm } from './form.ts';
import { runnerLabels } from './github.ts';
import { endpointUrl, type HttpEndpoint, httpKeys, portOf, toEndpoint } from './http.ts';

/** Jobs of Forgejo Actions that ask for certain labels. */
export interface ForgejoDeclaration {
  readonly kind: 'forgejo';
  readonly endpoint: HttpEndpoint;
  /**
   * Organizations (`owner`) and repositories (`owner/name`) whose jobs count; none: those of the whole
   * instance, which takes a token of an administrator.
   */
  readonly owners: readonly string[];
  /** What the pool's runners have; a job counts that asks for none beside these. */
  readonly labels: readonly string[];
}

export const forgejoForm = sourceForm({
  schema: mapping({
    url: endpointUrl('Address of the instance, before /api/v1.'),
    ...httpKeys,
    owners: list(
      text('an organization, or a repository as owner/name', /^[\w.-]+(\/[\w.-]+)?$/, 140),
      200,
      'organizations and repositories',
    )
      .describe(
        'Organizations and repositories whose jobs count. Default: the whole instance, with a ' +
          'token of an administrator.',
      )
      .optional(),
    labels: runnerLabels().describe(
      "Labels of the pool's runners. A job counts that asks for none beside these.",
    ),
  }).describe('Jobs of Forgejo Actions, by label.'),
  declare: (written): ForgejoDeclaration => ({
    kind: 'forgejo',
    endpoint: toEndpoint(written),
    owners: written.owners ?? [],
    labels: written.labels,
  }),
  ports: ({ endpoint }) => [portOf(endpoint.url)],
});
