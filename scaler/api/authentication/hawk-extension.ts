import { z } from 'zod';
import { scopeText } from '../../../pool/worker-type.ts';
import { ApiError } from '../api-error.ts';
import { type Certificate, readCertificate } from './temporary-credentials.ts';

/** What Taskcluster's clients put into `ext`: base64 of JSON, in either alphabet. */
export interface HawkExtension {
  readonly certificate: Certificate | null;
  /** The request may use no more than these; null: all that the credentials have. */
  readonly authorizedScopes: readonly string[] | null;
}

const extensionSchema = z.object({
  certificate: z.unknown().optional(),
  authorizedScopes: z.array(scopeText).max(1_000).optional(),
});

/** @throws ApiError AuthenticationFailed when it is there and of another form. */
export function readHawkExtension(ext: string | undefined): HawkExtension {
  if (ext === undefined || ext === '') return { certificate: null, authorizedScopes: null };
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(ext, 'base64').toString('utf8'));
  } catch {
    throw new ApiError('AuthenticationFailed', 'ext is not base64 of JSON');
  }
  const parsed = extensionSchema.safeParse(value);
  if (!parsed.success) {
    throw new ApiError('AuthenticationFailed', `ext: ${z.prettifyError(parsed.error)}`);
  }
  const { certificate, authorizedScopes = null } = parsed.data;
  if (certificate === undefined || certificate === null) {
    return { certificate: null, authorizedScopes };
  }
  const read = readCertificate(certificate);
  if (typeof read === 'string') throw new ApiError('AuthenticationFailed', read);
  return { certificate: read, authorizedScopes };
}
