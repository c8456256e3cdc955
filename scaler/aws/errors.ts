/** Every error code of AWS that the scaler can meet, classified once. */
import { CloudError } from '../ports.ts';

type Kind = CloudError['kind'];

/**
 * Codes with a meaning of their own. Sources: the "Common errors" pages of the EC2, Auto Scaling,
 * SQS, SNS, CloudWatch and Pricing API references, and the errors of each action that is called.
 */
const kindByCode: Readonly<Record<string, Kind>> = {
  // Too many calls: back off and keep the demand.
  Throttling: 'throttled',
  ThrottlingException: 'throttled',
  ThrottledException: 'throttled',
  RequestLimitExceeded: 'throttled',
  RequestThrottled: 'throttled',
  RequestThrottledException: 'throttled',
  TooManyRequestsException: 'throttled',
  EC2ThrottledException: 'throttled',
  PriorRequestNotComplete: 'throttled',
  BandwidthLimitExceeded: 'throttled',
  SlowDown: 'throttled',
  // The same call may succeed later, without anybody doing anything.
  ResourceContention: 'unavailable',
  ResourceContentionFault: 'unavailable',
  ScalingActivityInProgress: 'unavailable',
  ScalingActivityInProgressFault: 'unavailable',
  // A call with the same client token is under way; asked again, it answers with that one's result.
  IdempotentCallInProgress: 'unavailable',
  IdempotentCallInProgressFault: 'unavailable',
  ServiceUnavailable: 'unavailable',
  ServiceUnavailableException: 'unavailable',
  Unavailable: 'unavailable',
  InternalError: 'unavailable',
  InternalFailure: 'unavailable',
  InternalErrorException: 'unavailable',
  InternalServiceFault: 'unavailable',
  RequestTimeout: 'unavailable',
  TimeoutError: 'unavailable',
  AbortError: 'unavailable',
  // Expired while the call was under way; the next one fetches new ones.
  ExpiredToken: 'unavailable',
  ExpiredTokenException: 'unavailable',
  RequestExpired: 'unavailable',
  // Answered, and will be answered the same way until somebody changes something.
  AccessDenied: 'refused',
  AccessDeniedException: 'refused',
  AuthFailure: 'refused',
  UnauthorizedOperation: 'refused',
  UnrecognizedClientException: 'refused',
  InvalidClientTokenId: 'refused',
  SignatureDoesNotMatch: 'refused',
  OptInRequired: 'refused',
  CredentialsProviderError: 'refused',
  ValidationError: 'refused',
  ValidationException: 'refused',
  ServiceLinkedRoleFailure: 'refused',
  LimitExceeded: 'refused',
  IdempotentParameterMismatch: 'refused',
  IdempotentParameterMismatchError: 'refused',
  // An endpoint that does not know the call.
  InvalidAction: 'refused',
  UnknownOperationException: 'refused',
};

/** What a person can do about codes whose text from AWS does not say. */
const fixByCode: Readonly<Record<string, string>> = {
  CredentialsProviderError: 'set credentials in the environment, a profile or a role',
  UnrecognizedClientException: 'check the access key, and that the region is enabled',
  InvalidClientTokenId: 'check the access key, and that the region is enabled',
  AuthFailure: 'check the access key, and that the region is enabled',
};

/** Who makes a call: the scaler has its own policy, a person's command runs with the person's rights. */
export type Caller = 'scaler' | 'person';

const notAllowed =
  /^(AccessDenied|AccessDeniedException|UnauthorizedOperation|AuthorizationError)$/;
const fixByCaller: Readonly<Record<Caller, string>> = {
  scaler: 'attach the scaler policy that the stacks output to the identity it runs as',
  person: 'this runs with your own rights: use credentials that allow the call, or have it allowed',
};

/** Fields of an SDK error that matter here; a network error has a `code`, a service error a name. */
interface ErrorFields {
  readonly name?: string;
  readonly code?: unknown;
  readonly message?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/**
 * @param doing what was being done and where, such as `listing groups in eu-west-1`.
 * @param caller whose rights were short, where they were
 * A code not known here goes by its status: 429 throttled, other 4xx refused, else unavailable.
 */
export function cloudErrorOf(error: unknown, doing: string, caller: Caller = 'scaler'): CloudError {
  if (error instanceof CloudError) return error;
  const fields: ErrorFields = typeof error === 'object' && error !== null ? error : {};
  const code = errorCode(fields);
  const status = fields.$metadata?.httpStatusCode;
  const kind = kindByCode[code] ?? kindByStatus(status);
  const said = fields.message || String(error);
  const fix = notAllowed.test(code) ? fixByCaller[caller] : fixByCode[code];
  const message = `${doing}: ${kind} by AWS (${code}): ${said}${fix ? `; ${fix}` : ''}`;
  return new CloudError(kind, code, message, { cause: error });
}

/** Of the language, not of AWS: what the SDK throws when an answer is no AWS answer. */
const languageErrors: ReadonlySet<string> = new Set(['Error', 'SyntaxError', 'TypeError']);

/** An answer that is not AWS's, such as a proxy's page, has a status and no code. */
function errorCode({ name, code, $metadata }: ErrorFields): string {
  if (name !== undefined && !languageErrors.has(name)) return name;
  if (typeof code === 'string') return code;
  return $metadata?.httpStatusCode === undefined ? 'Unknown' : `HTTP ${$metadata.httpStatusCode}`;
}

function kindByStatus(status: number | undefined): Kind {
  if (status === 429) return 'throttled';
  return status !== undefined && status >= 400 && status < 500 ? 'refused' : 'unavailable';
}
