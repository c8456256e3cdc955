import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CreateImageCommand, RunInstancesCommand } from '@aws-sdk/client-ec2';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { resolveImages } from '../../account/resolve-images.ts';
import { type ImageLock, pinImages, printImageLock, readImageLock } from '../../pool/image-lock.ts';
import { parseFleet } from '../../pool/load.ts';
import type { Fleet } from '../../pool/pool.ts';
import { createWorld, required, type World } from '../end-to-end/world.ts';
import { missingParts } from '../harness/missing-part.ts';
import { motoPart } from '../harness/moto.ts';
import { runCommand } from '../harness/run-command.ts';

describe.skipIf(await missingParts([motoPart]))('muster image resolve', () => {
  let world: World;
  let ninth: string;
  let tenth: string;

  const declaration = (image: object) =>
    stringify({
      fleet: 'ci',
      regions: { [world.region]: world.network },
      pools: {
        linux: {
          owner: 'build@example.com',
          queue: { sqs: world.queueUrl, region: world.region },
          capacity: { max: 8 },
          instances: [{ type: 'c7i.large', capacity: 1 }],
          image,
        },
      },
    });
  const fleetWith = (image: object): Fleet => parseFleet(declaration(image), 'muster.yaml');
  const muster = (...parameters: string[]) =>
    runCommand(parameters, { directory: world.folder, environment: world.environment });
  const lockFile = () => join(world.folder, 'muster.lock.json');
  const pinned = (image: object, lock: ImageLock) =>
    pinImages(fleetWith(image), lock, 'muster.yaml').pools[0]?.image;
  const pinnedId = (id: string) => ({ kind: 'id', ids: { 'eu-west-1': { x86_64: id } } });

  async function makeImage(Name: string): Promise<string> {
    const { Instances } = await world.ec2.send(
      new RunInstancesCommand({ ImageId: world.images.x86_64, MinCount: 1, MaxCount: 1 }),
    );
    const InstanceId = required(Instances?.[0]?.InstanceId, 'an instance');
    const { ImageId } = await world.ec2.send(new CreateImageCommand({ InstanceId, Name }));
    return required(ImageId, 'an image');
  }

  const numbered = { owners: ['self'], locationRegex: String.raw`/worker-(\d+)$` };

  beforeAll(async () => {
    world = await createWorld();
    process.env.AWS_ENDPOINT_URL = world.moto.endpoint;
    tenth = await makeImage('worker-10');
    ninth = await makeImage('worker-9');
    writeFileSync(join(world.folder, 'muster.yaml'), declaration(numbered));
  }, 90_000);
  afterAll(async () => {
    delete process.env.AWS_ENDPOINT_URL;
    await world?.stop();
  });

  it('is needed before synth, which says so and writes nothing', async () => {
    const { exitCode, stderr } = await muster('synth', '--out', 'out');
    expect(exitCode).toBe(2);
    expect(stderr).toBe(
      'muster.yaml: pools.linux.image: not pinned in muster.lock.json; ' +
        'run npx muster image resolve --config muster.yaml\n',
    );
    expect(existsSync(join(world.folder, 'out'))).toBe(false);
  });

  it('pins the image that sorts last by number, for synth to read', async () => {
    const { exitCode, stdout } = await muster('image', 'resolve');
    expect(exitCode).toBe(0);
    expect(stdout).toBe(
      `linux eu-west-1 x86_64: ${tenth} 123456789012/worker-10 (new)\n` +
        'Wrote muster.lock.json: 1 images\n',
    );
    const synth = await muster('synth', '--out', 'out');
    expect(synth.exitCode).toBe(0);
    const stack = join(world.folder, 'out/stacks/ci-eu-west-1/cdk.tf.json');
    expect(readFileSync(stack, 'utf8')).toContain(`"image_id": "${tenth}"`);
  });

  it('changes nothing until someone resolves anew', async () => {
    const lock = readImageLock(lockFile());
    const eleventh = await makeImage('worker-11');
    expect(pinned(numbered, lock)).toEqual(pinnedId(tenth));
    const resolved = await resolveImages(fleetWith(numbered), lock, []);
    expect(resolved.found).toEqual([
      {
        pool: 'linux',
        region: 'eu-west-1',
        architecture: 'x86_64',
        image: { id: eleventh, location: '123456789012/worker-11' },
        before: tenth,
      },
    ]);
    expect(pinned(numbered, resolved.lock)).toEqual(pinnedId(eleventh));
    const again = await resolveImages(fleetWith(numbered), resolved.lock, []);
    expect(printImageLock(again.lock)).toBe(printImageLock(resolved.lock));
  });

  it('is needed again when the declaration of the image changes', () => {
    const other = { owners: ['self'], locationRegex: 'other' };
    expect(() => pinned(other, readImageLock(lockFile()))).toThrow(
      'muster.yaml: pools.linux.image: pinned for another declaration of it in muster.lock.json',
    );
  });

  it('names pool, option and fix where no image is found', async () => {
    const windows = { owners: ['self'], locationRegex: 'windows' };
    await expect(resolveImages(fleetWith(windows), { pools: {} }, [])).rejects.toThrow(
      'pools.linux.image.owners: self have 3 x86_64 images in eu-west-1, none with a location ' +
        'that matches windows; make such an image there, or name another',
    );
    await expect(
      resolveImages(fleetWith({ ssm: '/absent' }), { pools: {} }, ['linux']),
    ).rejects.toThrow(/^pools\.linux\.image\.ssm: \/absent in eu-west-1: .*; name a parameter /);
  });

  it('pins the image of a parameter for a pool that is named, and from then on', async () => {
    const ssm = new SSMClient({ region: world.region, endpoint: world.moto.endpoint });
    const image = { ssm: '/muster/ci/linux' };
    const put = (Value: string) =>
      ssm.send(
        new PutParameterCommand({ Name: image.ssm, Value, Type: 'String', Overwrite: true }),
      );
    await put(ninth);
    const none = await resolveImages(fleetWith(image), { pools: {} }, []);
    expect(none.lock).toEqual({ pools: {} });
    const { lock } = await resolveImages(fleetWith(image), { pools: {} }, ['linux']);
    expect(pinned(image, lock)).toEqual(pinnedId(ninth));
    await put(tenth);
    const renewed = await resolveImages(fleetWith(image), lock, []);
    expect(pinned(image, renewed.lock)).toEqual(pinnedId(tenth));
    ssm.destroy();
  });

  it('refuses a pool that is not declared, and a lock that is none', async () => {
    const { exitCode, stderr } = await muster('image', 'resolve', 'linx');
    expect(exitCode).toBe(2);
    expect(stderr).toBe('muster.yaml: pools: got linx; allowed: linux; did you mean "linux"?\n');
    writeFileSync(lockFile(), '{"pools": []}');
    expect(() => readImageLock(lockFile())).toThrow(/remove the file and run that$/);
    writeFileSync(lockFile(), '<<<<<<<');
    expect(() => readImageLock(lockFile())).toThrow(/cannot be read .*remove the file/);
  });
});
