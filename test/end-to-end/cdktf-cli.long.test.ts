/**
 * The example, `muster.yaml`, with the real cdktf CLI and nothing else: synth, diff, deploy and destroy,
 * against moto. Providers are not locked for other machines, which would need their registry. Only the network and the queue are the account's, and the image one that moto has.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { missingParts } from '../harness/missing-part.ts';
import { motoPart } from '../harness/moto.ts';
import { projectRoot } from '../harness/project-root.ts';
import { type ProcessResult, runProcess } from '../harness/run-process.ts';
import {
  awsProviderPart,
  openTerraform,
  type Terraform,
  terraformPart,
} from '../harness/terraform.ts';
import { npmTool } from '../harness/tools/npm-tool.ts';
import { toolPart } from '../harness/tools/tool.ts';
import { group, ownedResources } from './account.ts';
import { createWorld, type World } from './world.ts';

const cdktfCli = npmTool({ name: 'cdktf-cli', version: '0.21.0' });
const missing = await missingParts([motoPart, terraformPart, awsProviderPart, toolPart(cdktfCli)]);

const stackNames = ['ci-shared', 'ci-eu-west-1'] as const;
const unlocked = '--skip-provider-lock';
const limitSeconds = 280;

describe.skipIf(missing)('the cdktf CLI', () => {
  let world: World;
  let terraform: Terraform;
  let before: readonly string[];

  async function cdktf(command: string, ...parameters: string[]): Promise<ProcessResult> {
    const output = ['--output', join(world.folder, 'cdktf.out')];
    const result = await runProcess(
      cdktfCli.program('cdktf'),
      [command, ...parameters, ...output],
      {
        directory: projectRoot,
        environment: {
          ...terraform.environment,
          MUSTER_CONFIG: join(world.folder, 'muster.yaml'),
          CI: '1',
        },
        limitSeconds,
      },
    );
    if (result.exitCode === 0) return result;
    throw new Error(
      `cdktf ${command}: exit code ${result.exitCode}\n${result.stdout}\n${result.stderr}`,
    );
  }

  beforeAll(async () => {
    world = await createWorld();
    terraform = openTerraform(world.environment);
    before = ownedResources(world);
    const { vpc, subnets } = world.network;
    const [first, second, third] = subnets;
    const example = readFileSync(join(projectRoot, 'muster.yaml'), 'utf8')
      .replace('vpc-0a1b2c3d', vpc)
      .replace('subnet-0a1b2c3d', first as string)
      .replace('subnet-0b2c3d4e', second as string)
      .replace('subnet-0c3d4e5f', third as string)
      .replace(/sqs: https.*/, `sqs: ${world.queueUrl}\n      region: ${world.region}`)
      .replace(/ssm: \/aws.*/, `ids: ${JSON.stringify({ [world.region]: world.images })}`);
    writeFileSync(join(world.folder, 'muster.yaml'), example);
  });

  afterAll(async () => {
    terraform?.stop();
    await world?.stop();
  });

  it('writes the stacks', { timeout: limitSeconds * 1000 }, async () => {
    const { stdout } = await cdktf('synth');
    for (const name of stackNames) expect(stdout).toContain(name);
  });

  it('shows what it would make', { timeout: limitSeconds * 1000 }, async () => {
    const { stdout } = await cdktf('diff', 'ci-shared', unlocked);
    expect(stripVTControlCharacters(stdout)).toMatch(/Plan: \d+ to add, 0 to change, 0 to destroy/);
    expect(ownedResources(world)).toEqual(before);
  });

  it('deploys them in their order', { timeout: limitSeconds * 1000 }, async () => {
    await cdktf('deploy', ...stackNames, '--auto-approve', unlocked);
    expect((await group(world, 'spot')).MaxSize).toBe(200);
    expect((await group(world, 'on-demand')).MaxSize).toBe(200);
  });

  it('takes them down', { timeout: limitSeconds * 1000 }, async () => {
    await cdktf('destroy', ...stackNames, '--auto-approve', unlocked);
    expect(ownedResources(world)).toEqual(before);
  });
});
