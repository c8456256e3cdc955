/** Schema of an observation: the further input lines of `muster decide`. */
import { z } from 'zod';
import type { Observation } from '../decide/observation.ts';
import { budgetSchema } from './policy-schema.ts';
import type { Same } from './same.ts';

const unixSeconds = z.number().describe('seconds since 1970-01-01T00:00:00Z');
const seconds = z.number().min(0).describe('seconds');
const slots = z.int().min(0);
const tasks = z.int().min(0).max(1_000_000_000).describe('tasks');
const market = z.enum(['spot', 'on-demand']);

const queueSchema = z.discriminatedUnion('status', [
  z.strictObject({
    status: z.literal('known'),
    readAt: unixSeconds,
    pending: tasks.describe('tasks not yet taken'),
    claimed: tasks.nullable().default(null).describe('tasks running; null: not told'),
    oldestPendingAge: seconds.nullable().default(null),
  }),
  z.strictObject({ status: z.literal('unknown'), error: z.string() }),
]);

const heartbeatSchema = z.strictObject({
  at: unixSeconds,
  capacity: slots,
  busySlots: slots,
  taking: z.boolean(),
  heldSeconds: z.number().min(0).optional(),
  holdOver: z.boolean().optional(),
});

const workerSchema = z.strictObject({
  instanceId: z.string().min(1),
  instanceType: z.string().min(1),
  zone: z.string().min(1),
  weight: slots,
  launchedAt: unixSeconds,
  phase: z.enum(['pending', 'in-service', 'terminating', 'gone']),
  outdated: z.boolean().default(false).describe('of an older image or template'),
  heartbeat: heartbeatSchema.nullable().default(null),
});

const groupSchema = z.strictObject({
  name: z.string().min(1),
  region: z.string().min(1),
  market,
  desiredCapacity: slots,
  min: slots.default(0),
  max: slots,
  overrides: z
    .array(z.strictObject({ instanceType: z.string().min(1), weight: z.int().min(1).max(999) }))
    .default([]),
  spotMaxPrice: z.number().positive().nullable().default(null),
  instanceRefresh: z.boolean().default(false),
  terminateSuspended: z.boolean().default(false),
  workers: z.array(workerSchema).default([]),
});

const offeringSchema = z.strictObject({
  instanceType: z.string().min(1),
  region: z.string().min(1),
  zone: z.string().min(1),
  market,
  price: z.number().max(1e6).nullable().describe('USD per hour; null: not known'),
  priceSource: z.enum(['live', 'last-known', 'on-demand', 'none']).default('live'),
  meanPrice: z.number().nullable().default(null).describe('USD per hour, mean of 24 hours'),
  onDemandPrice: z.number().nullable().default(null).describe('USD per hour'),
  interruptionBucket: z.int().min(0).max(4).nullable().default(null),
});

const launchFailureSchema = z.strictObject({
  at: unixSeconds,
  region: z.string().min(1),
  market,
  instanceType: z.string().nullable().default(null),
  zone: z.string().nullable().default(null),
  cause: z.enum(['no-capacity', 'price-rejected', 'quota']),
});

const warningSchema = z.strictObject({
  instanceId: z.string().min(1),
  at: unixSeconds,
  kind: z
    .enum(['interruption', 'rebalance'])
    .describe("interruption: EC2's two-minute notice; rebalance: its advice to replace"),
});

export const observationSchema = z.strictObject({
  at: unixSeconds,
  queue: queueSchema,
  groups: z.array(groupSchema),
  unreachableRegions: z.array(z.string()).default([]),
  offerings: z.array(offeringSchema),
  finishedTasks: z
    .array(z.strictObject({ instanceType: z.string().min(1), duration: seconds }))
    .default([]),
  launchFailures: z.array(launchFailureSchema).default([]),
  warnings: z.array(warningSchema).default([]),
  scheduledMin: slots.default(0),
  fleetSpend: z
    .strictObject({ budget: budgetSchema, usd: z.number().min(0) })
    .nullable()
    .default(null)
    .describe('what all pools spent of a budget that they share'),
  allowance: slots.nullable().default(null).describe('most slots to add now; null: no limit'),
});

/** Fails to compile when the schema and the type part ways. */
export const observationIsObservation: Same<z.output<typeof observationSchema>, Observation> = true;
