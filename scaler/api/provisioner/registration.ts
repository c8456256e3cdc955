/**
 * A worker shows who it is by the identity document that AWS signed for its instance, once, and gets
 * the user data that the provisioner would have given it. So no launch template and no tag holds a
 * token.
 */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Seconds } from '../../../pool/units.ts';
import {
  launchCombinations,
  userDataDocument,
} from '../../../pool/worker-type-launch-specification.ts';
import { StoreError } from '../../store/store.ts';
import { ApiError } from '../api-error.ts';
import type { InstanceIdentity } from '../identity-document/instance-identity.ts';
import type { FoundWorker, LastLook } from '../live-fleet.ts';
import type { DirectoryEntry } from '../pool-directory.ts';
import { originOf, type ProvisionerParts } from './call.ts';
import { tokenLife } from './secret-methods.ts';
import { newToken } from './token.ts';
import { isoTime } from './worker-type-methods.ts';

/** A secret that its worker never takes is gone after this, as the provisioner had it. */
const secretLife: Seconds = 2_400;

export interface RegistrationParts {
  readonly identity: InstanceIdentity;
}

export const registrationRequest = z.strictObject({
  /** Of `/latest/dynamic/instance-identity/document`, byte for byte. */
  document: z.string().min(2).max(20_000),
  /** Of `/latest/dynamic/instance-identity/signature`, in base64; line breaks do no harm. */
  signature: z.string().min(100).max(4_000),
});

const formType = 'application/x-www-form-urlencoded';

/** `POST /registrations`, as JSON or as a form: no credentials but the signature. */
export function registrationRoute(
  server: FastifyInstance,
  parts: ProvisionerParts & RegistrationParts,
): void {
  const config = { apiMethod: 'register' };
  // A form needs no tool at a worker's boot but curl.
  server.addContentTypeParser(formType, { parseAs: 'string' }, (_request, body, done) => {
    done(null, Object.fromEntries(new URLSearchParams(body as string)));
  });
  server.post('/registrations', { config, bodyLimit: 64 * 1024 }, async (request, reply) => {
    const body = registrationRequest.safeParse(request.body);
    if (!body.success) throw new ApiError('InputValidationError', z.prettifyError(body.error));
    const answer = await register(parts, body.data, originOf(parts, request), request.limit);
    return reply.code(201).send(answer);
  });
}

async function register(
  parts: ProvisionerParts & RegistrationParts,
  { document, signature }: z.output<typeof registrationRequest>,
  origin: string,
  signal: AbortSignal,
) {
  const shown = parts.identity.verify(document, signature);
  const { instanceId, region } = shown;
  const found = await parts.live.findWorker(instanceId);
  if (found === null || found.group.region !== region) {
    const message = `${instanceId} is no worker of this fleet that the scaler has seen; try again in a while`;
    throw new ApiError('ResourceNotFound', message);
  }
  const entry = await parts.directory.ofPool(found.poolId, signal);
  if (entry === null || entry.pool === null) {
    throw new ApiError('ResourceNotFound', `${instanceId} is of a pool that is not declared`);
  }
  const now = parts.clock.now();
  const { missingAfter, maxLifetime } = entry.pool.lifecycle;
  if (now - found.worker.launchedAt > missingAfter) {
    const message = `${instanceId} was launched over ${missingAfter} s ago, and counts as missing`;
    throw new ApiError('ResourceExpired', message);
  }
  await registerOnce(parts, { instanceId, region, pool: found.poolId, now, maxLifetime }, signal);
  const token = newToken();
  const { workerType } = entry;
  const launch = combinationOf(entry, found);
  const content = { secrets: launch?.secrets ?? {}, scopes: entry.definition.scopes };
  const plaintext = Buffer.from(JSON.stringify(content));
  const expiresAt = now + secretLife;
  await parts.secrets.create(token, { workerType, plaintext, expiresAt }, signal);
  const known = { workerType, instanceId, startedAt: null };
  await parts.workerTokens.put(
    token,
    { ...known, expiresAt: now + Math.max(maxLifetime, tokenLife) },
    signal,
  );
  const price = priceOf(found, await parts.live.lastOf(found.poolId));
  return userDataDocument(
    {
      region,
      instanceType: found.worker.instanceType,
      capacity: launch?.capacity ?? found.worker.weight,
      userData: launch?.userData ?? {},
    },
    {
      workerType,
      provisionerId: parts.provisionerId,
      launchSpecGenerated: isoTime(now),
      lastModified: isoTime(entry.lastModified),
      provisionerBaseUrl: `${origin}/v1`,
      taskclusterRootUrl: origin,
      securityToken: token,
    },
    { availabilityZone: found.worker.zone, price, spotBid: found.group.spotMaxPrice ?? price },
  );
}

async function registerOnce(
  { registrations }: ProvisionerParts,
  worker: {
    readonly instanceId: string;
    readonly region: string;
    readonly pool: string;
    readonly now: number;
    readonly maxLifetime: Seconds;
  },
  signal: AbortSignal,
): Promise<void> {
  const { now, maxLifetime, ...who } = worker;
  // A busy worker outlives its longest life by as long as its task takes.
  const expiresAt = now + 2 * maxLifetime;
  try {
    await registrations.register({ ...who, registeredAt: now, startedAt: null, expiresAt }, signal);
  } catch (error) {
    if (!(error instanceof StoreError) || error.kind !== 'conflict') throw error;
    throw new ApiError(
      'RequestConflict',
      `${who.instanceId} has registered before; it can do so once`,
    );
  }
}

function combinationOf({ definition }: DirectoryEntry, { group, worker }: FoundWorker) {
  return launchCombinations(definition, worker.zone).find(
    ({ region, instanceType }) => region === group.region && instanceType === worker.instanceType,
  );
}

/** USD per hour as last seen; 0 where no price was. */
function priceOf({ group, worker }: FoundWorker, look: LastLook | null): number {
  const offering = look?.observation.offerings.find(
    ({ instanceType, zone, market }) =>
      instanceType === worker.instanceType && zone === worker.zone && market === group.market,
  );
  return offering?.price ?? 0;
}
