import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { freePort } from '../free-port.ts';
import { runProcess } from '../run-process.ts';
import { answers, environmentWithoutAws, startServer } from '../start-server.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { goTool } from '../tools/go-tool.ts';

/** A real runner's side of the protocol, by hand: it runs nothing. */
export interface GiteaRunner {
  /** Takes a job; its id of a task, or null: none waits. */
  take(): Promise<string | null>;
  /** Says how a task ended. */
  end(task: string, result: 'RESULT_SUCCESS' | 'RESULT_FAILURE'): Promise<void>;
}

export interface Gitea {
  /** `http://127.0.0.1:PORT`; the REST API is below `/api/v1`. */
  readonly url: string;
  /** Of an administrator. */
  readonly token: string;
  /** Calls the API as the administrator. @throws Error with the answer, unless it is a success */
  call(method: 'GET' | 'POST', path: string, body?: object): Promise<unknown>;
  /** Registers a runner of the instance. */
  addRunner(name: string, labels: readonly string[]): Promise<GiteaRunner>;
  stop(): Promise<void>;
}

/** With SQLite. Its web pages are not built; what its API reads stands beside it. */
export const giteaTool = goTool({
  name: 'gitea',
  module: 'code.gitea.io/gitea',
  version: 'v1.26.0',
  way: 'copy',
  flags: ['-tags=sqlite sqlite_unlock_notify', '-ldflags=-s -w'],
  cgo: true,
  keep: ['options', 'templates', 'public'],
  // 185 s on two free cores.
  limitSeconds: 3_600,
});

const commandLimitSeconds = 60;

/** Gitea with Actions, an administrator and no repositories; webhooks may go to this machine. */
export async function startGitea(): Promise<Gitea> {
  await giteaTool.install();
  const port = await freePort();
  const folder = temporaryFolder('gitea');
  const url = `http://127.0.0.1:${port}`;
  const configuration = join(folder.path, 'app.ini');
  mkdirSync(join(folder.path, 'data'));
  writeFileSync(configuration, settings(url, port, folder.path));
  const environment = {
    ...environmentWithoutAws(),
    GITEA_WORK_DIR: folder.path,
    // Tests may run as root, as in a container.
    GITEA_I_AM_BEING_UNSAFE_RUNNING_AS_ROOT: 'true',
    HOME: folder.path,
  };
  const server = await startServer({
    name: 'Gitea',
    command: giteaTool.program,
    parameters: ['web', '--config', configuration],
    directory: folder.path,
    environment,
    ready: () => answers(`${url}/api/v1/version`),
  });
  const stop = async () => {
    await server.stop();
    folder.remove();
  };
  const command = ['admin', 'user', 'create', '--config', configuration];
  const account = ['--username', 'root-user', '--email', 'root@example.com', '--random-password'];
  const access = ['--access-token', '--access-token-name', 'test', '--access-token-scopes', 'all'];
  const made = await runProcess(giteaTool.program, [...command, ...account, ...access, '--admin'], {
    ...{ environment, directory: folder.path, limitSeconds: commandLimitSeconds },
  });
  const token = /\b[0-9a-f]{40}\b/.exec(made.stdout)?.[0];
  if (made.exitCode !== 0 || token === undefined) {
    await stop();
    throw new Error(`gitea admin user create: ${made.stdout}\n${made.stderr}`);
  }
  const call: Gitea['call'] = (method, path, body) =>
    send(`${url}/api/v1${path}`, method, { authorization: `token ${token}` }, body);
  return {
    url,
    token,
    call,
    addRunner: (name, labels) => addRunner(url, call, name, labels),
    stop,
  };
}

async function addRunner(
  url: string,
  call: Gitea['call'],
  name: string,
  labels: readonly string[],
): Promise<GiteaRunner> {
  const path = '/admin/actions/runners/registration-token';
  const { token } = (await call('POST', path)) as { token: string };
  const ask = (method: string, headers: Record<string, string>, body: object) =>
    send(`${url}/api/actions/runner.v1.RunnerService/${method}`, 'POST', headers, body);
  const version = 'v0.2.13';
  const { runner } = (await ask('Register', {}, { name, token, labels, version })) as {
    runner: { uuid: string; token: string };
  };
  const me = { 'x-runner-uuid': runner.uuid, 'x-runner-token': runner.token };
  await ask('Declare', me, { version, labels });
  return {
    async take() {
      const { task } = (await ask('FetchTask', me, { tasksVersion: 0 })) as {
        task?: { id: string };
      };
      return task?.id ?? null;
    },
    async end(id, result) {
      const stoppedAt = new Date().toISOString();
      await ask('UpdateTask', me, { state: { id, result, stoppedAt } });
    },
  };
}

async function send(
  url: string,
  method: string,
  headers: Record<string, string>,
  body?: object,
): Promise<unknown> {
  const response = await fetch(url, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${text.slice(0, 500)}`);
  return text === '' ? null : JSON.parse(text);
}

function settings(url: string, port: number, folder: string): string {
  return `
APP_NAME = test
RUN_USER =
RUN_MODE = prod
[server]
HTTP_ADDR = 127.0.0.1
HTTP_PORT = ${port}
ROOT_URL = ${url}/
STATIC_ROOT_PATH = ${dirname(giteaTool.program)}
DISABLE_SSH = true
OFFLINE_MODE = true
[database]
DB_TYPE = sqlite3
PATH = ${join(folder, 'data', 'gitea.db')}
[repository]
ROOT = ${join(folder, 'repositories')}
[security]
INSTALL_LOCK = true
SECRET_KEY = only-for-this-test
[actions]
ENABLED = true
[webhook]
ALLOWED_HOST_LIST = loopback
[log]
MODE = console
LEVEL = Warn
`;
}
