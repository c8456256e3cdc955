/**
 * An image of a worker, made by the role `muster_worker` on a machine in namespaces: the files that machines start
 * from. Its worker takes tasks from a folder; `aws ec2 attach-volume` makes a disk of the machine appear under its
 * volume's name, as EC2 can attach nothing to it.
 */
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import { projectRoot } from '../harness/project-root.ts';
import { type ProcessResult, runProcess } from '../harness/run-process.ts';
import { awsCliTool } from '../harness/servers/aws-cli.ts';
import { ansibleTool, machineScript, machineTree } from './machine-tools.ts';
import { taskLoop } from './task-loop.ts';

export const limitSeconds = 600;
export const volume = 'vol-0123456789abcdef0';
/** The worker works in it. */
export const work = '/var/lib/muster/work';

const worker = `#!/bin/bash
mkdir -p queue running done
${taskLoop(0)}`;

const aws = `#!/bin/bash
if [ "$1 $2" = 'ec2 attach-volume' ]; then
  mkdir -p /dev/disk/by-id
  ln -sf /dev/disk2 /dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_${volume.replace('-', '')}
  exit
fi
PYTHONPATH=/opt/aws exec python3 -m awscli "$@"
`;

/** Runs machine.sh; the machine reaches what listens on 127.0.0.1 here. */
export const script = (parameters: string[], environment: NodeJS.ProcessEnv = {}) =>
  runProcess('bash', [machineScript, ...parameters], {
    limitSeconds,
    environment: { ...process.env, MUSTER_MACHINE_HOST: 'true', ...environment },
  });
/** Its output. Fails the test where it has failed. */
export const done = ({ exitCode, stdout, stderr }: ProcessResult) => {
  expect(exitCode, `${stdout}\n${stderr}`).toBe(0);
  return stdout.trim();
};
const install = (root: string, path: string, text: string) => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text, { mode: 0o755 });
};

/** Makes `image.tar` in the folder. */
export async function makeWorkerImage(folder: string): Promise<string> {
  const image = join(folder, 'image.tar');
  const machine = join(folder, 'build');
  try {
    done(await script(['start', machine, machineTree]));
    await provision(folder, machine);
    const tar = ['-C', join(machine, 'root'), '-cf', image, '--exclude=./dev/*', '.'];
    done(await runProcess('tar', tar, { limitSeconds }));
  } finally {
    await script(['stop', machine]);
  }
  return image;
}

async function provision(folder: string, machine: string): Promise<void> {
  const root = join(machine, 'root');
  install(root, 'opt/worker/run', worker);
  install(root, 'usr/local/bin/aws', aws);
  const packages = done(
    await runProcess(
      awsCliTool.python,
      ['-c', 'import awscli, os; print(os.path.dirname(os.path.dirname(awscli.__file__)))'],
      { limitSeconds: 60 },
    ),
  );
  cpSync(packages, join(root, 'opt/aws'), { recursive: true });
  const variables = {
    muster_layer: 'worker',
    muster_worker_kind: 'command',
    muster_worker_environment: {
      MUSTER_COMMAND: '/opt/worker/run',
      MUSTER_BUSY_COMMAND: `ls ${work}/running | wc -l`,
    },
    ansible_user: 'root',
    ansible_ssh_private_key_file: join(machine, 'key'),
    ansible_ssh_common_args:
      `-o ProxyCommand="bash ${machineScript} login ${machine}" ` +
      '-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null',
  };
  const file = join(folder, 'variables.json');
  writeFileSync(file, JSON.stringify(variables));
  done(
    await runProcess(
      ansibleTool.program('ansible-playbook'),
      ['site.yml', '--inventory', 'machine,', '--extra-vars', `@${file}`],
      {
        directory: join(projectRoot, 'packer', 'ansible'),
        limitSeconds,
        environment: {
          ...process.env,
          PATH: `${join(ansibleTool.python, '..')}:${process.env.PATH}`,
          NO_COLOR: '1',
        },
      },
    ),
  );
}
