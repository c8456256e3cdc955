import type { AutoScalingClient } from '@aws-sdk/client-auto-scaling';

/**
 * Has every attempt of a call that changes something checked as it is handed to the connection: after
 * the waits between attempts, and after it was signed.
 *
 * @param check what it throws, the call rejects with
 */
export function checkBeforeSend(
  client: Pick<AutoScalingClient, 'middlewareStack'>,
  check: () => void,
): void {
  client.middlewareStack.add(
    (next, context) => (parameters) => {
      if (!context.commandName?.startsWith('Describe')) check();
      return next(parameters);
    },
    { step: 'deserialize', priority: 'low', name: 'checkBeforeSend' },
  );
}
