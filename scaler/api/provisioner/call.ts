import type { FastifyRequest } from 'fastify';
import type { Clock } from '../../ports.ts';
import type { AmiSets } from '../../store/ami-sets.ts';
import type { Registrations } from '../../store/registrations.ts';
import type { Secrets } from '../../store/secrets.ts';
import type { TerminationOrders } from '../../store/termination-orders.ts';
import type { Tokens } from '../../store/tokens.ts';
import type { WorkerTokens } from '../../store/worker-tokens.ts';
import type { WorkerTypes } from '../../store/worker-types.ts';
import type { ApiFrameOptions } from '../api-frame.ts';
import type { Identity } from '../identity.ts';
import type { LiveFleet } from '../live-fleet.ts';
import type { PoolDirectory } from '../pool-directory.ts';

/** What the methods work with. */
export interface ProvisionerParts extends Pick<ApiFrameOptions, 'onFailure'> {
  readonly clock: Clock;
  readonly directory: PoolDirectory;
  readonly live: LiveFleet;
  readonly workerTypes: WorkerTypes;
  readonly amiSets: AmiSets;
  readonly secrets: Secrets;
  readonly tokens: Tokens;
  readonly workerTokens: WorkerTokens;
  readonly registrations: Registrations;
  readonly orders: TerminationOrders;
  /** Default `aws-provisioner-v1`; what tasks name this provisioner. */
  readonly provisionerId: string;
  /** As everyone sees this server, such as `https://muster.example.com`; null: as each caller does. */
  readonly publicUrl: string | null;
  /** A loop that has not iterated for so long is not operational. */
  readonly healthyFor: number;
}

/** One call of a method: its parameters and body are of the right form, and the caller may make it. */
export interface ApiCall {
  readonly params: Readonly<Record<string, string>>;
  /** As the method's input schema read it. */
  readonly body: unknown;
  readonly query: Readonly<Record<string, unknown>>;
  readonly identity: Identity;
  /** The server as this caller sees it, such as `http://127.0.0.1:3001`. */
  readonly origin: string;
  readonly signal: AbortSignal;
}

export function originOf(
  { publicUrl }: Pick<ProvisionerParts, 'publicUrl'>,
  { protocol, headers }: Pick<FastifyRequest, 'protocol' | 'headers'>,
): string {
  return publicUrl ?? `${protocol}://${headers.host ?? 'localhost'}`;
}

/** Answers undefined for an answer without a body. */
export type Handler = (call: ApiCall) => Promise<unknown>;
