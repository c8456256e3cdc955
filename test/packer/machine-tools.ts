/** What it takes to run the roles on a machine in namespaces. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../harness/project-root.ts';
import { debianTool, findProgram } from '../harness/tools/debian-tool.ts';
import { installOnce, runInstaller } from '../harness/tools/install-once.ts';
import { pythonTool } from '../harness/tools/python-tool.ts';
import type { Tool } from '../harness/tools/tool.ts';
import { toolFolder } from '../harness/tools/tool-folder.ts';

/** Ansible, ansible-lint, molecule and shellcheck. */
export const ansibleTool = pythonTool({
  name: 'ansible',
  requirements: join(projectRoot, 'test', 'packer', 'requirements.txt'),
});

const programs = debianTool({
  name: 'mmdebstrap',
  packages: ['mmdebstrap', 'slirp4netns', 'openssh-client', 'util-linux'],
  present: () =>
    ['mmdebstrap', 'slirp4netns', 'ssh', 'nsenter'].every((name) => findProgram(name) !== null),
});

/** Starts and stops a machine. */
export const machineScript = join(projectRoot, 'packer', 'ansible', 'molecule', 'machine.sh');
const folder = toolFolder('machine-tree', ['bookworm', '2']);

/** The machine's files, in a tar. */
export const machineTree = join(folder, 'tree.tar');

export const machineTool: Tool = {
  name: 'the files of a Debian machine',
  byHand: 'run as root on Debian or Ubuntu; `npm test` gets the rest',
  impossible: () => {
    const options = { encoding: 'utf8', timeout: 30_000 } as const;
    const { status, stdout, error } = spawnSync('bash', [machineScript, 'possible'], options);
    return status === 0 ? null : stdout.trim() || String(error);
  },
  install: async () => {
    await programs.install();
    await installOnce(folder, async () => {
      mkdirSync(folder, { recursive: true });
      await runInstaller('bash', [machineScript, 'tree', machineTree]);
      if (!existsSync(machineTree)) throw new Error(`${machineScript} made no ${machineTree}`);
    });
  },
};
