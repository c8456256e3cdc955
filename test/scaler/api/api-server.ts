/** A server with the provisioner's API on a store of its own, in this process, for tests. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { parseDeclaration } from '../../../pool/load.ts';
import type { AuditEntry } from '../../../scaler/api/api-frame.ts';
import { Heartbeats } from '../../../scaler/api/heartbeats.ts';
import { RecordedFleet } from '../../../scaler/api/live-fleet.ts';
import {
  type OpenProvisioner,
  openProvisioner,
  type ProvisionerOptions,
} from '../../../scaler/api/provisioner/open-provisioner.ts';
import { type ServerOptions, startServer } from '../../../scaler/api/server.ts';
import { openModernApi } from '../../../scaler/api/v2/open-modern-api.ts';
import type { ModernParts } from '../../../scaler/api/v2/parts.ts';
import { describeReason } from '../../../scaler/describe-reason.ts';
import { AuditLog } from '../../../scaler/store/audit-log.ts';
import { KeyFileCipher } from '../../../scaler/store/key-file-cipher.ts';
import { LibsqlStore } from '../../../scaler/store/libsql-store.ts';
import { PoolPauses } from '../../../scaler/store/pool-pauses.ts';
import type { Store } from '../../../scaler/store/store.ts';
import { Tokens } from '../../../scaler/store/tokens.ts';
import { systemClock } from '../../../scaler/system-clock.ts';
import { redactSecrets } from '../../../scaler/telemetry/describe-error.ts';

export const apiDeclaration = `
fleet: ci
workerTypes:
  owner: ops@example.com
  queue:
    http: { host: queue.example.com, provisionerId: '{provisionerId}', workerType: '{workerType}' }
regions:
  us-west-2: { vpc: vpc-2, subnets: [subnet-2] }
  us-east-1: { vpc: vpc-1, subnets: [subnet-1] }
pools:
  from-file:
    owner: build@example.com
    queue: { http: { host: queue.example.com, provisionerId: aws-provisioner-v1 } }
    capacity: { max: 10 }
    instances: [{ type: c5.xlarge, capacity: 1, utility: 1 }]
    image: { ids: { us-west-2: { x86_64: ami-2 }, us-east-1: { x86_64: ami-1 } } }
`;

export interface ApiServer {
  /** Such as `http://127.0.0.1:40123`. */
  readonly url: string;
  readonly store: Store;
  readonly tokens: Tokens;
  readonly live: RecordedFleet;
  readonly provisioner: OpenProvisioner;
  readonly heartbeats: Heartbeats;
  readonly parts: ModernParts;
  /** Ids of pools that were poked or woken, as `poke NAME`. */
  readonly calls: readonly string[];
  readonly audit: readonly AuditEntry[];
  readonly failures: readonly unknown[];
  /** Makes a client of the API with these scopes. */
  client(clientId: string, scopes: readonly string[]): Promise<ApiClientCredentials>;
  close(): Promise<void>;
}

export interface ApiClientCredentials {
  readonly clientId: string;
  readonly accessToken: string;
  readonly bearerToken: string;
}

export const never = new AbortController().signal;

export async function startApiServer(
  change: Partial<ProvisionerOptions> &
    Pick<ServerOptions, 'requestsPerMinute' | 'tls' | 'trustedProxies'> & {
      readonly text?: string;
    } = {},
): Promise<ApiServer> {
  const folder = mkdtempSync(join(tmpdir(), 'muster-api-'));
  const clock = change.clock ?? systemClock;
  const store = change.store ?? (await LibsqlStore.open(join(folder, 'store.db'), clock));
  const cipher = await KeyFileCipher.open(join(folder, 'key'));
  const live = new RecordedFleet(clock);
  const heartbeats = new Heartbeats(clock);
  const audit: AuditEntry[] = [];
  const failures: unknown[] = [];
  const declaration =
    change.declaration ?? parseDeclaration(change.text ?? apiDeclaration, 'muster.yaml');
  const auditLog = new AuditLog(store, (doing, error) => failures.push([doing, error]));
  const calls: string[] = [];
  const provisioner = openProvisioner({
    declaration,
    declaredAt: 1_500_000_000,
    store,
    cipher,
    clock,
    live,
    authenticated: true,
    publicUrl: null,
    audit: (entry) => {
      audit.push(entry);
      auditLog.add({ at: clock.now(), ...entry });
    },
    onFailure: (doing, error) => failures.push([doing, error]),
    ...change,
  });
  const modern = openModernApi(provisioner, {
    fleet: declaration.fleet,
    store,
    auditLog,
    pauses: new PoolPauses(store, clock),
    publicUrl: null,
    isLeading: () => true,
    describeReason,
    redact: redactSecrets,
    poke: async (poolId) => {
      calls.push(`poke ${poolId}`);
    },
    wake: async (poolId) => {
      calls.push(`wake ${poolId}`);
    },
  });
  const server = await startServer({
    address: { host: '127.0.0.1', port: 0 },
    heartbeats,
    metrics: new Registry(),
    health: () => ({ healthy: true, age: 1 }),
    token: null,
    api: provisioner.api,
    modern: { ...modern, parts: { ...modern.parts, streamHeartbeat: 0.2 } },
    requestsPerMinute: change.requestsPerMinute ?? 1_000_000,
    tls: change.tls ?? null,
    trustedProxies: change.trustedProxies ?? [],
  });
  const tokens = new Tokens(store, cipher);
  return {
    url: server.url,
    store,
    tokens,
    live,
    provisioner,
    parts: modern.parts,
    calls,
    heartbeats,
    audit,
    failures,
    async client(clientId, scopes) {
      const client = { clientId, scopes, description: 'test', expiresAt: null };
      const issued = await tokens.create(client, clock.now(), never);
      return { clientId, ...issued };
    },
    async close() {
      await server.close();
      await auditLog.flush();
      if (change.store === undefined) await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
