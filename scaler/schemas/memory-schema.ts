/** Schema of a pool's memory, as a store keeps it. */
import { z } from 'zod';
import type { Memory } from '../decide/memory.ts';
import type { Same } from './same.ts';

const unixSeconds = z.number();
const estimateSchema = z.strictObject({
  mean: z.number().positive(),
  deviation: z.number().min(0),
  samples: z.int().min(0),
});

export const memorySchema = z.strictObject({
  version: z.literal(1),
  sequence: z.int().min(0),
  decidedAt: unixSeconds.nullable(),
  taskDuration: estimateSchema,
  bootTime: estimateSchema,
  quietSince: unixSeconds.nullable(),
  claimed: z.number().nullable(),
  waiting: z.array(z.strictObject({ arrivedAt: unixSeconds, tasks: z.number() })),
  heard: z.boolean(),
  workers: z.record(
    z.string(),
    z.strictObject({
      heardAt: unixSeconds.nullable(),
      idleSince: unixSeconds.nullable(),
      drainingSince: unixSeconds.nullable(),
    }),
  ),
});

/** Fails to compile when the schema and the type part ways. */
export const memoryIsMemory: Same<z.output<typeof memorySchema>, Memory> = true;
