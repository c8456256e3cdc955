/** Images of pools that name an AMI set, from the sets that the API keeps. */
import { DeclarationError, type Problem } from './declaration-error.ts';
import { type ImageLock, neededImages, type PinnedPool } from './image-lock.ts';
import { nearest, suggestion } from './nearest.ts';
import type { Architecture, Fleet, Pool } from './pool.ts';

/** One AMI set: an image for each region, for instance types of hardware virtualisation. */
export interface AmiSetImages {
  readonly amis: readonly { readonly region: string; readonly hvm: string }[];
}

/**
 * Pins the image of each pool that names an AMI set, beside what is pinned of the others.
 * @throws {DeclarationError} with every set, or region of one, that is missing.
 */
export function pinAmiSets(
  fleet: Fleet,
  sets: ReadonlyMap<string, AmiSetImages>,
  lock: ImageLock,
  declaration: string,
): ImageLock {
  const problems: Problem[] = [];
  const pools = { ...lock.pools };
  for (const pool of fleet.pools) {
    if (pool.image.kind !== 'ami-set') continue;
    const { name } = pool.image;
    const images: PinnedPool['images'] = {};
    for (const { region, architecture } of neededImages(pool)) {
      const set = nameFor(name, architecture);
      const found = sets.get(set)?.amis.find((ami) => ami.region === region)?.hvm;
      if (found === undefined) problems.push(problemOf(pool, set, region, sets));
      else
        images[region] = {
          ...images[region],
          [architecture]: { id: found, location: `AMI set ${set}` },
        };
    }
    pools[pool.id] = { source: { amiSet: name }, images };
  }
  if (problems.length > 0) throw new DeclarationError(declaration, problems);
  return { pools };
}

function nameFor(name: string, architecture: Architecture): string {
  return name.replaceAll('{arch}', architecture);
}

function problemOf(
  pool: Pool,
  set: string,
  region: string,
  sets: ReadonlyMap<string, AmiSetImages>,
): Problem {
  const path = `pools.${pool.name}.image.amiSet`;
  const known = sets.get(set);
  if (known !== undefined) {
    const regions = known.amis.map((ami) => ami.region).join(', ') || 'none';
    const message = `AMI set ${set} has no image in ${region}; it has: ${regions}`;
    return { path, position: null, message };
  }
  const names = [...sets.keys()];
  const fix = suggestion(nearest(set, names));
  const message = `there is no AMI set ${set}; there are: ${names.join(', ') || 'none'}${fix}`;
  return { path, position: null, message };
}
