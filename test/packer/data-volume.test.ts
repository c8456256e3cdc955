/**
 * How the data volume's device is found where a name of EC2 stands for an NVMe disk. What the kernel and the
 * controllers say is recorded: `/sys/block` is a folder, and `nvme` prints the bytes of `nvme id-ctrl --raw-binary`.
 * Formatting and mounting real block devices: `packer/ansible/molecule/verify-data-volume.sh`.
 */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { projectRoot } from '../harness/project-root.ts';
import { runProcess } from '../harness/run-process.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';

const script = join(projectRoot, 'packer/ansible/roles/muster_worker/files/data-volume.sh');
const folder = temporaryFolder('data-volume');
const at = (path: string) => join(folder.path, path);
afterAll(() => folder.remove());

/** Bytes 3072 to 3103 of what a controller of EBS says of itself: the name at launch, padded with spaces. */
function controller(disk: string, model: string, name = ''): void {
  mkdirSync(at(`block/${disk}/device`), { recursive: true });
  writeFileSync(at(`block/${disk}/device/model`), `${model.padEnd(40)}\n`);
  const bytes = Buffer.alloc(4_096);
  bytes.write(name.padEnd(32), 3_072, 'latin1');
  writeFileSync(at(`id-ctrl-${disk}`), bytes);
}
const ebs = 'Amazon Elastic Block Store';
controller('nvme0n1', ebs, '/dev/xvda');
controller('nvme1n1', ebs, 'sdf');
controller('nvme2n1', ebs, '/dev/xvdh');
controller('nvme3n1', 'Amazon EC2 NVMe Instance Storage');
mkdirSync(at('bin'));
const nvme = `#!/bin/bash\n[ "$1 $2" = 'id-ctrl --raw-binary' ] && cat "${folder.path}/id-ctrl-\${3#/dev/}"\n`;
writeFileSync(at('bin/nvme'), nvme);
chmodSync(at('bin/nvme'), 0o755);

async function found(settings: NodeJS.ProcessEnv) {
  const { exitCode, stdout, stderr } = await runProcess('bash', [script, '--show'], {
    limitSeconds: 20,
    environment: {
      PATH: `${at('bin')}:${process.env.PATH}`,
      MUSTER_BLOCKS: at('block'),
      MUSTER_DEVICE_WAIT_SECONDS: '1',
      ...settings,
    },
  });
  return exitCode === 0 ? stdout.trim() : stderr.trim();
}

describe('the device of the data volume', () => {
  it.each([
    ['as it was named at launch', { MUSTER_DATA_DEVICE: '/dev/sdf' }, '/dev/nvme1n1'],
    ['by the name that the kernel once gave', { MUSTER_DATA_DEVICE: '/dev/xvdf' }, '/dev/nvme1n1'],
    ['the other way round', { MUSTER_DATA_DEVICE: '/dev/sdh' }, '/dev/nvme2n1'],
    ['with /dev/ before its name', { MUSTER_DATA_DEVICE: '/dev/xvdh' }, '/dev/nvme2n1'],
    [
      'a disk of the instance first',
      { MUSTER_LOCAL_DEVICE: 'true', MUSTER_DATA_DEVICE: '/dev/sdf' },
      '/dev/nvme3n1',
    ],
    ['none where none is declared', { MUSTER_DATA_DEVICE: 'nodevice' }, 'none'],
    [
      'not another one',
      { MUSTER_DATA_DEVICE: '/dev/sdg' },
      'data volume: /dev/sdg did not show up within 1 s; attach it, or declare nodevice',
    ],
  ])('is found %s', async (_, settings, device) => {
    expect(await found(settings)).toBe(device);
  });
});
