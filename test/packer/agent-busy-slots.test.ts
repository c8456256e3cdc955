/**
 * How the agent counts busy slots of each kind of worker, on real processes. `systemctl show` and the folder of
 * the control group stand in for systemd's, and an HTTP server for Concourse's Garden.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { projectRoot } from '../harness/project-root.ts';
import { runProcess } from '../harness/run-process.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';

const folder = temporaryFolder('agent-busy');
const at = (path: string) => join(folder.path, path);
for (const name of ['bin', 'group/unit', 'run/muster']) mkdirSync(at(name), { recursive: true });
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});
afterAll(() => folder.remove());

const agent = (name: string) => join(projectRoot, 'packer/agent', name);
async function run(script: string, environment: NodeJS.ProcessEnv, ...parameters: string[]) {
  const { exitCode, stdout } = await runProcess('bash', [agent(script), ...parameters], {
    limitSeconds: 20,
    environment: {
      PATH: `${at('bin')}:${process.env.PATH}`,
      MUSTER_ROOT: folder.path,
      MUSTER_CGROUPS: at('group'),
      ...environment,
    },
  });
  return [exitCode, stdout.trim()];
}
const busy = (MUSTER_WORKER_KIND: string, more: NodeJS.ProcessEnv = {}) =>
  run('busy-slots.sh', { MUSTER_WORKER_KIND, MUSTER_QUIET_SECONDS: '2', ...more });

function program(name: string): number {
  const child = spawn(at(`bin/${name}`), ['60'], { stdio: 'ignore' });
  children.push(child);
  return child.pid ?? 0;
}
for (const name of ['twistd', 'make', 'Runner.Listener', 'Runner.Worker']) {
  copyFileSync('/bin/sleep', at(`bin/${name}`));
  chmodSync(at(`bin/${name}`), 0o755);
}

function unitOf(...processes: number[]): void {
  const [main] = processes;
  const show = `#!/bin/bash\ncase $3 in MainPID) echo ${main} ;; ControlGroup) echo /unit ;; esac\n`;
  writeFileSync(at('bin/systemctl'), show);
  chmodSync(at('bin/systemctl'), 0o755);
  writeFileSync(at('group/unit/cgroup.procs'), processes.map((id) => `${id}\n`).join(''));
}

describe('busy slots', () => {
  it.each(['buildbot', 'gitea'])(
    'of %s: a process beside the main one, and a while after',
    async (kind) => {
      const main = program('twistd');
      await sleep(2_100);
      unitOf(main);
      expect(await busy(kind)).toEqual([0, '0']);
      unitOf(main, program('make'));
      expect(await busy(kind)).toEqual([0, '1']);
      unitOf(main);
      expect(await busy(kind)).toEqual([0, '1']);
      await sleep(3_000);
      expect(await busy(kind)).toEqual([0, '0']);
    },
  );

  it('of a GitHub runner: its process for a job', async () => {
    const listener = program('Runner.Listener');
    unitOf(listener);
    expect(await busy('github')).toEqual([0, '0']);
    unitOf(listener, program('Runner.Worker'));
    expect(await busy('github')).toEqual([0, '1']);
  });

  it('of Concourse: containers; it cannot tell where Garden does not answer', async () => {
    const server = createServer((request, response) => {
      response.end(request.url === '/containers' ? '{"Handles":["a","b"]}' : '{}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    expect(await busy('concourse', { MUSTER_GARDEN_URL: url })).toEqual([0, '2']);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    const [exitCode] = await busy('concourse', { MUSTER_GARDEN_URL: url });
    expect(exitCode).not.toBe(0);
  });

  it('of a command: one, unless a command says', async () => {
    expect(await busy('command')).toEqual([0, '1']);
    expect(await busy('command', { MUSTER_BUSY_COMMAND: 'echo 3' })).toEqual([0, '3']);
  });

  it.each([
    ['github', {}, 0],
    ['buildbot', {}, 0],
    ['gitea', {}, 0],
    ['concourse', {}, 1],
    ['command', {}, 1],
    ['command', { MUSTER_BUSY_COMMAND: 'echo 3' }, 0],
  ])('of %s (%o) are those of its tasks: exit code %i', async (kind, more, expected) => {
    const environment = { MUSTER_WORKER_KIND: kind, ...more };
    expect(await run('busy-slots.sh', environment, '--of-task')).toEqual([expected, '']);
  });
});

describe("the worker's master", () => {
  it('is reached as its kind says', async () => {
    const server = createServer((_, response) => response.writeHead(404).end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const kinds = [
      { MUSTER_WORKER_KIND: 'concourse', CONCOURSE_TSA_HOST: `${address},other:2222` },
      { MUSTER_WORKER_KIND: 'buildbot', MUSTER_BUILDBOT_MASTER: address },
      { MUSTER_WORKER_KIND: 'github', MUSTER_GITHUB_URL: `http://${address}/organization` },
      { MUSTER_WORKER_KIND: 'gitea', MUSTER_GITEA_URL: `http://${address}` },
      { MUSTER_MASTER_COMMAND: 'true' },
    ];
    const reached = () => Promise.all(kinds.map((kind) => run('reach-master.sh', kind)));
    const codes = async () => (await reached()).map(([exitCode]) => exitCode === 0);
    expect(await codes()).toEqual([true, true, true, true, true]);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    expect(await codes()).toEqual([false, false, false, false, true]);
    expect(await run('reach-master.sh', {}, '--declared')).toEqual([1, '']);
    expect(await run('reach-master.sh', kinds[0]!, '--declared')).toEqual([0, '']);
  });
});
