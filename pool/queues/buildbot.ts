import { list, mapping, text } from '../schema-parts.ts';
import { sourceForm } from './form.ts';
import { endpointUrl, type HttpEndpoint, httpKeys, portOf, toEndpoint } from './http.ts';

/** Build requests of some builders of a Buildbot master. */
export interface BuildbotDeclaration {
  readonly kind: 'buildbot';
  readonly endpoint: HttpEndpoint;
  /** Names; those that have one of the tags are added. */
  readonly builders: readonly string[];
  readonly tags: readonly string[];
}

export const buildbotForm = sourceForm({
  schema: mapping({
    url: endpointUrl('Address of the master, before /api/v2.'),
    ...httpKeys,
    builders: list(text('the name of a builder', /^[^\0\n]+$/), 1_000, 'builders')
      .describe('Builders whose requests count. Default: those of the tags.')
      .optional(),
    tags: list(text('a tag of a builder', /^[^\0\n]+$/), 100, 'tags')
      .describe('Builders with one of these tags count too. Default: none.')
      .optional(),
  })
    .refine(({ builders, tags }) => builders !== undefined || tags !== undefined, {
      error: 'got neither builders nor tags; allowed: builders, tags, or both',
    })
    .describe('Build requests of a Buildbot master.'),
  declare: (written): BuildbotDeclaration => ({
    kind: 'buildbot',
    endpoint: toEndpoint(written),
    builders: written.builders ?? [],
    tags: written.tags ?? [],
  }),
  ports: ({ endpoint }) => [portOf(endpoint.url)],
});
