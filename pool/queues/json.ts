import { search } from 'jmespath';
import { checkedText, mapping } from '../schema-parts.ts';
import { sourceForm } from './form.ts';
import { endpointUrl, type HttpEndpoint, httpKeys, portOf, toEndpoint } from './http.ts';

/** Any JSON or plain number over HTTP, of which JMESPath expressions take the counts. */
export interface JsonDeclaration {
  readonly kind: 'json';
  readonly endpoint: HttpEndpoint;
  /** What a JMESPath expression makes of the answer must be a number. */
  readonly pending: string;
  /** null: the source does not tell. */
  readonly claimed: string | null;
  /** Seconds; null: the source does not tell. */
  readonly oldestPendingAge: string | null;
  /** A date (ISO 8601) or seconds since 1970; null: the source does not tell. */
  readonly oldestPendingSince: string | null;
}

const expression = () =>
  checkedText('a JMESPath expression such as jobs.queued', (written) => {
    const problem = problemOf(written);
    if (problem === null) return null;
    return `got ${JSON.stringify(written)}: ${problem}; allowed: a JMESPath expression`;
  });

/** What keeps an expression from being one, whatever it is used on; null: nothing. */
function problemOf(written: string): string | null {
  try {
    search({}, written);
    return null;
  } catch (error) {
    if (!(error instanceof Error)) return String(error);
    const ofItsText = /^(Lexer|Parser)Error$/.test(error.name);
    return ofItsText || /^Unknown function/.test(error.message) ? error.message : null;
  }
}

export const jsonForm = sourceForm({
  schema: mapping({
    url: endpointUrl('Address that answers with JSON or a number.'),
    ...httpKeys,
    pending: expression()
      .describe('Expression whose value is the number of waiting tasks; @: the whole answer.')
      .prefault('@'),
    claimed: expression()
      .describe('Expression whose value is the number of running tasks. Default: not told.')
      .optional(),
    oldestPendingAge: expression()
      .describe('Expression whose value is the age of the oldest, in seconds. Default: not told.')
      .optional(),
    oldestPendingSince: expression()
      .describe(
        'Expression whose value is when the oldest came: ISO 8601, or seconds since 1970. ' +
          'Default: not told.',
      )
      .optional(),
  }).describe('A number, or numbers within JSON, over HTTP.'),
  declare: (written): JsonDeclaration => ({
    kind: 'json',
    endpoint: toEndpoint(written),
    pending: written.pending,
    claimed: written.claimed ?? null,
    oldestPendingAge: written.oldestPendingAge ?? null,
    oldestPendingSince: written.oldestPendingSince ?? null,
  }),
  ports: ({ endpoint }) => [portOf(endpoint.url)],
});
