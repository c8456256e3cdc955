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

/** Whether a call changes nothing, by its name. */
export function isRead(operation: string): boolean {
  return /^(Describe|Get|List)/.test(operation);
}

/** An answer without content. */
export const nothing = {} as const;
