import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../free-port.ts';
import { runProcess } from '../run-process.ts';
import { answers, environmentWithoutAws, startServer } from '../start-server.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { pythonTool } from '../tools/python-tool.ts';

export interface Buildbot {
  /** `http://127.0.0.1:PORT`; the REST API is below `/api/v2`. */
  readonly url: string;
  /** Connects a real worker of this name, which takes one build at a time. */
  startWorker(name: string): Promise<{ stop(): Promise<void> }>;
  stop(): Promise<void>;
}

export interface BuildbotOptions {
  /** Names the master knows; their password is `secret`. Default: `worker-1`. */
  readonly workers?: readonly string[];
  /** How long the one step of the one builder, `build`, sleeps. Default 1. */
  readonly buildSeconds?: number;
}

export const buildbotTool = pythonTool({
  name: 'buildbot',
  requirements: join(dirname(fileURLToPath(import.meta.url)), 'buildbot-requirements.txt'),
});

const commandLimitSeconds = 60;

/** A Buildbot master with one builder, `build`, of the tag `linux`, and one force scheduler, `force`. */
export async function startBuildbot(options: BuildbotOptions = {}): Promise<Buildbot> {
  await buildbotTool.install();
  const { workers = ['worker-1'], buildSeconds = 1 } = options;
  const [port, workerPort] = [await freePort(), await freePort()];
  const folder = temporaryFolder('buildbot');
  const master = join(folder.path, 'master');
  await succeed(buildbotTool.program('buildbot'), ['create-master', '-r', master]);
  const configuration = masterConfiguration({ port, workerPort, workers, buildSeconds });
  writeFileSync(join(master, 'master.cfg'), configuration);
  writeFileSync(join(master, 'run.tac'), masterProgram);
  const url = `http://127.0.0.1:${port}`;
  const server = await startServer({
    name: 'Buildbot',
    command: buildbotTool.program('twistd'),
    parameters: ['--nodaemon', '--pidfile=', '-y', 'run.tac'],
    directory: master,
    ready: () => answers(`${url}/api/v2/builders/1`),
  });
  return {
    url,
    async startWorker(name) {
      const place = join(folder.path, name);
      mkdirSync(place);
      writeFileSync(join(place, 'run.tac'), workerProgram(workerPort, name));
      return startServer({
        name: `Buildbot worker ${name}`,
        command: buildbotTool.program('twistd'),
        parameters: ['--nodaemon', '--pidfile=', '-y', 'run.tac'],
        directory: place,
        ready: () => isConnected(url, name),
      });
    },
    async stop() {
      await server.stop();
      folder.remove();
    },
  };
}

async function isConnected(url: string, name: string): Promise<boolean> {
  const response = await fetch(`${url}/api/v2/workers?name=${name}`);
  const { workers } = (await response.json()) as { workers: { connected_to: unknown[] }[] };
  return (workers[0]?.connected_to.length ?? 0) > 0;
}

async function succeed(command: string, parameters: readonly string[]): Promise<void> {
  const environment = environmentWithoutAws();
  const limitSeconds = commandLimitSeconds;
  const result = await runProcess(command, parameters, { environment, limitSeconds });
  if (result.exitCode !== 0) throw new Error(`${command}: ${result.stdout}\n${result.stderr}`);
}

/** Unlike the program that `create-master` writes, it logs to stdout. */
const masterProgram = `
from twisted.application import service
from buildbot.master import BuildMaster
application = service.Application('buildmaster')
BuildMaster('.', 'master.cfg').setServiceParent(application)
`;

function workerProgram(port: number, name: string): string {
  return `
from twisted.application import service
from buildbot_worker.bot import Worker
application = service.Application('buildbot-worker')
Worker('127.0.0.1', ${port}, '${name}', 'secret', '.', keepalive=600).setServiceParent(application)
`;
}

/** Equal requests stay apart: by default a master makes one of them, and its queue seems shorter. */
function masterConfiguration(options: {
  readonly port: number;
  readonly workerPort: number;
  readonly workers: readonly string[];
  readonly buildSeconds: number;
}): string {
  const names = JSON.stringify(options.workers);
  return `
from buildbot.plugins import schedulers, steps, util, worker
c = BuildmasterConfig = {}
c['workers'] = [worker.Worker(name, 'secret', max_builds=1) for name in ${names}]
c['protocols'] = {'pb': {'port': 'tcp:${options.workerPort}:interface=127.0.0.1'}}
c['schedulers'] = [schedulers.ForceScheduler(name='force', builderNames=['build'])]
factory = util.BuildFactory([steps.ShellCommand(command=['sleep', '${options.buildSeconds}'])])
c['builders'] = [util.BuilderConfig(name='build', workernames=${names}, factory=factory, tags=['linux'])]
c['collapseRequests'] = False
c['buildbotURL'] = 'http://127.0.0.1:${options.port}/'
c['www'] = dict(port='tcp:${options.port}:interface=127.0.0.1', plugins={})
c['db'] = {'db_url': 'sqlite:///state.sqlite'}
c['buildbotNetUsageData'] = None
`;
}
