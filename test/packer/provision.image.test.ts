/**
 * The whole of a build: real Packer comes in over ssh, uploads the roles, runs Ansible on the machine,
 * cleans up and runs the image test, and moto makes the image. As moto's instances do not boot, a machine
 * in namespaces stands for the instance.
 */

import { spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readManifest } from '../../account/build-image-manifest.ts';
import { packerFolder, runPacker } from '../../account/run-packer.ts';
import { missingParts } from '../harness/missing-part.ts';
import { motoPart } from '../harness/moto.ts';
import { runProcess } from '../harness/run-process.ts';
import { toolPart } from '../harness/tools/tool.ts';
import { type ImageWorld, sourceImage, startImageWorld } from './image-world.ts';
import { machineScript, machineTool, machineTree } from './machine-tools.ts';
import { packerTool, telegrafTool } from './packer-tools.ts';

const tools = [packerTool, machineTool, telegrafTool].map(toolPart);
const missing = await missingParts([motoPart, ...tools]);
const limitSeconds = 900;

describe.skipIf(missing)('Packer on a machine', { timeout: limitSeconds * 1_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'muster-provision-'));
  const machine = join(folder, 'machine');
  let world: ImageWorld;
  let relay: Server;
  let fingerprint = '';

  const onMachine = async (...parameters: string[]) => {
    const done = await runProcess('bash', [machineScript, ...parameters], { limitSeconds });
    expect(done.exitCode, `${parameters[0]}: ${done.stdout}\n${done.stderr}`).toBe(0);
    return done.stdout;
  };
  /** The last step of a build takes every key away, as it must: here another build follows. */
  const letIn = () =>
    copyFileSync(join(machine, 'key.pub'), join(machine, 'root/root', '.ssh/authorized_keys'));

  beforeAll(async () => {
    world = await startImageWorld();
    await onMachine('start', machine, machineTree);
    const files = join(machine, 'root', 'srv');
    copyFileSync(telegrafTool.program, join(files, 'telegraf'));
    copyFileSync(
      join(packerFolder, 'ansible', 'molecule', 'local-packages.sh'),
      join(files, 'local-packages.sh'),
    );
    await onMachine(
      'run',
      machine,
      'bash',
      '/srv/local-packages.sh',
      '/srv/telegraf',
      '/srv/packages',
    );
    fingerprint = readFileSync(join(files, 'packages', 'fingerprint'), 'utf8').trim();
    relay = createServer((socket) => {
      const login = spawn('bash', [machineScript, 'login', machine], {
        stdio: ['pipe', 'pipe', 'ignore'],
      });
      socket.pipe(login.stdin);
      login.stdout.pipe(socket);
      for (const stream of [socket, login.stdin]) stream.on('error', () => login.kill());
      login.once('close', () => socket.destroy());
    });
    await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
  }, limitSeconds * 1_000);

  afterAll(async () => {
    relay?.close();
    await runProcess('bash', [machineScript, 'stop', machine], { limitSeconds: 60 });
    await world?.stop();
    rmSync(folder, { recursive: true, force: true });
  }, limitSeconds * 1_000);

  async function build(layer: 'base' | 'worker', ansible: object, name: string): Promise<string[]> {
    letIn();
    const file = join(folder, 'build.pkrvars.json');
    const port = (relay.address() as AddressInfo).port;
    const variables = {
      layer,
      region: 'eu-west-1',
      regions: ['eu-west-1'],
      source_ami: sourceImage,
      architecture: 'x86_64',
      instance_type: 't3.small',
      image_name: name,
      root_device: '/dev/sda1',
      connect: 'ssh',
      ssh_from: ['10.0.0.0/8'],
      ssh_username: 'root',
      polling_seconds: 1,
      ec2_endpoint: world.ec2.endpoint,
      ansible_version: '2.19.14',
      ansible_variables: JSON.stringify(ansible),
      machine: { host: '127.0.0.1', port, private_key_file: join(machine, 'key') },
      manifest: join(folder, `${name}.json`),
    };
    writeFileSync(file, JSON.stringify(variables));
    const lines: string[] = [];
    const onLine = (line: string) => lines.push(line);
    await runPacker(['build', `-var-file=${file}`, packerFolder], {
      limitSeconds,
      environment: {},
      onLine,
    });
    return lines;
  }

  const command = {
    muster_worker_kind: 'command',
    muster_worker_filesystem: 'ext4',
    muster_worker_environment: { MUSTER_COMMAND: '/usr/bin/sleep infinity' },
  };

  it('makes no image of a machine that fails its test, and says why', async () => {
    await expect(build('worker', command, 'without-base')).rejects.toThrow(
      /^packer build failed: .*non-zero exit status.*; image fault: the log shipper has no configuration$/,
    );
    await expect(build('worker', { muster_worker_kind: 'jenkins' }, 'of-no-kind')).rejects.toThrow(
      /got kind jenkins/,
    );
    expect(await world.ownImages('eu-west-1')).toEqual([]);
  });

  it('makes the base layer and then the worker layer', async () => {
    const source = (path: string) => ({
      key_url: 'file:///srv/packages/key.asc',
      key_fingerprint: fingerprint,
      apt: `file:/srv/${path}`,
      apt_suite: './',
    });
    const sources = {
      muster_base_fluent_bit: source('packages'),
      muster_base_telegraf: source('packages-telegraf'),
    };
    const wrong = { ...source('packages'), key_fingerprint: '0'.repeat(40) };
    await expect(
      build('base', { ...sources, muster_base_telegraf: wrong }, 'wrong-key'),
    ).rejects.toThrow(/is another key; allowed: the one with the/);

    const base = await build('base', sources, 'base-1');
    expect(base.join('\n')).toMatch(/image: \d+ checks, 0 faults/);
    const worker = await build('worker', command, 'worker-1');
    expect(worker.join('\n')).toMatch(/image: \d+ checks, 0 faults/);
    const images = readManifest(join(folder, 'worker-1.json'), ['eu-west-1']);
    const made = (await world.ownImages('eu-west-1')).map(({ ImageId }) => ImageId);
    expect(made).toContain(images.get('eu-west-1'));
    expect(await onMachine('run', machine, 'aws', '--version')).toMatch(/^aws-cli\//);
    expect(await onMachine('run', machine, 'sh', '-c', 'ls -A /var/tmp ~/.ssh')).not.toMatch(
      /muster-build|authorized_keys/,
    );
  });
});
