/** The real clients of the Taskcluster AWS provisioner, called in one way. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { npmTool } from '../../harness/tools/npm-tool.ts';
import { pythonTool } from '../../harness/tools/python-tool.ts';

export interface Credentials {
  readonly clientId: string;
  readonly accessToken: string;
  /** JSON text. */
  readonly certificate?: string;
}

export interface ClientOptions {
  /** Such as `http://127.0.0.1:40123`. */
  readonly url: string;
  /** null: none. */
  readonly credentials: Credentials | null;
  readonly authorizedScopes?: readonly string[];
}

/** What a call gave: its result, or what the client says of the error. */
export type Answer =
  | { readonly ok: true; readonly result: unknown }
  | { readonly ok: false; readonly status: number; readonly code: string; readonly body: unknown };

export interface OldClient {
  readonly name: string;
  /** Methods that this version has. */
  readonly methods: readonly string[];
  call(options: ClientOptions, method: string, ...parameters: readonly unknown[]): Promise<Answer>;
  /** A URL that a browser can open without credentials. */
  signedUrl(options: ClientOptions, method: string, ...parameters: string[]): Promise<string>;
  stop(): void;
}

const client2 = npmTool({ name: 'taskcluster-client', version: '2.3.0' });
const client19 = npmTool({ name: 'taskcluster-client', version: '19.0.0' });
const pythonClient = pythonTool({
  name: 'taskcluster-python',
  requirements: fileURLToPath(
    new URL('../../harness/servers/old-clients-requirements.txt', import.meta.url),
  ),
});

export const oldClientTools = [client2, client19, pythonClient];

interface JavaScriptClient {
  readonly [method: string]: (...parameters: readonly unknown[]) => Promise<unknown>;
}
type JavaScriptClass = {
  new (options: Record<string, unknown>): JavaScriptClient;
  readonly prototype: Record<string, { readonly entryReference?: unknown }>;
};

/** @param addressOf the option by which this version is told where the server is */
async function javaScriptClient(
  name: string,
  tool: typeof client2,
  addressOf: (url: string) => Record<string, string>,
): Promise<OldClient> {
  await tool.install();
  const modules = dirname(dirname(tool.program('any')));
  const load = createRequire(join(modules, 'any.js'));
  const { AwsProvisioner } = load('taskcluster-client') as { AwsProvisioner: JavaScriptClass };
  const make = ({ url, credentials, authorizedScopes }: ClientOptions) =>
    new AwsProvisioner({
      ...addressOf(url),
      credentials: credentials ?? {},
      ...(authorizedScopes && { authorizedScopes }),
      retries: 0,
    });
  const { prototype } = AwsProvisioner;
  return {
    name,
    methods: Object.keys(prototype).filter((key) => prototype[key]?.entryReference !== undefined),
    async call(options, method, ...parameters) {
      const client = make(options);
      try {
        return { ok: true, result: await client[method]!(...parameters) };
      } catch (error) {
        const { statusCode, code, body } = error as Record<string, unknown>;
        if (typeof statusCode !== 'number') throw error;
        return { ok: false, status: statusCode, code: String(code), body };
      }
    },
    async signedUrl(options, method, ...parameters) {
      const client = make(options);
      return String(client.buildSignedUrl!(client[method], ...parameters));
    },
    stop: () => {},
  };
}

const programFile = fileURLToPath(new URL('./python-client.py', import.meta.url));

async function pythonOldClient(): Promise<OldClient> {
  await pythonClient.install();
  const program: ChildProcess = spawn(pythonClient.python, ['-W', 'ignore', programFile], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: program.stdout! })[Symbol.asyncIterator]();
  const ask = async (question: unknown): Promise<unknown> => {
    program.stdin?.write(`${JSON.stringify(question)}\n`);
    const { value, done } = await lines.next();
    if (done) throw new Error('the Python client has ended');
    return JSON.parse(value);
  };
  const methods = (await ask({ do: 'methods' })) as string[];
  return {
    name: 'PyPI taskcluster 1.2.0',
    methods,
    call: async (options, method, ...parameters) =>
      (await ask({ do: 'call', ...options, method, parameters })) as Answer,
    signedUrl: async (options, method, ...parameters) =>
      (await ask({ do: 'signedUrl', ...options, method, parameters })) as string,
    stop: () => program.kill(),
  };
}

/** Every client, installed and ready. */
export async function startOldClients(): Promise<readonly OldClient[]> {
  return Promise.all([
    javaScriptClient('npm taskcluster-client 2.3.0', client2, (url) => ({ baseUrl: `${url}/v1` })),
    javaScriptClient('npm taskcluster-client 19.0.0', client19, (url) => ({ rootUrl: url })),
    pythonOldClient(),
  ]);
}
