import { z } from 'zod';

/** Most finished tasks in one heartbeat; a worker with more tells the rest with the next. */
const mostFinishedTasks = 1_000;

/**
 * What a worker sends to `POST /v1/heartbeats`, every 10 s or so and at once when something changes.
 * Unknown fields are refused, so that a misspelt one is noticed.
 */
export const heartbeatMessage = z.strictObject({
  /** EC2 instance id. */
  instanceId: z.string().regex(/^[A-Za-z0-9-]{1,64}$/, 'expected an instance id'),
  instanceType: z.string().regex(/^[A-Za-z0-9.-]{1,64}$/, 'expected an instance type'),
  /** Tasks it can run at once. */
  capacity: z.int().min(0).max(10_000),
  /** Tasks it runs now. */
  busySlots: z.int().min(0).max(10_000),
  /** False: it takes no new task. */
  taking: z.boolean(),
  /** How long someone has held it for debugging, and so keeps it from ending. Default: nobody does. */
  heldSeconds: z.int().min(0).max(31_536_000).optional(),
  /** True: whoever held it has done so for as long as is allowed, and holds it no longer. Default: false. */
  holdOver: z.boolean().optional(),
  /** Tasks finished since its last heartbeat that was answered. Default: none. */
  finished: z
    .array(z.strictObject({ durationSeconds: z.number().min(0).max(31_536_000) }))
    .max(mostFinishedTasks)
    .default([]),
  /** Its pool's id. Without it, what it finished does not count to any pool's task duration. */
  pool: z.string().min(1).max(255).optional(),
});

export type HeartbeatMessage = z.infer<typeof heartbeatMessage>;

/** The answer. */
export interface HeartbeatAnswer {
  /** True: finish what runs, take nothing more, and say so by `taking: false`. */
  readonly drain: boolean;
}
