/** Schema of the part of a pool that a decision reads: the first input line of `muster decide`. */
import { z } from 'zod';
import type { PoolPolicy } from '../decide/observation.ts';
import type { Same } from './same.ts';

const seconds = z.number().min(0).describe('seconds');
const slots = z.int().min(0).max(10_000).describe('slots');
const positive = z.number().positive();

const instanceSchema = z.strictObject({
  type: z.string().min(1),
  architecture: z.enum(['x86_64', 'arm64']).default('x86_64'),
  capacity: z.int().min(1).max(999).describe('tasks at once'),
  utility: positive.describe('relative performance of the whole instance; divides the price'),
});

const marketSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('on-demand') }),
  z.strictObject({
    kind: z.literal('spot'),
    maxPrice: positive.nullable().default(null).describe('USD per instance-hour; null: no cap'),
    priceMultiplier: positive.nullable().default(null).describe('of the 24 h mean; null: no cap'),
    onDemandAfter: seconds.nullable().default(null).describe('null: never on-demand'),
  }),
]);

export const policySchema = z.strictObject({
  version: z.literal(1).default(1).describe('of this schema and those of the other lines'),
  name: z.string().min(1),
  regions: z.array(z.string().min(1)).min(1),
  heartbeats: z.boolean().default(false).describe('workers send heartbeats'),
  capacity: z
    .strictObject({ min: slots.default(0), max: slots })
    .refine(({ min, max }) => min <= max, 'min must not be above max'),
  wait: seconds.describe('the oldest task should start within this'),
  instances: z.array(instanceSchema).min(1).max(40),
  market: marketSchema,
  lifecycle: z.strictObject({
    idle: z.union([z.literal('auto'), seconds]).default('auto'),
    drain: seconds.default(900),
    missingAfter: seconds.default(1_200),
    maxLifetime: seconds.default(345_600),
  }),
});

/** Fails to compile when the schema and the type part ways. */
export const policyIsPoolPolicy: Same<
  Omit<z.output<typeof policySchema>, 'version'>,
  PoolPolicy
> = true;
