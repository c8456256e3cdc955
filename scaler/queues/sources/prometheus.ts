import { z } from 'zod';
import { endpointKey } from '../../../pool/queues/http.ts';
import type { PrometheusDeclaration } from '../../../pool/queues/prometheus.ts';
import { queriesPerRequest } from '../limits.ts';
import { type QueueSource, SourceError, type SourceReading } from '../source.ts';
import type { SourceHttp } from '../source-http.ts';

/** An answer of the HTTP API (Prometheus documentation, "HTTP API", instant queries). */
const sample = z.tuple([z.number(), z.string()]);
const answerSchema = z.object({
  status: z.literal('success'),
  data: z.discriminatedUnion('resultType', [
    z.object({ resultType: z.literal('scalar'), result: sample }),
    z.object({
      resultType: z.literal('vector'),
      result: z.array(z.object({ metric: z.record(z.string(), z.string()), value: sample })),
    }),
  ]),
});

/** What one query gave: its number, or why there is none. `none`: no series at all. */
type Outcome =
  | { readonly kind: 'value'; readonly value: number }
  | { readonly kind: 'none' }
  | { readonly kind: 'fault'; readonly problem: string };

/** Marks in the answer of several queries which of them a series is of. */
const queryLabel = 'muster_query';

/**
 * Instant queries to one Prometheus server, up to 100 in one request: each is labelled with its
 * number, and all are joined by `or`. When such a request is refused, one of them is at fault, and
 * each is asked by itself.
 */
export const prometheusSource: QueueSource<PrometheusDeclaration> = {
  groupKey: ({ endpoint }) => endpointKey(endpoint),
  describe: ({ endpoint }) => endpoint.url,
  minimumInterval: 0,
  zeroHold: 0,
  open: ({ http }, first) => ({
    async read(declarations, answer, signal) {
      const queries = new Set(
        [...declarations.values()].flatMap(({ queries: { pending, claimed, oldestPendingAge } }) =>
          [pending, claimed, oldestPendingAge].filter((query) => query !== null),
        ),
      );
      const all = [...queries];
      const outcomes = new Map<string, Outcome>();
      for (let start = 0; start < all.length; start += queriesPerRequest) {
        const some = all.slice(start, start + queriesPerRequest);
        for (const [query, outcome] of await askTogether(http, first, some, signal)) {
          outcomes.set(query, outcome);
        }
      }
      for (const [key, declaration] of declarations) {
        answer(key, readingOf(declaration, outcomes));
      }
    },
  }),
};

function readingOf(
  { queries, noSeries, endpoint }: PrometheusDeclaration,
  outcomes: ReadonlyMap<string, Outcome>,
): SourceReading | { readonly error: string } {
  const problems: string[] = [];
  const number = (query: string | null, missing: number | null): number | null => {
    const outcome = query === null ? null : (outcomes.get(query) ?? { kind: 'none' });
    if (outcome === null) return null;
    if (outcome.kind === 'value') return outcome.value;
    if (outcome.kind === 'fault') problems.push(`${query}: ${outcome.problem}`);
    else if (noSeries === 'unknown') problems.push(`${query}: no series has a recent sample`);
    return missing;
  };
  const pending = number(queries.pending, 0) ?? 0;
  const claimed = number(queries.claimed, 0);
  // Nothing waits, so there is no oldest, whose series would be missing.
  const oldestPendingAge = pending === 0 ? null : number(queries.oldestPendingAge, null);
  if (problems.length > 0) return { error: `${endpoint.url}: ${problems.join('; ')}` };
  return { pending, claimed, oldestPendingAge };
}

async function askTogether(
  http: SourceHttp,
  declaration: PrometheusDeclaration,
  queries: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Outcome>> {
  if (queries.length === 1) return askAlone(http, declaration, queries, signal);
  const labelled = queries.map(
    // A line break, as a query may end in a comment.
    (query, index) => `label_replace((${query}\n), "${queryLabel}", "${index}", "", "")`,
  );
  try {
    const { data } = await ask(http, declaration, labelled.join(' or '), signal);
    if (data.resultType !== 'vector') throw new SourceError('unreadable', 'expected a vector');
    return new Map(
      queries.map((query, index) => {
        const series = data.result.filter(({ metric }) => metric[queryLabel] === String(index));
        return [query, outcomeOf(series.map(({ value }) => value))];
      }),
    );
  } catch (error) {
    // Of the whole server, not of one query: asking again for each would only add to its load.
    if (!(error instanceof SourceError) || error.kind !== 'unreadable') throw error;
    return askAlone(http, declaration, queries, signal);
  }
}

async function askAlone(
  http: SourceHttp,
  declaration: PrometheusDeclaration,
  queries: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Outcome>> {
  const outcomes = new Map<string, Outcome>();
  for (const query of queries) {
    try {
      const { data } = await ask(http, declaration, query, signal);
      const samples =
        data.resultType === 'scalar' ? [data.result] : data.result.map(({ value }) => value);
      outcomes.set(query, outcomeOf(samples));
    } catch (error) {
      if (!(error instanceof SourceError) || error.kind !== 'unreadable') throw error;
      outcomes.set(query, { kind: 'fault', problem: error.message });
    }
  }
  return outcomes;
}

async function ask(
  http: SourceHttp,
  { endpoint }: PrometheusDeclaration,
  query: string,
  signal: AbortSignal,
): Promise<z.output<typeof answerSchema>> {
  const url = `${endpoint.url}/api/v1/query`;
  const form = { query, timeout: '8s' };
  return (await http.json({ url, endpoint, form }, answerSchema, signal)).value;
}

function outcomeOf(samples: readonly z.output<typeof sample>[]): Outcome {
  const [first, second] = samples;
  if (first === undefined) return { kind: 'none' };
  if (second !== undefined) {
    const problem = `expected one number, got ${samples.length} series; take their sum() or max()`;
    return { kind: 'fault', problem };
  }
  const value = Number(first[1]);
  if (Number.isFinite(value)) return { kind: 'value', value };
  return { kind: 'fault', problem: `expected a number, got ${first[1]}` };
}
