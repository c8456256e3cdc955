/** Files of machines other than a Debian of this architecture. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../harness/project-root.ts';
import { debianTool } from '../harness/tools/debian-tool.ts';
import { installOnce, runInstaller } from '../harness/tools/install-once.ts';
import type { Tool } from '../harness/tools/tool.ts';
import { toolFolder } from '../harness/tools/tool-folder.ts';
import { machineScript, machineTool } from './machine-tools.ts';

export interface MachineTree extends Tool {
  /** The machine's files, in a tar. */
  readonly tree: string;
}

const conditions = {
  byHand: machineTool.byHand,
  ...(machineTool.impossible && { impossible: machineTool.impossible }),
};

const scripts = join(projectRoot, 'packer', 'ansible', 'molecule', 'amazon-linux');
/** It is made anew when one of its scripts changes. */
const amazonLinuxFolder = toolFolder(
  'amazon-linux-tree',
  ['tree.sh', 'distribution.sh'].map((script) => readFileSync(join(scripts, script), 'utf8')),
);

/** Stands for Amazon Linux 2023: a Debian that says so, with dnf and rpm. */
export const amazonLinuxTree: MachineTree = {
  ...conditions,
  name: 'the files of a machine that stands for Amazon Linux',
  tree: join(amazonLinuxFolder, 'tree.tar'),
  install: async () => {
    await machineTool.install();
    await installOnce(amazonLinuxFolder, (folder) =>
      runInstaller('bash', [join(scripts, 'tree.sh'), join(folder, 'tree.tar')]),
    );
  },
};

const binaryFormats = '/proc/sys/fs/binfmt_misc';
const emulator = debianTool({
  name: 'qemu-user-static',
  packages: ['qemu-user-static', 'arch-test'],
  present: () =>
    existsSync('/usr/lib/binfmt.d/qemu-aarch64.conf') && existsSync('/usr/bin/arch-test'),
});
const arm64Folder = toolFolder('arm64-tree', ['bookworm', '1']);
/** Took 18 minutes on two busy cores. */
const arm64LimitSeconds = 3_600;

/** A Debian for arm64, whose programs the kernel hands to qemu. */
export const arm64Tree: MachineTree = {
  ...conditions,
  name: 'the files of a Debian machine for arm64',
  tree: join(arm64Folder, 'tree.tar'),
  install: async () => {
    await machineTool.install();
    await emulator.install();
    // It is the kernel's, and gone after each boot. With flag F it holds in every namespace.
    if (!existsSync(join(binaryFormats, 'register'))) {
      await runInstaller('mount', ['-t', 'binfmt_misc', 'binfmt_misc', binaryFormats]);
    }
    if (!existsSync(join(binaryFormats, 'qemu-aarch64'))) {
      const rule = readFileSync('/usr/lib/binfmt.d/qemu-aarch64.conf', 'utf8');
      writeFileSync(join(binaryFormats, 'register'), rule);
    }
    const tree = (folder: string) => [machineScript, 'tree', join(folder, 'tree.tar'), 'arm64'];
    await installOnce(
      arm64Folder,
      (folder) => runInstaller('bash', tree(folder), { limitSeconds: arm64LimitSeconds }),
      undefined,
      arm64LimitSeconds,
    );
  },
};
