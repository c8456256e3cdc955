/** Schema of a decision: the output lines of `muster decide`. */
import { z } from 'zod';
import type { Decision } from '../decide/decision.ts';
import { leaveCauseSchema, reasonSchema } from './reason-schema.ts';
import type { Same } from './same.ts';

const slots = z.int().min(0);

const workerChoiceSchema = z.strictObject({
  instanceId: z.string(),
  group: z.string(),
  region: z.string(),
  because: leaveCauseSchema,
});

const groupDecisionSchema = z.strictObject({
  name: z.string(),
  region: z.string(),
  market: z.enum(['spot', 'on-demand']),
  desiredCapacity: slots,
  addedSlots: slots,
  launches: z.array(z.strictObject({ zone: z.string(), slots })),
  overrides: z
    .array(z.strictObject({ instanceType: z.string(), weight: z.int().min(1).max(999) }))
    .nullable()
    .describe('null: leave what is there'),
  spotMaxPrice: z.number().nullable().describe('USD per weighted unit and hour; null: no cap'),
});

const noticeSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('missing-workers'), instanceIds: z.array(z.string()) }),
  z.strictObject({
    kind: z.literal('workers-held'),
    instanceIds: z.array(z.string()),
    heldSeconds: z.number().describe('seconds; the longest of them'),
  }),
  z.strictObject({ kind: z.literal('holds-over'), instanceIds: z.array(z.string()) }),
  z.strictObject({ kind: z.literal('boots-fail'), failures: z.int(), until: z.number() }),
  z.strictObject({ kind: z.literal('launches-fail'), cause: z.string(), since: z.number() }),
  z.strictObject({
    kind: z.enum(['budget-alert', 'budget-spent']),
    spent: z.number().describe('USD'),
    budget: z.number().describe('USD'),
  }),
]);

export const decisionSchema = z.strictObject({
  pool: z.string(),
  at: z.number().describe('seconds since 1970-01-01T00:00:00Z'),
  sequence: z.int().min(1),
  capacity: z
    .strictObject({
      requested: slots,
      booting: slots,
      idle: slots,
      busy: slots,
      draining: slots,
      stopping: slots,
      lost: slots,
    })
    .describe('slots in each worker state before the decision'),
  target: slots,
  groups: z.array(groupDecisionSchema),
  drain: z.array(workerChoiceSchema),
  terminate: z.array(workerChoiceSchema),
  reasons: z.array(reasonSchema),
  notices: z.array(noticeSchema),
});

/** Fails to compile when the schema and the type part ways. */
export const decisionIsDecision: Same<z.output<typeof decisionSchema>, Decision> = true;
