import { z } from 'zod';
import { adminActionSchema } from './admin-actions.ts';
import { serviceNames } from './protocol/service-model.ts';
import { workloadSchema } from './workload.ts';

/**
 * All that was ever done to a cloud and when: since the same seed, start and calls give the same cloud,
 * this is its whole state.
 */
export const journalSchema = z.strictObject({
  version: z.literal(1),
  seed: z.int(),
  start: z.number(),
  /** The time at which it was saved, in seconds since 1970. */
  now: z.number(),
  /** Whether the market and the boots are steady. */
  steady: z.boolean(),
  subnets: z.record(z.string(), z.string()),
  entries: z.array(
    z.discriminatedUnion('kind', [
      z.strictObject({
        kind: z.literal('call'),
        at: z.number(),
        call: z.strictObject({
          service: z.enum(serviceNames),
          region: z.string(),
          operation: z.string(),
          body: z.string(),
        }),
      }),
      z.strictObject({ kind: z.literal('workload'), at: z.number(), order: workloadSchema }),
      /** What a worker was answered. */
      z.strictObject({
        kind: z.literal('told'),
        at: z.number(),
        instanceId: z.string(),
        drain: z.boolean(),
      }),
      /** A value that an SSM parameter was given. */
      z.strictObject({
        kind: z.literal('parameter'),
        at: z.number(),
        region: z.string(),
        name: z.string(),
        value: z.string(),
      }),
      z.strictObject({ kind: z.literal('act'), at: z.number(), action: adminActionSchema }),
    ]),
  ),
});

export type Journal = z.infer<typeof journalSchema>;
export type JournalEntry = Journal['entries'][number];
