import { list, mapping, text, trueOrFalse } from '../schema-parts.ts';
import { sourceForm } from './form.ts';
import { runnerLabels } from './github.ts';
import { endpointUrl, type HttpEndpoint, httpKeys, portOf, toEndpoint } from './http.ts';
import { type SecretReference, secretReference } from './secret.ts';

/** Jobs of Gitea Actions that ask for certain labels. */
export interface GiteaDeclaration {
  readonly kind: 'gitea';
  readonly endpoint: HttpEndpoint;
  /**
   * Organizations (`owner`) and repositories (`owner/name`) whose jobs count; none: those of the whole
   * instance, which takes a token of an administrator.
   */
  readonly owners: readonly string[];
  /** What the pool's runners have; a job counts that asks for none beside these. */
  readonly labels: readonly string[];
  /** Whether the owners' runners are told as workers. */
  readonly runners: boolean;
  /** Of the webhooks' signatures; null: none are taken. */
  readonly webhookSecret: SecretReference | null;
}

export const giteaForm = sourceForm({
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
    runners: trueOrFalse()
      .describe("Tell of the owners' runners with these labels as workers.")
      .prefault(false),
    webhookSecret: secretReference(
      "Secret of the webhooks that are sent to the scaler's API. Default: none are taken.",
    ).optional(),
  }).describe('Jobs of Gitea Actions, by label.'),
  declare: (written): GiteaDeclaration => ({
    kind: 'gitea',
    endpoint: toEndpoint(written),
    owners: written.owners ?? [],
    labels: written.labels,
    runners: written.runners,
    webhookSecret: written.webhookSecret ?? null,
  }),
  ports: ({ endpoint }) => [portOf(endpoint.url)],
});
