import type { Declaration } from '../../../pool/load.ts';
import type { Seconds, UnixSeconds } from '../../../pool/units.ts';
import type { Clock } from '../../ports.ts';
import { AmiSets } from '../../store/ami-sets.ts';
import type { Cipher } from '../../store/cipher.ts';
import { Registrations } from '../../store/registrations.ts';
import { Secrets } from '../../store/secrets.ts';
import type { Store } from '../../store/store.ts';
import { TerminationOrders } from '../../store/termination-orders.ts';
import { Tokens } from '../../store/tokens.ts';
import { WorkerTokens } from '../../store/worker-tokens.ts';
import { WorkerTypes } from '../../store/worker-types.ts';
import type { ApiFrameOptions } from '../api-frame.ts';
import { authenticationOff, authenticationOn } from '../authentication/authentication.ts';
import { InstanceIdentity } from '../identity-document/instance-identity.ts';
import type { LiveFleet } from '../live-fleet.ts';
import { PoolDirectory } from '../pool-directory.ts';
import type { ProvisionerApiOptions } from './provisioner-api.ts';

export interface ProvisionerOptions extends Omit<ApiFrameOptions, 'authentication'> {
  readonly declaration: Declaration;
  /** When the file was last changed. */
  readonly declaredAt: UnixSeconds;
  readonly store: Store;
  readonly cipher: Cipher;
  readonly clock: Clock;
  readonly live: LiveFleet;
  /** Whether callers must show who they are; off, everyone who reaches the server may do everything. */
  readonly authenticated: boolean;
  /** As clients and workers see this server; null: by the host that they name. */
  readonly publicUrl: URL | null;
  /** PEM by region, beside the built-in keys, for identity documents. Default: none. */
  readonly certificates?: ReadonlyMap<string, readonly string[]>;
}

export interface OpenProvisioner {
  readonly api: ProvisionerApiOptions;
  /** Whose `fleet()` the loop runs. */
  readonly directory: PoolDirectory;
  /** What the loop carries out. */
  readonly orders: TerminationOrders;
}

/** Unless the file says otherwise. */
const defaultProvisionerId = 'aws-provisioner-v1';
/** A loop that has not iterated for so many intervals is stale. */
const healthyIntervals = 6;

/** Joins the old API to a store, a declaration and what is known of the running fleet. */
export function openProvisioner(options: ProvisionerOptions): OpenProvisioner {
  const { store, cipher, clock, declaration, live, audit, onFailure, publicUrl } = options;
  const { fleet } = declaration;
  const tokens = new Tokens(store, cipher);
  const workerTypes = new WorkerTypes(store);
  const orders = new TerminationOrders(store);
  const { declaredAt } = options;
  const directory = new PoolDirectory({ declaration, declaredAt, workerTypes, clock });
  const healthyFor: Seconds = healthyIntervals * fleet.interval;
  const parts = {
    onFailure,
    clock,
    directory,
    live,
    workerTypes,
    amiSets: new AmiSets(store),
    secrets: new Secrets(store, cipher),
    tokens,
    workerTokens: new WorkerTokens(store),
    registrations: new Registrations(store),
    orders,
    provisionerId: fleet.workerTypes?.provisionerId ?? defaultProvisionerId,
    publicUrl: publicUrl === null ? null : publicUrl.href.replace(/\/+$/, ''),
    healthyFor,
    identity: new InstanceIdentity(options.certificates),
  };
  const authentication = options.authenticated
    ? authenticationOn({ tokens, clock, publicUrl })
    : authenticationOff;
  return { api: { authentication, audit, onFailure, parts }, directory, orders };
}
