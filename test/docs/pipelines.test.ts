import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CreateImageCommand, RunInstancesCommand } from '@aws-sdk/client-ec2';
import { GetParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWorld, required, type World } from '../end-to-end/world.ts';
import { missingParts } from '../harness/missing-part.ts';
import { motoPart } from '../harness/moto.ts';
import { projectRoot } from '../harness/project-root.ts';
import { type CommandResult, runCommand } from '../harness/run-command.ts';
import { fenced, readText, section } from './markdown.ts';

const page = readText('docs/pipelines.md');
const parameter = '/muster/ci/linux';

describe('docs/pipelines.md', () => {
  it('names tests that there are', () => {
    const named = section(page, '## How it is tested').match(/`test\/[^`]+`/g) ?? [];
    expect(named.length).toBeGreaterThan(4);
    for (const name of named) {
      expect(existsSync(join(projectRoot, name.replaceAll('`', ''))), name).toBe(true);
    }
  });
});

describe.skipIf(await missingParts([motoPart]))('the commands of docs/pipelines.md', () => {
  const commands = fenced(section(page, '## The image in use'), 'sh').join('').trim().split('\n');
  let world: World;
  let ssm: SSMClient;
  let made: string;

  beforeAll(async () => {
    world = await createWorld();
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    ssm = new SSMClient({ region: world.region, endpoint: world.moto.endpoint, credentials });
    const Value = world.images.x86_64;
    await ssm.send(new PutParameterCommand({ Name: parameter, Value, Type: 'String' }));
    const { Instances } = await world.ec2.send(
      new RunInstancesCommand({ ImageId: Value, MinCount: 1, MaxCount: 1 }),
    );
    const { ImageId } = await world.ec2.send(
      new CreateImageCommand({
        ...{ InstanceId: Instances?.[0]?.InstanceId },
        Name: 'muster-ci-linux-x86_64-20200101T000000-0a1b2c3d',
      }),
    );
    made = required(ImageId, 'an image');
    world.declare({
      ...{ fleet: 'ci', interval: '1s', regions: { [world.region]: world.network } },
      pools: {
        linux: {
          owner: 'build@example.com',
          queue: { sqs: world.queueUrl, region: world.region },
          capacity: { max: 8 },
          instances: [{ type: 'c7i.large', capacity: 1 }],
          image: { ssm: parameter },
        },
      },
    });
    const record = {
      ...{ fleet: 'ci', pool: 'linux', build: '0a1b2c3d', builtAt: '2026-01-01T00:00:00.000Z' },
      ...{ gitCommit: 'x', base: 'al2023', workerKind: 'command', workerVersion: null },
      images: { [world.region]: { x86_64: made } },
    };
    mkdirSync(join(world.folder, 'image.out'));
    writeFileSync(join(world.folder, 'image.out/linux.image.json'), JSON.stringify(record));
  }, 90_000);
  afterAll(async () => {
    ssm?.destroy();
    await world?.stop();
  });

  const run = async (line = ''): Promise<CommandResult> => {
    const words = line.split(' ');
    expect(words.slice(0, 3)).toEqual(['npx', 'muster', 'image']);
    const { folder: directory, environment } = world;
    return runCommand(words.slice(2), { directory, environment });
  };
  const current = async () =>
    (await ssm.send(new GetParameterCommand({ Name: parameter }))).Parameter?.Value;

  it('put an image in, put it back, and say what may go', async () => {
    expect(commands.length).toBe(3);
    const [deploy, previous, clean] = commands;
    const deployed = await run(deploy);
    expect(deployed.stderr).toBe('');
    expect(deployed.stdout).toContain('Deployed: pool linux has no worker and wants none');
    expect(await current()).toBe(made);
    expect((await run(previous)).exitCode).toBe(0);
    expect(await current()).toBe(world.images.x86_64);
    const cleaned = await run(clean);
    expect(cleaned.stdout).toMatch(
      `keeps ${made} (muster-ci-linux-x86_64-20200101T000000-0a1b2c3d): used by parameter ${parameter}, before the present one`,
    );
    expect(cleaned.stdout).toContain('0 images and 0 snapshots removed');
  });
});
