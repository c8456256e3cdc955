import type { CloudRegion } from './region.ts';

/** What an operation answers where the resource is not one of this cloud. */
export const passOn = Symbol('pass on');
export type PassOn = typeof passOn;

/**
 * Serves one operation: its parameters, read by the model, to the answer, which the model writes.
 * Throws AwsError, or CloudError of the simulated cloud.
 */
export type Operation = (
  region: CloudRegion,
  input: never,
) => object | PassOn | Promise<object | PassOn>;

/** An answer without content. */
export const nothing = {} as const;
