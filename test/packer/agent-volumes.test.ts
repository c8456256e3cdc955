/**
 * Existing volumes, on real block devices: loop devices stand for volumes, and a recorded `aws` for the
 * attachment, as EC2 can attach nothing to this machine.
 */
import { chmodSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parseDeclaration } from '../../pool/load.ts';
import { volumeSections } from '../../stacks/boot-sections.ts';
import type { PoolPlace } from '../../stacks/pool-in-region.ts';
import { missingParts } from '../harness/missing-part.ts';
import { projectRoot } from '../harness/project-root.ts';
import { runProcess } from '../harness/run-process.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';
import { smallest } from '../stacks/declarations.ts';

const shell = (script: string) => runProcess('bash', ['-ec', script], { limitSeconds: 30 });
const loopDevices = {
  name: 'loop devices',
  install: 'run as root on Linux with loop devices and mkfs.ext4',
  present: async () =>
    process.getuid?.() === 0 && (await shell('losetup -f && command -v mkfs.ext4')).exitCode === 0,
};
const missing = await missingParts([loopDevices]);
const volume = 'vol-0123456789abcdef0';

describe.skipIf(missing).each(['the agent', 'user data, as the image has no agent'])(
  'the existing volumes of a pool, by %s',
  { timeout: 60_000 },
  (way) => {
    const folder = temporaryFolder('agent-volumes');
    const at = (path: string) => join(folder.path, path);
    const mountPoint = at('cache');
    /** What runs, and where user data has it mounted again after a restart. */
    const command = () => {
      if (way === 'the agent') return [join(projectRoot, 'packer/agent/mount-volumes.sh')];
      const { fleet } = parseDeclaration(smallest, 'muster.yaml');
      const [pool] = fleet.pools;
      const storage = { ...pool!.storage, attached: [{ id: volume, mountPoint }] };
      const [section = ''] = volumeSections({
        fleet,
        pool: { ...pool!, storage },
      } as unknown as PoolPlace);
      expect(section).toContain('>> /etc/fstab');
      return [
        '-c',
        `set -euo pipefail\ninstance=$MUSTER_INSTANCE_ID\n${section.replace('/etc/fstab', at('fstab'))}`,
      ];
    };
    let device: string;

    beforeAll(async () => {
      mkdirSync(at('bin'));
      writeFileSync(
        at('bin/aws'),
        `#!/bin/bash\necho "$*" >> ${at('asked')}\n[ ! -e ${at('in-use')} ] || { echo "$(cat ${at('in-use')})" >&2; exit 254; }\n`,
      );
      chmodSync(at('bin/aws'), 0o755);
    });

    beforeEach(async () => {
      rmSync(at('asked'), { force: true });
      await release();
      rmSync(at('dev'), { recursive: true, force: true });
      mkdirSync(at('dev/disk/by-id'), { recursive: true });
      device = (
        await shell(
          `truncate -s 0 ${at('image')}; truncate -s 32M ${at('image')}; losetup -f --show ${at('image')}`,
        )
      ).stdout.trim();
    });
    afterAll(async () => {
      await release();
      folder.remove();
    });

    async function release() {
      await shell(
        `umount ${mountPoint} 2> /dev/null || true; [ -z "${device ?? ''}" ] || losetup -d ${device ?? ''} || true`,
      );
      device = '';
    }
    const showAs = (name: string) => symlinkSync(device, at(`dev/${name}`));
    const nvme = `disk/by-id/nvme-Amazon_Elastic_Block_Store_${volume.replace('-', '')}`;
    const mount = (change: NodeJS.ProcessEnv = {}) =>
      runProcess('bash', command(), {
        limitSeconds: 40,
        environment: {
          PATH: `${at('bin')}:${process.env.PATH}`,
          MUSTER_DEVICES: at('dev'),
          MUSTER_INSTANCE_ID: 'i-0123456789abcdef0',
          MUSTER_VOLUMES: `${volume}=${mountPoint}`,
          MUSTER_DEVICE_WAIT_SECONDS: '3',
          ...change,
        },
      });

    it.each([nvme, 'sdk', 'xvdk'])(
      'keep what a worker wrote for the next one, as device %s',
      async (name) => {
        showAs(name);
        expect(await mount()).toMatchObject({ exitCode: 0, stderr: '' });
        writeFileSync(join(mountPoint, 'from-the-first'), 'kept');
        // The worker ends, and the next one has the same volume.
        await shell(`umount ${mountPoint}`);
        rmSync(mountPoint, { recursive: true });
        expect(await mount()).toMatchObject({ exitCode: 0, stderr: '' });
        expect(readFileSync(join(mountPoint, 'from-the-first'), 'utf8')).toBe('kept');
        const call = `ec2 attach-volume --volume-id ${volume} --instance-id i-0123456789abcdef0 --device /dev/sdk`;
        expect(readFileSync(at('asked'), 'utf8').trim().split('\n')).toEqual([call, call]);
        if (way !== 'the agent') {
          const line = new RegExp(
            `^UUID=[0-9a-f-]{36} ${mountPoint} auto noatime,nofail 0 2$`,
            'm',
          );
          expect(readFileSync(at('fstab'), 'utf8')).toMatch(line);
        }
      },
    );

    it('are left alone when they hold what is no filesystem', async () => {
      showAs('xvdk');
      // Neither has a signature of a filesystem; the first has none at all.
      for (const held of ['somebody wrote this', 'LABELONE']) {
        await shell(
          `head -c 1048576 /dev/zero > ${device}; printf '${held}' | dd of=${device} bs=1 seek=4096 conv=notrunc status=none`,
        );
        const before = readFileSync(at('image'));
        const { exitCode, stderr } = await mount();
        expect([exitCode, stderr]).toEqual([1, expect.stringContaining('left alone')]);
        expect(readFileSync(at('image')).equals(before)).toBe(true);
      }
    });

    it('fail the boot when another device shows up, or none', async () => {
      showAs('xvdz');
      const { exitCode, stderr } = await mount();
      expect([exitCode, stderr]).toEqual([1, `volumes: ${volume} did not show up within 3 s\n`]);
    });

    it('are left to other workers where they are in another zone', async () => {
      writeFileSync(at('in-use'), `An error (InvalidVolume.ZoneMismatch): ${volume} is elsewhere`);
      const left = { exitCode: 0, stdout: `volumes: ${volume} is in another zone\n` };
      expect(await mount()).toMatchObject(left);
      rmSync(at('in-use'));
    });

    it('are waited for as long as the worker before holds them', async () => {
      showAs(nvme);
      const held = (by: string) =>
        writeFileSync(
          at('in-use'),
          `An error (VolumeInUse): ${volume} is already attached to ${by}`,
        );
      held('i-0fedcba9876543210');
      const { exitCode, stderr } = await mount();
      expect([exitCode, stderr]).toEqual([
        1,
        expect.stringContaining('cannot be attached: An error'),
      ]);
      held('i-0123456789abcdef0');
      expect((await mount()).exitCode).toBe(0);
      rmSync(at('in-use'));
    });
  },
);
