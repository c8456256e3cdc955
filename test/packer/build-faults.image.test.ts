/** What can go wrong while an image is built, and what must not be left of it. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { beforeEach, describe, expect, it } from 'vitest';
import { recordFile } from '../../account/build-image.ts';
import { runPacker } from '../../account/run-packer.ts';
import { missingParts } from '../harness/missing-part.ts';
import { motoPart } from '../harness/moto.ts';
import { toolPart } from '../harness/tools/tool.ts';
import { declaration, type ImageWorld, sourceImage, useImageWorld } from './image-world.ts';
import { packerTool } from './packer-tools.ts';

const missing = await missingParts([motoPart, toolPart(packerTool)]);

describe.skipIf(missing)('an image build that fails', { timeout: 120_000 }, () => {
  let world: ImageWorld;
  const started = useImageWorld();
  beforeEach(() => {
    world = started();
  });

  it('says that a base image is missing, and makes nothing', async () => {
    await expect(world.build({ layers: 'worker' })).rejects.toThrow(
      'pools.linux: fleet ci has no base image of ubuntu-24.04 for x86_64 in eu-west-1; ' +
        'run npx muster image build linux --layer both',
    );
    const absent = declaration().replace(sourceImage, 'ami-0123456789abcdef0');
    await expect(world.build({}, absent)).rejects.toThrow(
      'pools.linux.image.build.from.x86_64: there is no image ami-0123456789abcdef0 in this region',
    );
    expect(world.ec2.calls.filter(({ action }) => !action.startsWith('Describe'))).toEqual([]);
  });

  it('leaves nothing of copies that came to half, and the record as it was', async () => {
    const first = await world.build();
    const images = {
      europe: await world.ownImages('eu-west-1'),
      us: await world.ownImages('us-east-1'),
    };
    const snapshots = (await world.ownSnapshots('eu-west-1')).length;
    world.ec2.fail(({ action, region }) =>
      action === 'CopyImage' && region === 'us-east-1'
        ? { status: 400, code: 'ResourceLimitExceeded' }
        : null,
    );
    await expect(world.build()).rejects.toThrow(
      /^worker layer of linux, x86_64: packer build failed: .*us-east-1.*the previous image stays in use$/s,
    );
    expect((await world.ownImages('eu-west-1')).map(({ ImageId }) => ImageId).sort()).toEqual(
      images.europe.map(({ ImageId }) => ImageId).sort(),
    );
    expect((await world.ownImages('us-east-1')).length).toBe(images.us.length);
    expect((await world.ownSnapshots('eu-west-1')).length).toBe(snapshots);
    expect(await world.leftovers()).toEqual([]);
    expect(JSON.parse(readFileSync(recordFile(world.out, 'linux'), 'utf8'))).toEqual(first);
    // The lock went with the failed build.
    world.ec2.fail(() => null);
    expect((await world.build())?.images).not.toEqual(first?.images);
  });

  it('ends a build that takes too long, and removes what it made', async () => {
    // moto's instance has an address at which nothing answers: Packer waits for its ssh.
    await expect(world.build({ layers: 'base', limitSeconds: 8, provision: true })).rejects.toThrow(
      'packer build: not done after 8 s',
    );
    expect(world.lines.join('\n')).toContain('Terminating the source AWS instance');
    expect(await world.leftovers()).toEqual([]);
    expect(existsSync(recordFile(world.out, 'linux'))).toBe(false);
  });

  it('refuses a second build, and takes over from one that is dead', async () => {
    const ssm = new SSMClient({ region: 'eu-west-1', endpoint: world.moto.endpoint });
    const Name = '/muster/ci/image-build/linux';
    const hold = (until: string) =>
      ssm.send(
        new PutParameterCommand({
          Name,
          Type: 'String',
          Overwrite: true,
          Value: JSON.stringify({
            build: '1',
            by: 'process 7 on ci-3',
            since: '2026-01-01T00:00:00Z',
            until,
          }),
        }),
      );
    await hold('2126-01-01T00:00:00Z');
    await expect(world.build()).rejects.toThrow(
      'another build of this image runs: process 7 on ci-3, since 2026-01-01T00:00:00Z',
    );
    expect(world.ec2.calls).toEqual([]);
    await hold('2026-01-01T01:00:00Z');
    expect(Object.keys((await world.build())?.images ?? {})).toHaveLength(2);
    // Two at once: one of them builds.
    const both = await Promise.allSettled([world.build(), world.build()]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    ssm.destroy();
  });

  it('reports a fault of Packer and of a missing Packer', async () => {
    writeFileSync(join(world.out, 'bad.pkr.hcl'), 'source "amazon-ebs" {');
    const run = { limitSeconds: 30, environment: {}, onLine: () => {} };
    await expect(runPacker(['validate', join(world.out, 'bad.pkr.hcl')], run)).rejects.toThrow(
      /^packer validate failed: /,
    );
    await expect(
      runPacker(['version'], { ...run, environment: { PATH: world.out } }),
    ).rejects.toThrow('packer is not there: install Packer 1.9 or later and put it on PATH');
  });
});
