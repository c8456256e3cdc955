import { awsCall } from '../scaler/aws/aws-call.ts';

/** A call that a person's command makes, with the person's own rights. @throws CloudError */
export function personCall<T>(
  doing: string,
  signal: AbortSignal,
  call: (abortSignal: AbortSignal) => Promise<T>,
): Promise<T> {
  return awsCall(doing, signal, call, 'person');
}
