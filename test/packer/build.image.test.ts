/** Real Packer with its real Amazon plugin, and an EC2 that is moto behind a recorder. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { recordFile } from '../../account/build-image.ts';
import { runPacker } from '../../account/run-packer.ts';
import { missingParts } from '../harness/missing-part.ts';
import { motoPart } from '../harness/moto.ts';
import { projectRoot } from '../harness/project-root.ts';
import { runProcess } from '../harness/run-process.ts';
import { toolPart } from '../harness/tools/tool.ts';
import { declaration, type ImageWorld, key, sourceImage, useImageWorld } from './image-world.ts';
import { packerEnvironment, packerTool } from './packer-tools.ts';

const missing = await missingParts([motoPart, toolPart(packerTool)]);

describe.skipIf(missing)('muster image build', { timeout: 120_000 }, () => {
  let world: ImageWorld;
  const started = useImageWorld();
  beforeEach(() => {
    world = started();
  });

  it('formats and validates', async () => {
    await expect(
      runPacker(['fmt', '-check', '-diff', join(projectRoot, 'packer')], {
        limitSeconds: 30,
        environment: packerEnvironment(),
        onLine: () => {},
      }),
    ).resolves.toBeUndefined();
    for (const layers of ['base', 'both'] as const) await world.build({ layers, dryRun: true });
    for (const layer of ['base', 'worker']) {
      const file = join(world.out, `linux-${layer}-x86_64.pkrvars.json`);
      const parameters = ['validate', `-var-file=${file}`, join(projectRoot, 'packer')];
      const valid = await runProcess('packer', parameters, { limitSeconds: 30 });
      expect(valid.stdout, valid.stderr).toContain('The configuration is valid.');
      const wrong = [...parameters.slice(0, 2), '-var=architecture=sparc', ...parameters.slice(2)];
      expect((await runProcess('packer', wrong, { limitSeconds: 30 })).exitCode).toBe(1);
    }
    expect(world.ec2.calls.filter(({ action }) => !action.startsWith('Describe'))).toEqual([]);
  });

  it('builds the base once and the worker from it, encrypted in every region', async () => {
    const first = await world.build();
    const built = first?.images ?? {};
    expect(Object.keys(built).sort()).toEqual(['eu-west-1', 'us-east-1']);
    expect(JSON.parse(readFileSync(recordFile(world.out, 'linux'), 'utf8'))).toEqual(first);

    const copies = world.ec2.calls.filter(({ action }) => action === 'CopyImage');
    expect(copies.length).toBe(3); // the base in one region, the worker in two
    for (const { region, parameters } of copies) {
      expect(parameters.get('Encrypted')).toBe('true');
      expect(parameters.get('KmsKeyId')).toBe(key(region));
    }
    for (const { parameters } of world.ec2.calls.filter(
      ({ action }) => action === 'RunInstances',
    )) {
      expect(parameters.get('MetadataOptions.HttpTokens')).toBe('required');
      expect(parameters.get('MetadataOptions.HttpPutResponseHopLimit')).toBe('1');
      expect(parameters.get('BlockDeviceMapping.1.Ebs.Encrypted')).toBe('true');
    }
    const imds = world.ec2.calls.filter(
      ({ parameters }) => parameters.get('ImdsSupport.Value') === 'v2.0',
    );
    expect(imds.length).toBe(3);
    const open = world.ec2.calls.filter(({ action }) => action === 'AuthorizeSecurityGroupIngress');
    for (const { parameters } of open) {
      expect(parameters.get('IpPermissions.1.IpRanges.1.CidrIp')).toBe('203.0.113.0/24');
    }

    for (const region of ['eu-west-1', 'us-east-1']) {
      const image = (await world.ownImages(region)).find(
        ({ ImageId }) => ImageId === built[region]?.x86_64,
      );
      const tags = Object.fromEntries((image?.Tags ?? []).map(({ Key, Value }) => [Key, Value]));
      expect(tags).toMatchObject({
        'muster:fleet': 'ci',
        'muster:pool': 'linux',
        'muster:layer': 'worker',
        'muster:git-commit': '0a1b2c3d',
        'muster:built-at': first?.builtAt,
        'muster:worker-kind': 'command',
        team: 'build',
      });
      expect(tags['muster:base-image']).not.toBe(sourceImage);
    }
    expect(await world.leftovers()).toEqual([]);

    const second = await world.build();
    expect(second?.images).not.toEqual(built);
    expect(world.ec2.calls.filter(({ action }) => action === 'RunInstances').length).toBe(3);
    // With `auto`, a base image is made anew once it is older than 30 days.
    await world.build({ now: new Date(Date.now() + 31 * 86_400_000) });
    expect(world.ec2.calls.filter(({ action }) => action === 'RunInstances').length).toBe(5);
  });

  it("asks the scheduler for the worker's version, and pins it", async () => {
    let answer = '{"version": "7.14.1", "worker_version": "2.5"}';
    const scheduler = createServer((request, response) => {
      response.statusCode = request.url === '/api/v1/info' ? 200 : 404;
      response.end(answer);
    });
    await new Promise<void>((resolve) => scheduler.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(scheduler.address() as AddressInfo).port}`;
    const worker = `concourse: { host: ci.example.com, hostKey: "ssm:/ci/host-key", workerKey: "ssm:/ci/key" }, versionFrom: "${url}"`;
    expect((await world.build({}, declaration(worker)))?.workerVersion).toBe('7.14.1');
    const variables = readFileSync(join(world.out, 'linux-worker-x86_64.pkrvars.json'), 'utf8');
    expect(JSON.parse(JSON.parse(variables).ansible_variables)).toMatchObject({
      muster_worker_kind: 'concourse',
      muster_worker_version: '7.14.1',
      muster_worker_environment: { CONCOURSE_TSA_HOST: 'ci.example.com:2222' },
      muster_worker_secrets: { 'tsa-host-key': 'ssm:/ci/host-key', 'worker-key': 'ssm:/ci/key' },
    });
    answer = '{"version": "$(reboot)"}';
    await expect(world.build({}, declaration(worker))).rejects.toThrow(
      `${url}/api/v1/info says no version`,
    );
    scheduler.close();
    await expect(world.build({}, declaration(worker))).rejects.toThrow(
      /^pools\.linux\.worker\.versionFrom: http.*; mend that, or pin it with version$/,
    );
  });
});
