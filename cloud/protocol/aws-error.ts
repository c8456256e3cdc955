/** A refusal in AWS's own words: thrown by whatever serves a call, and sent as its protocol has it. */
export class AwsError extends Error {
  override readonly name = 'AwsError';
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** Auto Scaling's answer to almost everything that it does not take. */
export function validationError(message: string): AwsError {
  return new AwsError('ValidationError', message);
}
