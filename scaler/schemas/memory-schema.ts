/** Schema of a pool's memory, as a store keeps it. */
import { z } from 'zod';
import { emptyMemory } from '../decide/empty-memory.ts';
import type { Memory } from '../decide/memory.ts';
import { leaveCauseSchema } from './reason-schema.ts';
import type { Same } from './same.ts';

const unixSeconds = z.number();
const estimateSchema = z.strictObject({
  mean: z.number().positive(),
  deviation: z.number().min(0),
  samples: z.int().min(0),
});

const spendSchema = z.strictObject({ since: unixSeconds, usd: z.number(), at: unixSeconds });

const interruptionRecordSchema = z.strictObject({
  watched: z.number().min(0),
  interruptions: z.number().min(0),
  at: unixSeconds,
  latest: z.array(unixSeconds),
});

export const memorySchema = z.strictObject({
  version: z.literal(1),
  sequence: z.int().min(0),
  decidedAt: unixSeconds.nullable(),
  taskDuration: estimateSchema,
  bootTime: estimateSchema,
  lifetime: estimateSchema,
  bootTimes: z
    .array(z.number().positive())
    .min(1)
    .default([...emptyMemory.bootTimes]),
  completions: z
    .strictObject({ finished: z.number().min(0), busy: z.number().min(0) })
    .default(emptyMemory.completions),
  lateShare: z.number().min(0).max(1).default(emptyMemory.lateShare),
  idleSpells: z
    .strictObject({ lengths: z.array(z.number().min(0)), open: z.array(unixSeconds) })
    .default({ lengths: [], open: [] }),
  bootedLaunchedAt: unixSeconds.nullable().default(null),
  quietSince: unixSeconds.nullable(),
  pendingSince: unixSeconds.nullable(),
  outstandingSince: unixSeconds.nullable(),
  claimed: z.number().nullable(),
  waiting: z.array(z.strictObject({ arrivedAt: unixSeconds, tasks: z.number() })),
  heard: z.boolean(),
  workers: z.record(
    z.string(),
    z.strictObject({
      instanceType: z.string(),
      region: z.string(),
      zone: z.string(),
      market: z.enum(['spot', 'on-demand']),
      launchedAt: unixSeconds,
      heardAt: unixSeconds.nullable(),
      idleSince: unixSeconds.nullable(),
      drainingSince: unixSeconds.nullable(),
      drainBecause: leaveCauseSchema.nullable(),
      recalledAt: unixSeconds.nullable(),
      unused: z.boolean(),
      ended: z.boolean(),
      warning: z
        .strictObject({ at: unixSeconds, kind: z.enum(['interruption', 'rebalance']) })
        .nullable()
        .default(null),
    }),
  ),
  refusals: z.record(
    z.string(),
    z.strictObject({
      cause: z.enum(['no-capacity', 'price-rejected', 'interrupted', 'quota']),
      at: unixSeconds,
      until: unixSeconds,
      times: z.int().min(1),
    }),
  ),
  interruptions: z
    .record(z.string(), z.record(z.string(), interruptionRecordSchema))
    .describe('by region and type'),
  spotDelivery: z.strictObject({
    waitingSince: unixSeconds.nullable(),
    onDemandUntil: unixSeconds.nullable(),
    times: z.int().min(0),
  }),
  failedBoots: z.array(unixSeconds),
  spend: z.strictObject({ day: spendSchema, month: spendSchema }).nullable(),
  learnedUtility: z.record(
    z.string(),
    z.strictObject({ taskDuration: estimateSchema, factor: z.number().positive() }),
  ),
  incidents: z.partialRecord(
    z.enum([
      'missing-workers',
      'workers-held',
      'holds-over',
      'boots-fail',
      'launches-fail',
      'budget-alert',
      'budget-spent',
    ]),
    z.strictObject({
      toldAt: unixSeconds,
      times: z.int().min(1),
      named: z.array(z.string()).optional(),
    }),
  ),
});

/** Fails to compile when the schema and the type part ways. */
export const memoryIsMemory: Same<z.output<typeof memorySchema>, Memory> = true;
