/** Codes of the errors of the API and the status of each, as Taskcluster's services send them. */
export const statusOfCode = {
  MalformedPayload: 400,
  InvalidRequestArguments: 400,
  InputValidationError: 400,
  InputError: 400,
  AuthenticationFailed: 401,
  InsufficientScopes: 403,
  ResourceNotFound: 404,
  MethodNotAllowed: 405,
  RequestConflict: 409,
  ResourceExpired: 410,
  InputTooLarge: 413,
  TooManyRequests: 429,
  InternalServerError: 500,
  Unavailable: 503,
} as const;

export type ApiErrorCode = keyof typeof statusOfCode;

/** An error that whoever called may read: what was got, what is allowed, the fix. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: ApiErrorCode;
  /** More about it, such as every fault of a body; JSON. */
  readonly details: unknown;

  constructor(code: ApiErrorCode, message: string, details?: unknown) {
    super(message);
    this.code = code;
    this.details = details;
  }

  get status(): number {
    return statusOfCode[this.code];
  }
}
