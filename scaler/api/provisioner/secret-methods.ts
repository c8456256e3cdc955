/** Methods around secrets of workers: kept sealed, taken once, and gone when they expire. */
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { Seconds } from '../../../pool/units.ts';
import { jsonObject, scopeText } from '../../../pool/worker-type.ts';
import { StoreError } from '../../store/store.ts';
import { ApiError } from '../api-error.ts';
import type { Handler, ProvisionerParts } from './call.ts';
import type { MethodName, secretRequest } from './methods.ts';
import { workerCredentials } from './worker-credentials.ts';

/** What is sealed. */
export const sealedSecret = z.object({ secrets: jsonObject, scopes: z.array(scopeText) });

/** A worker's token tells who it is for so long, though its secret is taken. */
export const tokenLife: Seconds = 96 * 3_600;

export function secretMethods(parts: ProvisionerParts) {
  const { clock, secrets, workerTokens, registrations } = parts;
  const unknown = () =>
    new ApiError('ResourceNotFound', 'this token opens nothing: it is unknown, taken or expired');

  return {
    createSecret: async ({ params, body, signal }) => {
      const { token, workerType, expiration, ...content } = body as z.output<typeof secretRequest>;
      if (token !== params.token) {
        throw new ApiError('InputError', 'the token of the body is not the one of the path');
      }
      const expiresAt = Date.parse(expiration) / 1000;
      if (expiresAt <= clock.now()) {
        throw new ApiError('InputError', `expiration: got ${expiration}; allowed: a time to come`);
      }
      const plaintext = Buffer.from(JSON.stringify(content));
      try {
        await secrets.create(token, { workerType, plaintext, expiresAt }, signal);
      } catch (error) {
        if (!(error instanceof StoreError) || error.kind !== 'conflict') throw error;
        const before = await secrets.get(token, signal);
        const same =
          before?.workerType === workerType &&
          isDeepStrictEqual(JSON.parse(Buffer.from(before.plaintext).toString()), content);
        if (!same) throw new ApiError('RequestConflict', 'this token has another secret already');
      }
      const known = { workerType, instanceId: null, startedAt: null };
      const tokenExpiry = Math.max(expiresAt, clock.now() + tokenLife);
      await workerTokens.put(token, { ...known, expiresAt: tokenExpiry }, signal);
      return { outcome: 'success' };
    },
    getSecret: async ({ params, signal }) => {
      const token = params.token ?? '';
      // Before it is taken, since what fails after that leaves the worker with nothing.
      const held = await secrets.get(token, signal);
      if (held === null) throw unknown();
      const credentials = await workerCredentials(parts, held.workerType, signal);
      const taken = await secrets.take(token, signal);
      if (taken === null) throw unknown();
      const { secrets: data, scopes } = sealedSecret.parse(
        JSON.parse(Buffer.from(taken.plaintext).toString()),
      );
      return { data, credentials, scopes };
    },
    removeSecret: async ({ params, signal }) => {
      await secrets.remove(params.token ?? '', signal);
      return undefined;
    },
    instanceStarted: async ({ params, signal }) => {
      const { token = '', instanceId = '' } = params;
      const known = await workerTokens.get(token, signal);
      if (known === null || (known.instanceId !== null && known.instanceId !== instanceId)) {
        throw new ApiError('ResourceNotFound', 'this token is unknown, or of another instance');
      }
      const startedAt = known.startedAt ?? clock.now();
      await workerTokens.put(token, { ...known, instanceId, startedAt }, signal);
      await registrations.start(instanceId, startedAt, signal);
      return undefined;
    },
  } satisfies Partial<Record<MethodName, Handler>>;
}
