import { relative } from 'node:path';
import { Command } from 'commander';
import writeFileAtomic from 'write-file-atomic';
import { DeclarationError } from '../pool/declaration-error.ts';
import { lockFileOf, printImageLock, readImageLock } from '../pool/image-lock.ts';
import { loadFleet } from '../pool/load.ts';
import { nearest, suggestion } from '../pool/nearest.ts';
import type { Fleet } from '../pool/pool.ts';

export function imageCommand(): Command {
  return new Command('image').description('The images of workers').addCommand(resolveCommand());
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
    .action(async (pools: string[], { config }: { config: string }) => {
      const fleet = loadFleet(config);
      refuseUnknown(pools, fleet, config);
      const file = lockFileOf(config);
      const before = readImageLock(file);
      // The AWS SDK takes a while to load; a wrong file is told before.
      const { resolveImages } = await import('../account/resolve-images.ts');
      const { lock, found } = await resolveImages(fleet, before, pools);
      await writeFileAtomic(file, printImageLock(lock));
      for (const { pool, region, architecture, image, before } of found) {
        const change =
          before === image.id ? 'as before' : before === null ? 'new' : `was ${before}`;
        const where = `${pool} ${region} ${architecture}`;
        process.stdout.write(`${where}: ${image.id} ${image.location} (${change})\n`);
      }
      process.stdout.write(`Wrote ${relative('.', file)}: ${found.length} images\n`);
    });
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
