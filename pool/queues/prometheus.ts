import type * as z from 'zod';
import { mapping, record, text, words } from '../schema-parts.ts';
import { sourceForm } from './form.ts';
import { endpointUrl, type HttpEndpoint, httpKeys, portOf, toEndpoint } from './http.ts';
import {
  type PresetName,
  presetLabelName,
  presetNames,
  presetQueries,
  type QuerySet,
} from './prometheus-presets.ts';

/** Counts by instant queries, of which each must give one number. */
export interface PrometheusDeclaration {
  readonly kind: 'prometheus';
  readonly endpoint: HttpEndpoint;
  readonly queries: QuerySet;
  /** What no series at all means: that it is not known, or that nothing waits. */
  readonly noSeries: 'unknown' | 'zero';
}

const query = () => text('a PromQL query', /^[^\0]+$/s, 4_000);

const schema = mapping({
  url: endpointUrl('Address of the server, before /api/v1/query.'),
  ...httpKeys,
  preset: words(presetNames)
    .describe('Queries for the usual exporter of a system. Default: pending says the query.')
    .optional(),
  labels: record(text('the value of a label', /^[^\0\n]*$/).describe('Value of the label.'), {
    key: presetLabelName,
    minimum: 0,
    maximum: 20,
    of: 'labels',
  })
    .describe("Labels that the preset's series must have.")
    .prefault({}),
  pending: query()
    .describe("Query for the number of waiting tasks. Default: the preset's.")
    .optional(),
  claimed: query()
    .describe("Query for the number of running tasks. Default: the preset's, else not told.")
    .optional(),
  oldestPendingAge: query()
    .describe("Query for the age of the oldest, in seconds. Default: the preset's, else not told.")
    .optional(),
  noSeries: words(['unknown', 'zero'])
    .describe('What an answer without a series means. A scrape that fails gives none either.')
    .prefault('unknown'),
}).refine(({ preset, pending }) => preset !== undefined || pending !== undefined, {
  error: 'got neither preset nor pending; allowed: a preset, or a query for pending',
});

export const prometheusForm = sourceForm({
  schema: schema.describe('Queries to a Prometheus server.'),
  declare: (written): PrometheusDeclaration => ({
    kind: 'prometheus',
    endpoint: toEndpoint(written),
    queries: toQueries(written),
    noSeries: written.noSeries,
  }),
  ports: ({ endpoint }) => [portOf(endpoint.url)],
});

function toQueries({
  preset,
  labels,
  pending,
  claimed,
  oldestPendingAge,
}: z.output<typeof schema>): QuerySet {
  const usual: QuerySet | null =
    preset === undefined ? null : presetQueries(preset satisfies PresetName, labels);
  return {
    pending: pending ?? usual?.pending ?? '',
    claimed: claimed ?? usual?.claimed ?? null,
    oldestPendingAge: oldestPendingAge ?? usual?.oldestPendingAge ?? null,
  };
}
