import { z } from 'zod';

/**
 * Tasks, and the groups whose instances work on them: each of their instances runs a simulated worker, which
 * takes as many tasks at once as its weight.
 */
export const workloadSchema = z.strictObject({
  /** Names of groups, which need not be there yet. */
  groups: z.array(z.string()).min(1),
  /** As the task list names its tasks. */
  provisionerId: z.string().min(1),
  workerType: z.string().min(1),
  /** When each arrives, in seconds from now, and how long it takes, in seconds. */
  tasks: z.array(
    z.strictObject({ after: z.number().min(0), duration: z.number().positive().max(31_536_000) }),
  ),
  /** Where workers say what they do, over HTTP, as muster's own do. Default: nowhere. */
  heartbeats: z
    .strictObject({
      /** Of the scaler, without a path. */
      url: z.url({ protocol: /^https?$/ }),
      /** Id of the pool that the tasks are of. */
      pool: z.string().min(1),
      /** Seconds between two words of a worker to which nothing happens. */
      interval: z.number().positive().default(10),
      /** Bearer token. Default: none is sent. */
      token: z.string().min(1).optional(),
    })
    .optional(),
});

export type WorkloadOrder = z.infer<typeof workloadSchema>;

/** A task as `GET /_muster/jobs?state=PENDING` lists it. */
export interface ListedTask {
  readonly provisionerId: string;
  readonly workerType: string;
  readonly state: 'PENDING';
}

/** What became of the tasks, and what all instances of the account cost until now. */
export interface WorkSummary {
  readonly now: number;
  readonly tasks: {
    readonly arrived: number;
    readonly pending: number;
    readonly claimed: number;
    readonly finished: number;
    /** Attempts that ended with their instance: because EC2 took it back, and because a call ended it. */
    readonly interrupted: number;
    readonly terminated: number;
  };
  /** Instances that have not ended, whoever knows of them. */
  readonly running: number;
  readonly launched: number;
  /** Disks included. */
  readonly usd: number;
}
