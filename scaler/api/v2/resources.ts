/** What the API shows: the one source of its validation and of its description. */
import * as z from 'zod';
import { decisionSchema } from '../../schemas/decision-schema.ts';

const slots = z.int().min(0).describe('task slots');
const seconds = z.number().min(0).describe('seconds');
const unixSeconds = z.number().describe('seconds since 1970-01-01T00:00:00Z');
const usd = z.number().min(0).describe('USD');
const usdPerHour = z.number().describe('USD per hour');
const market = z.enum(['spot', 'on-demand']);

export const poolName = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/);

export const pauseSchema = z.strictObject({
  by: z.string().describe('who paused it: a client, or "file" for the declaration'),
  since: unixSeconds.nullable().describe('null: since the declaration says so'),
  reason: z.string(),
});

const queueSchema = z.strictObject({
  pending: z.int().min(0).nullable().describe('tasks not yet taken; null: not known'),
  claimed: z.int().min(0).nullable().describe('tasks running; null: not known'),
  oldestPendingAge: seconds.nullable(),
  error: z.string().nullable().describe('why it could not be read; null: it was'),
});

const summaryFields = {
  name: z.string(),
  id: z.string().describe('names its resources and never changes'),
  source: z.enum(['file', 'api']),
  status: z.enum(['active', 'waiting for infrastructure']),
  paused: pauseSchema.nullable(),
  capacity: z.strictObject({ min: slots, max: slots }),
  decidedAt: unixSeconds.nullable().describe('last decision; null: there was none'),
  target: slots.nullable().describe('slots that it should have'),
  slots: decisionSchema.shape.capacity.nullable().describe('slots in each worker state'),
  queue: queueSchema.nullable(),
};

export const poolSummarySchema = z.strictObject(summaryFields);

export const poolSchema = z.strictObject({
  ...summaryFields,
  description: z.string(),
  owner: z.string(),
  regions: z.array(z.string()),
  waitSeconds: seconds.nullable().describe('the oldest task should start within this'),
  instanceTypes: z.array(
    z.strictObject({ type: z.string(), capacity: slots, utility: z.number() }),
  ),
  waitingFor: z.array(z.string()).describe('what its infrastructure lacks'),
  groups: z.array(
    z.strictObject({
      name: z.string(),
      region: z.string(),
      market,
      desiredCapacity: slots,
      min: slots,
      max: slots,
      workers: z.int().min(0),
    }),
  ),
});

export const workerSchema = z.strictObject({
  instanceId: z.string(),
  instanceType: z.string(),
  region: z.string(),
  zone: z.string(),
  market,
  group: z.string(),
  state: z.enum(['booting', 'idle', 'busy', 'draining', 'stopping', 'lost']),
  slots,
  busySlots: slots,
  launchedAt: unixSeconds,
  heardAt: unixSeconds.nullable().describe('last heartbeat; null: none has come'),
  idleSince: unixSeconds.nullable(),
  drainingSince: unixSeconds.nullable(),
  heldSeconds: seconds
    .nullable()
    .describe('for how long someone has held it to look for a fault; null: nobody does'),
  outdated: z.boolean().describe('of an older image or template'),
});

export const offeringSchema = z.strictObject({
  instanceType: z.string(),
  region: z.string(),
  zone: z.string(),
  market,
  accepted: z.boolean(),
  rejectedBecause: z
    .enum([
      'no-price',
      'above-max-price',
      'market-not-allowed',
      'no-capacity',
      'price-rejected',
      'interrupted',
      'quota',
    ])
    .nullable(),
  price: usdPerHour.nullable(),
  priceSource: z.enum(['live', 'last-known', 'on-demand', 'none']),
  pricePerUtility: usdPerHour.nullable(),
  cost: z.number().nullable().describe('expected USD per unit of finished work; null: rejected'),
});

export const shownDecisionSchema = decisionSchema.extend({
  why: z.array(z.string()).describe('the reasons as sentences'),
});

export const budgetSchema = z.strictObject({
  pool: z.string().nullable().describe('null: of the whole fleet'),
  budget: z
    .strictObject({
      usd,
      per: z.enum(['day', 'month']),
      alertAt: z.number().describe('share of it that is told of'),
      cap: z.boolean().describe('whether nothing is launched above the minimum once it is spent'),
    })
    .nullable()
    .describe('null: none is declared'),
  spent: z
    .strictObject({ day: usd.nullable(), month: usd.nullable() })
    .describe('in the current day and month (UTC), by the prices that the scaler knows'),
});

export const statusSchema = z.strictObject({
  fleet: z.string(),
  status: z.enum(['starting', 'operational', 'stale']),
  lastIterationAt: unixSeconds.nullable(),
  leading: z.boolean().describe("whether this process's loop is the one that acts"),
  paused: z.boolean().describe('whether the declaration pauses the whole fleet'),
  pools: z.int().min(0),
});

export const auditEntrySchema = z.strictObject({
  at: unixSeconds,
  requestId: z.string(),
  clientId: z.string(),
  from: z.string().describe('address of the caller'),
  method: z.string(),
  route: z.string(),
  subject: z.string().nullable(),
  status: z.int(),
});

const next = z.string().nullable().describe('give it as `after` for the next page; null: the last');

export const poolListSchema = z.strictObject({ pools: z.array(poolSummarySchema), next });
export const workerListSchema = z.strictObject({
  workers: z.array(workerSchema),
  seenAt: unixSeconds.nullable(),
});
export const offeringListSchema = z.strictObject({
  offerings: z.array(offeringSchema),
  next,
  seenAt: unixSeconds.nullable(),
});
export const decisionListSchema = z.strictObject({ decisions: z.array(shownDecisionSchema), next });
export const budgetListSchema = z.strictObject({ budgets: z.array(budgetSchema) });
export const auditListSchema = z.strictObject({ entries: z.array(auditEntrySchema), next });
export const pokedSchema = z.strictObject({ pool: z.string(), poked: z.literal(true) });
export const pausedSchema = z.strictObject({ pool: z.string(), paused: pauseSchema.nullable() });

export const pauseRequestSchema = z.strictObject({ reason: z.string().max(500).default('') });

/** A query's parameters are text, and come once each. */
export function pageQuery(most: number) {
  return z.strictObject({
    limit: z
      .string()
      .regex(/^[1-9][0-9]{0,3}$/)
      .transform(Number)
      .pipe(z.int().max(most))
      .default(Math.min(most, 100))
      .describe(`1 to ${most}`),
    after: z
      .string()
      .regex(/^[\x21-\x7e]{1,300}$/)
      .optional()
      .describe('`next` of the page before'),
  });
}

export const errorSchema = z.looseObject({
  code: z.string(),
  message: z.string().describe('what was got, what is allowed, and the fix'),
});
