import type { Seconds } from '../../../pool/units.ts';
import { StoreError } from '../../store/store.ts';
import { ApiError } from '../api-error.ts';
import {
  issueTemporaryCredentials,
  type TemporaryCredentials,
} from '../authentication/temporary-credentials.ts';
import type { ProvisionerParts } from './call.ts';

/** The client that stands behind workers' credentials; it is made when the first worker asks. */
export const workerIssuer = 'muster-workers';

/** As long as a worker lives at most, unless its pool says otherwise. */
const life: Seconds = 96 * 3_600;

/** What a worker may do: the scopes that the provisioner gave its workers. */
export async function workerCredentials(
  { tokens, clock, provisionerId }: ProvisionerParts,
  workerType: string,
  signal: AbortSignal,
): Promise<TemporaryCredentials> {
  const now = clock.now();
  const read = () => tokens.accessTokensOf(workerIssuer, now, signal);
  let issuer = await read();
  if (issuer === null) {
    const scopes = [`assume:worker-type:${provisionerId}/*`, 'assume:worker-id:*'];
    const description = 'Issues the temporary credentials of workers';
    const client = { clientId: workerIssuer, scopes, description, expiresAt: null };
    try {
      await tokens.create(client, now, signal);
    } catch (error) {
      // Another process made it in the same moment.
      if (!(error instanceof StoreError) || error.kind !== 'conflict') throw error;
    }
    issuer = await read();
  }
  const accessToken = issuer?.accessTokens[0];
  if (accessToken === undefined) {
    throw new ApiError('Unavailable', 'no credentials can be issued now');
  }
  const scopes = [`assume:worker-type:${provisionerId}/${workerType}`, 'assume:worker-id:*'];
  return issueTemporaryCredentials({ clientId: workerIssuer, accessToken }, scopes, now, life);
}
