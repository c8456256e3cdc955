/** The form of a pool's queue. */
import type * as z from 'zod';
import type { SourceKind } from './queues/declaration.ts';
import { sourceForms } from './queues/forms.ts';
import { list, mapping, text } from './schema-parts.ts';

export const sourceKinds = Object.keys(sourceForms) as readonly SourceKind[];

type Shape = {
  readonly [Kind in SourceKind]: z.ZodOptional<(typeof sourceForms)[Kind]['schema']>;
};

/** Named for the JSON Schema, where each stands once. */
const shape = Object.fromEntries(
  sourceKinds.map((kind) => {
    const schema: z.ZodType = sourceForms[kind].schema;
    return [kind, schema.meta({ ...schema.meta(), id: `pools.*.queue.${kind}` }).optional()];
  }),
) as unknown as Shape;

const region = text('a region such as eu-west-1', /^[a-z]+(-[a-z]+)+-\d+$/, 30)
  .describe("Region of a queue whose URL does not say it. Default: the fleet's first region.")
  .optional();

const oneOf = (keys: readonly string[]) => ({ oneOf: keys.map((key) => ({ required: [key] })) });

function noneOf(keys: readonly string[]) {
  return { error: `got none; allowed: one of ${keys.join(', ')}` };
}

const sourceSchema = mapping({ ...shape, region })
  .refine((source) => sourceKinds.some((kind) => source[kind] !== undefined), noneOf(sourceKinds))
  .meta({ ...oneOf(sourceKinds), id: 'source', description: 'One of the sources.' });

export const queueKeys = [...sourceKinds, 'sum', 'maximum'] as const;

/** Sources of one pool: as many as are asked for without a thought for what that costs. */
const mostSources = 10;

export const queueSchema = mapping({
  ...shape,
  region,
  sum: list(sourceSchema, mostSources, 'sources')
    .describe('Sources that each have tasks of their own: their counts are added. Default: none.')
    .optional(),
  maximum: list(sourceSchema, mostSources, 'sources')
    .describe('Sources that see the same tasks: the largest counts stand. Default: none.')
    .optional(),
})
  .refine((queue) => queueKeys.some((key) => queue[key] !== undefined), noneOf(queueKeys))
  .meta(oneOf(queueKeys))
  .describe('Where the tasks of the pool wait: one source, or a sum or maximum of several.');

export type QueueOutput = z.output<typeof queueSchema>;
export type SourceOutput = z.output<typeof sourceSchema>;
