/** Sources that keep a connection to a server: the real server, with a proxy before it. */
import type { SourceDeclaration } from '../../../../pool/queues/declaration.ts';
import type { ServerAccess } from '../../../../pool/queues/server.ts';
import type { ContractSubject, Counts, FaultName, SubjectWorld } from './subject.ts';
import { type ProxyConduct, startTcpProxy } from './tcp-proxy.ts';

/** A real server as a subject drives it, past the proxy. */
export interface ServerWorld {
  readonly port: number;
  /** Makes the counts these, and the password this. */
  serve(counts: Counts, password: string): Promise<void>;
  /** What the server itself does under a fault, where it is not the network's. */
  readonly faults: Partial<Record<FaultName, () => Promise<void>>>;
  stop(): Promise<void>;
}

export interface ServerSubjectOptions {
  readonly kind: SourceDeclaration['kind'];
  /** Its name and version. */
  readonly against: string;
  readonly without: ContractSubject['without'];
  declare(port: number, access: Omit<ServerAccess, 'url'>): SourceDeclaration;
  start(): Promise<ServerWorld>;
  /** Faults of answers, by what becomes of them. */
  readonly rewrites?: Partial<Record<FaultName, (answer: string) => string>>;
}

const secretVariable = 'CONTRACT_SECRET';
const html = 'HTTP/1.1 400 Bad Request\r\n\r\n<!doctype html><title>Sign in</title>';

export function serverSubject(options: ServerSubjectOptions): ContractSubject {
  const { kind, against, without } = options;
  return {
    kind,
    against,
    tellsClaimed: true,
    secret: secretVariable,
    without: { '429, Retry-After': 'it has no such answer', ...without },
    open: () => openWorld(options),
  };
}

async function openWorld(options: ServerSubjectOptions): Promise<SubjectWorld> {
  const server = await options.start();
  const proxy = await startTcpProxy(server.port);
  const environment: Record<string, string> = { [secretVariable]: 'first-secret' };
  const conducts: Partial<Record<FaultName, ProxyConduct>> = {
    unreachable: { kind: 'closed' },
    HTML: { kind: 'answer', text: html },
    'slow answer': { kind: 'silent' },
  };
  return {
    declaration: options.declare(proxy.port, {
      user: 'muster',
      password: { kind: 'secret', from: 'environment', name: secretVariable, field: null },
      certificateAuthority: null,
    }),
    environment,
    requests: proxy.connections,
    requestsElsewhere: () => 0,
    async serve(counts) {
      await server.serve(counts, environment[secretVariable] ?? '');
      await proxy.conduct({ kind: 'forward' });
    },
    async meet(fault) {
      const rewrite = options.rewrites?.[fault];
      const conduct = rewrite ? { kind: 'rewrite' as const, rewrite } : conducts[fault];
      await proxy.conduct(conduct ?? { kind: 'forward' });
      if (conduct !== undefined) return;
      const onServer = server.faults[fault];
      if (onServer === undefined) throw new Error(`${options.kind} has no way to meet ${fault}`);
      await onServer();
    },
    async stop() {
      await proxy.stop();
      await server.stop();
    },
  };
}
