import type { Pool } from './pool.ts';
import type { Seconds } from './units.ts';

/** What AWS allows for a lifecycle hook (PutLifecycleHook, EC2 Auto Scaling API reference). */
const hookTimeout = { least: 30, most: 7200 } as const;

/** How long AWS holds an instance that is to end, unless its worker says that it is done. Whole seconds. */
export function drainHookTimeout({ lifecycle }: Pick<Pool, 'lifecycle'>): Seconds {
  return Math.round(Math.min(Math.max(lifecycle.drain, hookTimeout.least), hookTimeout.most));
}
