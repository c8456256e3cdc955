import { relative } from 'node:path';
import { Command } from 'commander';
import writeFileAtomic from 'write-file-atomic';
import { pinAmiSets } from '../pool/ami-set-images.ts';
import { DeclarationError } from '../pool/declaration-error.ts';
import { type ImageLock, lockFileOf, printImageLock, readImageLock } from '../pool/image-lock.ts';
import { loadFleet } from '../pool/load.ts';
import { nearest, suggestion } from '../pool/nearest.ts';
import type { Fleet } from '../pool/pool.ts';
import { imageBuildCommand } from './image-build.ts';
import { imageCleanCommand } from './image-clean.ts';
import { imageDeployCommand } from './image-deploy.ts';
import { type DefinitionSource, sourceOption, storedDefinitions } from './stored-definitions.ts';

export function imageCommand(): Command {
  return new Command('image')
    .description('The images of workers')
    .addCommand(resolveCommand())
    .addCommand(imageBuildCommand())
    .addCommand(imageDeployCommand())
    .addCommand(imageCleanCommand());
}

function resolveCommand(): Command {
  return new Command('resolve')
    .description(
      "pin each pool's image in each region, in a lock file beside the declaration that synth reads",
    )
    .argument(
      '[pools...]',
      'only these, of SSM parameters too (default: those with owners, and those pinned already)',
    )
    .option('--config <file>', 'the declaration', 'muster.yaml')
    .addOption(sourceOption('--state', 'pin AMI sets of the API too, from'))
    .action(async (pools: string[], { config, state }: ResolveOptions) => {
      const fleet = loadFleet(config);
      refuseUnknown(pools, fleet, config);
      const file = lockFileOf(config);
      const before = readImageLock(file);
      // The AWS SDK takes a while to load; a wrong file is told before.
      const { resolveImages } = await import('../account/resolve-images.ts');
      const { lock, found } = await resolveImages(fleet, before, pools);
      const pinned = state === undefined ? lock : await withAmiSets(fleet, state, lock, config);
      const ofSets = state === undefined ? 0 : countOfSets(fleet, pinned);
      await writeFileAtomic(file, printImageLock(pinned));
      for (const { pool, region, architecture, image, before } of found) {
        const change =
          before === image.id ? 'as before' : before === null ? 'new' : `was ${before}`;
        const where = `${pool} ${region} ${architecture}`;
        process.stdout.write(`${where}: ${image.id} ${image.location} (${change})\n`);
      }
      process.stdout.write(`Wrote ${relative('.', file)}: ${found.length + ofSets} images\n`);
    });
}

interface ResolveOptions {
  readonly config: string;
  readonly state?: DefinitionSource;
}

function countOfSets(fleet: Fleet, { pools }: ImageLock): number {
  const named = fleet.pools.filter(({ image }) => image.kind === 'ami-set');
  return named
    .flatMap(({ id }) => Object.values(pools[id]?.images ?? {}))
    .reduce((count, images) => count + Object.keys(images).length, 0);
}

async function withAmiSets(
  fleet: Fleet,
  state: DefinitionSource,
  lock: ImageLock,
  config: string,
): Promise<ImageLock> {
  const { amiSets } = await storedDefinitions(state, fleet);
  const pinned = pinAmiSets(fleet, amiSets, lock, config);
  for (const { id, name, image } of fleet.pools) {
    if (image.kind !== 'ami-set') continue;
    for (const [region, images] of Object.entries(pinned.pools[id]?.images ?? {})) {
      for (const [architecture, found] of Object.entries(images)) {
        process.stdout.write(`${name} ${region} ${architecture}: ${found.id} ${found.location}\n`);
      }
    }
  }
  return pinned;
}

function refuseUnknown(names: readonly string[], fleet: Fleet, config: string): void {
  const known = fleet.pools.map(({ name }) => name);
  const problems = names
    .filter((name) => !known.includes(name))
    .map((name) => ({
      path: 'pools',
      position: null,
      message: `got ${name}; allowed: ${known.join(', ')}${suggestion(nearest(name, known))}`,
    }));
  if (problems.length > 0) throw new DeclarationError(config, problems);
}
