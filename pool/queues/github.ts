import { list, mapping, text } from '../schema-parts.ts';
import { sourceForm } from './form.ts';
import { endpointUrl, type HttpEndpoint, httpKeys, portOf, toEndpoint } from './http.ts';
import { type SecretReference, secretReference } from './secret.ts';

/** Jobs of GitHub Actions that ask for certain labels. */
export interface GithubDeclaration {
  readonly kind: 'github';
  readonly endpoint: HttpEndpoint;
  /** As `owner/name`. */
  readonly repositories: readonly string[];
  /** What the pool's runners have; a job counts that asks for none beside these. */
  readonly labels: readonly string[];
  /** Organizations (`owner`) and repositories (`owner/name`) whose runners are the workers. */
  readonly runners: readonly string[];
  /** Of the webhooks' signatures; null: none are taken. */
  readonly webhookSecret: SecretReference | null;
}

/** Logins hold letters, digits and single hyphens; names of repositories `_` and `.` too. */
const repository = text('a repository as owner/name', /^[\w.-]+\/[\w.-]+$/, 140);
export const runnerLabels = () =>
  list(text('a label without commas', /^[^,\0\n]+$/), 100, 'labels');

export const githubForm = sourceForm({
  schema: mapping({
    url: endpointUrl(
      'Address of the REST API; of an enterprise server it ends in /api/v3.',
    ).prefault('https://api.github.com'),
    ...httpKeys,
    repositories: list(repository, 200, 'repositories').describe('Repositories whose jobs count.'),
    labels: runnerLabels().describe(
      "Labels of the pool's runners. A job counts that asks for none beside these.",
    ),
    runners: list(
      text('an organization, or a repository as owner/name', /^[\w.-]+(\/[\w.-]+)?$/, 140),
      100,
      'organizations and repositories',
    )
      .describe(
        'Organizations and repositories whose runners with these labels are told as workers. ' +
          'Default: workers are not told.',
      )
      .optional(),
    webhookSecret: secretReference(
      "Secret of the webhooks that are sent to the scaler's API. Default: none are taken.",
    ).optional(),
  }).describe('Jobs of GitHub Actions, by label.'),
  declare: (written): GithubDeclaration => ({
    kind: 'github',
    endpoint: toEndpoint(written),
    repositories: written.repositories,
    labels: written.labels,
    runners: written.runners ?? [],
    webhookSecret: written.webhookSecret ?? null,
  }),
  ports: ({ endpoint }) => [portOf(endpoint.url)],
});
