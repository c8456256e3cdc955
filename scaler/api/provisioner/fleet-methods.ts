/** Methods about what runs: capacity, instances, the loop's health, and the ends of workers. */
import { ApiError } from '../api-error.ts';
import type { ApiCall, Handler, ProvisionerParts } from './call.ts';
import { type MethodName, provisionerMethods } from './methods.ts';
import { apiReference } from './reference.ts';
import { isoTime } from './worker-type-methods.ts';
import { stateOf, summaryOf } from './worker-type-state.ts';

export function fleetMethods(parts: ProvisionerParts) {
  const { clock, directory, live, orders } = parts;
  const startedAt = clock.now();

  const terminate = async (call: ApiCall, poolId: string, what: string) => {
    const mode = modeOf(call);
    const requestedAt = clock.now();
    const requestedBy = call.identity.clientId;
    await orders.give({ poolId, mode, requestedAt, requestedBy }, call.signal);
    const how = mode === 'drain' ? 'once each has finished what it runs' : 'at once';
    return { outcome: true, message: `the scaler's next iteration ends ${what}, ${how}` };
  };

  return {
    listWorkerTypeSummaries: async ({ signal }) => {
      const entries = await directory.list(signal);
      return Promise.all(
        entries.map(async (entry) => summaryOf(entry, await live.lastOf(entry.poolId))),
      );
    },
    state: async ({ params, signal }) => {
      const workerType = params.workerType ?? '';
      const entry = await directory.get(workerType, signal);
      if (entry === null) {
        throw new ApiError('ResourceNotFound', `there is no worker type ${workerType}`);
      }
      return stateOf(entry, await live.lastOf(entry.poolId));
    },
    ping: async () => ({ alive: true, uptime: clock.now() - startedAt }),
    backendStatus: async () => {
      const iteratedAt = await live.lastIterationAt();
      if (iteratedAt === null) return { status: 'starting', lastCheckedIn: isoTime(startedAt) };
      const late = clock.now() - iteratedAt > parts.healthyFor;
      return { status: late ? 'stale' : 'operational', lastCheckedIn: isoTime(iteratedAt) };
    },
    terminateAllInstancesOfWorkerType: async (call) => {
      const workerType = call.params.workerType ?? '';
      const entry = await directory.get(workerType, call.signal);
      if (entry === null) {
        throw new ApiError('ResourceNotFound', `there is no worker type ${workerType}`);
      }
      return terminate(call, entry.poolId, `all instances of ${workerType}`);
    },
    shutdownEverySingleEc2InstanceManagedByThisProvisioner: async (call) =>
      terminate(call, '*', 'all instances of the fleet'),
    apiReference: async ({ origin }) => apiReference(provisionerMethods, `${origin}/v1`),
  } satisfies Partial<Record<MethodName, Handler>>;
}

/** The old method had no choice and ended them at once, so that is what no choice means. */
function modeOf({ query }: ApiCall): 'drain' | 'now' {
  const { mode = 'now' } = query;
  if (mode === 'now' || mode === 'drain') return mode;
  throw new ApiError('InputError', `mode: got ${JSON.stringify(mode)}; allowed: now, drain`);
}
