/** Schema of the part of a pool that a decision reads: the first input line of `muster decide`. */
import { z } from 'zod';
import type { PoolPolicy } from '../decide/observation.ts';
import type { Same } from './same.ts';

const seconds = z.number().min(0).describe('seconds');
const slots = z.int().min(0).max(10_000).describe('slots');
const positive = z.number().positive();

const instanceSchema = z.strictObject({
  type: z
    .string()
    .regex(/^[a-z][a-z0-9-]*\.[a-z0-9-]+$/, 'expected an instance type such as c6i.large'),
  architecture: z.enum(['x86_64', 'arm64']).default('x86_64'),
  capacity: z.int().min(1).max(999).describe('tasks at once'),
  utility: positive
    .min(1e-6)
    .max(1e6)
    .describe('relative performance of the whole instance; divides the price'),
  maxPrice: positive.nullable().default(null).describe('USD per instance-hour; null: no cap'),
  onDemandDiscount: z.number().min(0).lt(1).default(0),
});

const usdPerUtility = z.number().min(0).describe('USD per hour and utility');

const priceRuleSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('cap'),
    maxPrice: positive.nullable().default(null).describe('USD per instance-hour; null: no cap'),
    priceMultiplier: positive.nullable().default(null).describe('of the 24 h mean; null: no cap'),
    maxPricePerUtility: usdPerUtility.nullable().default(null),
    aboveOnDemand: z.boolean().default(false),
  }),
  z.strictObject({ kind: z.literal('bid'), minPrice: usdPerUtility, maxPrice: usdPerUtility }),
]);

const marketSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('on-demand') }),
  z.strictObject({
    kind: z.literal('spot'),
    price: priceRuleSchema.prefault({ kind: 'cap' }),
    priceHistory: z
      .strictObject({
        statistic: z.enum(['latest', 'mean', 'max']).default('latest'),
        window: seconds.default(1_800),
        product: z.string().default('Linux/UNIX'),
      })
      .prefault({}),
    onDemandAfter: seconds.nullable().default(null).describe('null: never on-demand'),
    onDemandBase: slots.default(0),
    onDemandShare: z.number().min(0).max(1).default(0),
  }),
]);

const scalingSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('wait') }),
  z.strictObject({ kind: z.literal('ratio'), ratio: z.number() }),
  z.strictObject({ kind: z.literal('task') }),
  z.strictObject({ kind: z.literal('fixed'), slots }),
  z.strictObject({ kind: z.literal('schedule') }),
]);

const breakerSchema = z.strictObject({
  count: z.int().min(1).max(100),
  within: seconds,
  pause: seconds,
});

export const budgetSchema = z.strictObject({
  usd: z.number().min(0),
  per: z.enum(['day', 'month']),
  alertAt: z.number().positive().max(1).default(0.8),
  cap: z.boolean().default(true),
});

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
  lifecycle: z
    .strictObject({
      idle: z.union([z.literal('auto'), seconds]).default('auto'),
      drain: seconds.default(900),
      missingAfter: seconds.default(1_200),
      maxLifetime: seconds.default(345_600),
    })
    .prefault({}),
  scaling: scalingSchema.default({ kind: 'wait' }),
  buffer: slots.default(0),
  coldStart: seconds.default(0),
  placement: z
    .strictObject({
      zones: z.enum(['group', 'cheapest']).default('cheapest'),
      regionShare: z.number().positive().max(1).default(1),
      zoneShare: z.number().positive().max(1).default(0.7),
    })
    .prefault({}),
  breakers: z
    .strictObject({
      interruptions: breakerSchema.default({ count: 3, within: 900, pause: 1_800 }),
      boots: breakerSchema.default({ count: 3, within: 1_800, pause: 1_800 }),
    })
    .prefault({}),
  budget: budgetSchema.nullable().default(null),
  paused: z.boolean().default(false),
  learnUtility: z.boolean().default(false),
  disk: z
    .strictObject({
      root: z.int().min(1).default(20),
      data: z.int().min(1).nullable().default(null),
    })
    .prefault({})
    .describe('GiB'),
});

/** Fails to compile when the schema and the type part ways. */
export const policyIsPoolPolicy: Same<
  Omit<z.output<typeof policySchema>, 'version'>,
  PoolPolicy
> = true;
