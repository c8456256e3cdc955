import { list, mapping, text, trueOrFalse } from '../schema-parts.ts';
import { sourceForm } from './form.ts';
import { endpointUrl, type HttpEndpoint, httpKeys, portOf, toEndpoint } from './http.ts';

/** Jobs of GitLab CI/CD that ask for certain tags. */
export interface GitlabDeclaration {
  readonly kind: 'gitlab';
  readonly endpoint: HttpEndpoint;
  /** Paths or numbers. */
  readonly projects: readonly string[];
  /** What the pool's runners have; a job counts that asks for none beside these. */
  readonly tags: readonly string[];
  /** Whether jobs without tags count, as runners may take them or not. */
  readonly untagged: boolean;
}

export const gitlabForm = sourceForm({
  schema: mapping({
    url: endpointUrl('Address of the instance, before /api/v4.').prefault('https://gitlab.com'),
    ...httpKeys,
    projects: list(
      text('a project as group/name, or its number in quotes', /^([\w.-]+(\/[\w.-]+)+|\d+)$/),
      200,
      'projects',
    ).describe('Projects whose jobs count: paths, or numbers in quotes.'),
    tags: list(text('a tag without commas', /^[^,\0\n]+$/), 100, 'tags').describe(
      "Tags of the pool's runners. A job counts that asks for none beside these.",
    ),
    untagged: trueOrFalse()
      .describe('Whether the runners take jobs without tags, which count then.')
      .prefault(false),
  }).describe('Jobs of GitLab CI/CD, by tag.'),
  declare: ({ projects, tags, untagged, ...written }): GitlabDeclaration => ({
    kind: 'gitlab',
    endpoint: toEndpoint(written),
    projects,
    tags,
    untagged,
  }),
  ports: ({ endpoint }) => [portOf(endpoint.url)],
});
