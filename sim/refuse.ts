import { CloudError } from '../scaler/ports.ts';

/** Auto Scaling answers nearly every request that it will not carry out with `ValidationError`. */
export function refuse(message: string, code = 'ValidationError'): CloudError {
  return new CloudError('refused', code, message);
}
