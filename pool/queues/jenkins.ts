import { list, mapping, text, trueOrFalse } from '../schema-parts.ts';
import { sourceForm } from './form.ts';
import { endpointUrl, type HttpEndpoint, httpKeys, portOf, toEndpoint } from './http.ts';

/** Builds of a Jenkins controller that ask for a label. */
export interface JenkinsDeclaration {
  readonly kind: 'jenkins';
  readonly endpoint: HttpEndpoint;
  /** What the pool's nodes have. */
  readonly label: string;
  /** What builds ask for that those nodes can run, as jobs write it. */
  readonly expressions: readonly string[];
  /** Whether builds that ask for nothing count. */
  readonly unlabelled: boolean;
}

const expression = text('a label expression such as linux && docker', /^[^\0\n]+$/);

export const jenkinsForm = sourceForm({
  schema: mapping({
    url: endpointUrl('Address of the controller.'),
    ...httpKeys,
    label: text('a label of nodes, without spaces', /^[^\0\s&|!()<>-]([^\0\s&|!()<>]*)$/).describe(
      "Label of the pool's nodes.",
    ),
    expressions: list(expression, 100, 'label expressions')
      .describe(
        'Label expressions of jobs that the nodes can run, as the jobs write them. Default: the label.',
      )
      .optional(),
    unlabelled: trueOrFalse()
      .describe('Whether the nodes run builds that ask for no label, which count then.')
      .prefault(false),
  }).describe('Builds of a Jenkins controller, by label.'),
  declare: ({ label, expressions, unlabelled, ...written }): JenkinsDeclaration => ({
    kind: 'jenkins',
    endpoint: toEndpoint(written),
    label,
    expressions: expressions ?? [label],
    unlabelled,
  }),
  ports: ({ endpoint }) => [portOf(endpoint.url)],
});
