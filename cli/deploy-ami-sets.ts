/** Puts images into the AMI sets that a pool names, in the store of the API. */

import { checkImages } from '../account/deploy-image.ts';
import { DeclarationError } from '../pool/declaration-error.ts';
import { homeRegion } from '../pool/home-region.ts';
import { neededImages } from '../pool/image-lock.ts';
import type { Architecture, Fleet, Pool } from '../pool/pool.ts';
import { AmiSets } from '../scaler/store/ami-sets.ts';
import type { StoredDocument } from '../scaler/store/named-documents.ts';
import { openStore } from '../scaler/store/open-store.ts';
import { systemClock } from '../scaler/system-clock.ts';
import type { DefinitionSource } from './stored-definitions.ts';

type Place = { readonly region: string; readonly architecture: Architecture };

/**
 * Each set's images before are kept as the set NAME.previous, which `imageOf` null puts back.
 * @throws {DeclarationError} without a store, and when there is no such set to put back
 */
export async function deployAmiSets({
  fleet,
  pool,
  imageOf,
  state,
  say,
  signal,
}: {
  readonly fleet: Fleet;
  readonly pool: Pool;
  readonly imageOf: ((place: Place) => string) | null;
  readonly state: DefinitionSource | undefined;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}): Promise<void> {
  if (pool.image.kind !== 'ami-set') return;
  const refused = (path: string, message: string) =>
    new DeclarationError('muster image deploy', [{ path, position: null, message }]);
  if (state?.kind !== 'store') {
    throw refused(
      '--state',
      `got ${state?.url ?? 'none'}; allowed: the store of the AMI sets, such as sqlite:FILE`,
    );
  }
  const { credentials, name: region } = homeRegion(fleet);
  if (imageOf !== null) await checkImages(fleet, pool, imageOf, signal);
  const store = await openStore(state.address, { credentials, region, clock: systemClock }, signal);
  try {
    const sets = new AmiSets(store);
    const put = async (name: string, document: StoredDocument) => {
      const before = await sets.get(name, signal);
      const at = systemClock.now();
      if (before === null) await sets.create(name, document, at, signal);
      else await sets.replace(before, document, at, signal);
    };
    const places = neededImages(pool);
    for (const architecture of new Set(places.map((place) => place.architecture))) {
      const ofSet = places.filter((place) => place.architecture === architecture);
      const name = pool.image.name.replaceAll('{arch}', architecture);
      const before = (await sets.get(name, signal))?.document ?? null;
      const kept = `${name}.previous`;
      const previous = (await sets.get(kept, signal))?.document ?? null;
      if (imageOf === null && previous === null) {
        throw refused('--previous', `there is no AMI set ${kept}; deploy an image`);
      }
      const own = ofSet.map((place) => place.region);
      const others = ((before?.amis ?? []) as readonly { readonly region: string }[]).filter(
        (ami) => !own.includes(ami.region),
      );
      const amis = ofSet.map((place) => ({ region: place.region, hvm: imageOf?.(place) ?? '' }));
      // First what is kept: if the second write fails, nothing is lost.
      if (before !== null) await put(kept, before);
      await put(
        name,
        imageOf === null && previous !== null ? previous : { amis: [...others, ...amis] },
      );
      say(
        `AMI set ${name}: ${imageOf === null ? `as ${kept} was` : amis.map(({ region: of, hvm }) => `${of} ${hvm}`).join(', ')}`,
      );
    }
    say('Its launch templates change with the next npx muster synth --state and apply');
  } finally {
    await store.close();
  }
}
