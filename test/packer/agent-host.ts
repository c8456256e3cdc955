/**
 * The agent's scripts on a root folder of their own, as the role installs them. What this machine has
 * not stands in: `systemctl` starts, signals and ends a process in place of a unit, and writes down
 * what it is asked, `poweroff` included. The worker is a real process that takes tasks from a folder.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { projectRoot } from '../harness/project-root.ts';
import { awsCliTool } from '../harness/servers/aws-cli.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';
import { taskLoop } from './task-loop.ts';

const agentFolder = join(projectRoot, 'packer', 'agent');

const systemctl = `#!/bin/bash
cd "$MUSTER_ROOT"
[ "$1" = show ] || echo "$*" >> asked
pid=$(cat worker.pid 2> /dev/null)
alive() { [ -n "$pid" ] && kill -0 "$pid" 2> /dev/null; }
case $1 in
  start)
    [ ! -e refuse-start ] || exit 1
    rm -f stopping
    setsid bash worker < /dev/null > /dev/null 2>&1 &
    echo $! > worker.pid
    ;;
  stop) touch stopping; alive && kill -TERM "$pid" ;;
  kill) alive && kill "-\${2#--signal=SIG}" "$pid" ;;
  show)
    if ! alive; then echo inactive; elif [ -e stopping ]; then echo deactivating; else echo active; fi
    ;;
esac
exit 0
`;

const worker = `
cd "$MUSTER_ROOT"
${taskLoop(1)}`;

export interface AgentHost {
  readonly root: string;
  readonly environment: NodeJS.ProcessEnv;
  /** What the agent and its scripts said. */
  said(): string;
  /** What systemd was asked, a line each. */
  asked(): string[];
  at(path: string): string;
  write(path: string, text: string): void;
  /** Runs the agent until it is stopped or ends by itself. */
  start(settings: Readonly<Record<string, string>>): void;
  /** The agent has ended. */
  ended(): boolean;
  tasks(folder: 'queue' | 'running' | 'done'): string[];
  until(what: string, holds: () => unknown): Promise<void>;
  stop(): Promise<void>;
}

export function makeAgentHost(variables: NodeJS.ProcessEnv): AgentHost {
  const folder = temporaryFolder('agent');
  const root = folder.path;
  const at = (path: string) => join(root, path);
  const write = (path: string, text: string) => {
    mkdirSync(dirname(at(path)), { recursive: true });
    writeFileSync(at(path), text);
  };
  for (const name of ['queue', 'running', 'done', 'etc/muster', 'var/tmp', 'bin', 'lib']) {
    mkdirSync(at(name), { recursive: true });
  }
  for (const name of readdirSync(agentFolder).filter((it) => it.endsWith('.sh'))) {
    copyFileSync(join(agentFolder, name), at(`lib/${basename(name, '.sh')}`));
  }
  write('bin/systemctl', systemctl);
  chmodSync(at('bin/systemctl'), 0o755);
  write('worker', worker);
  const environment: NodeJS.ProcessEnv = {
    PATH: [at('bin'), dirname(awsCliTool.program('aws')), process.env.PATH].join(':'),
    MUSTER_ROOT: root,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    MUSTER_TICK_SECONDS: '0.2',
    MUSTER_LOOK_SECONDS: '1',
    MUSTER_FAILURE_SECONDS: '1',
    ...variables,
  };
  let said = '';
  let agent: ChildProcess | null = null;
  return {
    root,
    environment,
    at,
    write,
    said: () => said,
    asked: () =>
      existsSync(at('asked')) ? readFileSync(at('asked'), 'utf8').trim().split('\n') : [],
    start(settings) {
      const lines = Object.entries({ AWS_REGION: 'eu-west-1', ...settings });
      write('etc/muster/worker.env', lines.map(([name, value]) => `${name}="${value}"\n`).join(''));
      agent = spawn(at('lib/agent'), { env: environment, detached: true, stdio: 'pipe' });
      for (const stream of [agent.stdout, agent.stderr]) {
        stream?.setEncoding('utf8').on('data', (words: string) => {
          said += words;
        });
      }
    },
    ended: () => agent?.exitCode !== null,
    tasks: (name) => readdirSync(at(name)),
    async until(what, holds) {
      const end = performance.now() + 45_000;
      while (!(await holds())) {
        if (performance.now() > end) throw new Error(`not in 45 s: ${what}\n${said}`);
        await sleep(50);
      }
    },
    async stop() {
      const processes = [agent?.pid];
      if (existsSync(at('worker.pid')))
        processes.push(Number(readFileSync(at('worker.pid'), 'utf8')));
      for (const id of processes) {
        try {
          if (id) process.kill(-id, 'SIGKILL');
        } catch {
          // It has ended by itself.
        }
      }
      await sleep(50);
      rmSync(root, { recursive: true, force: true });
    },
  };
}
