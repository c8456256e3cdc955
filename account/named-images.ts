/** Images that the declaration, its lock file or a parameter name, and which of them are gone. */
import { EC2Client, paginateDescribeImages } from '@aws-sdk/client-ec2';
import { SSMClient } from '@aws-sdk/client-ssm';
import { type ImageLock, readImageLock } from '../pool/image-lock.ts';
import type { Fleet } from '../pool/pool.ts';
import { collect } from '../scaler/aws/aws-call.ts';
import { clientConfiguration } from '../scaler/aws/client-configuration.ts';
import { imagePlaces } from './deploy-image.ts';
import { readParameter } from './image-parameter.ts';
import { personCall } from './person-call.ts';

/** A filter takes no more values ("Filtering resources", EC2 user guide). */
const mostFilterValues = 200;

export interface NamedImage {
  readonly id: string;
  /** Such as the lock file, or an AMI set. */
  readonly by: string;
  /** null: of whichever has it. */
  readonly region: string | null;
}

/** By the declaration's ids, and by its lock file. @throws {DeclarationError} when that is no lock */
export function declaredImages(fleet: Fleet, lockFile: string): NamedImage[] {
  const named = fleet.pools.flatMap(({ name, image }) =>
    image.kind === 'id' ? byRegion(image.ids, `pool ${name}`) : [],
  );
  const pinned = Object.values(readImageLock(lockFile).pools).flatMap(({ images }) =>
    byRegion(idsOf(images), lockFile),
  );
  return [...named, ...pinned];
}

/** Of these, what EC2 does not find in the region: it was deregistered, or is shared no longer. */
export async function goneImages<Named extends { readonly id: string }>(
  client: EC2Client,
  named: readonly Named[],
  abortSignal: AbortSignal,
): Promise<Named[]> {
  const ids = [...new Set(named.map(({ id }) => id))];
  const there = new Set<string | undefined>();
  for (let from = 0; from < ids.length; from += mostFilterValues) {
    const Filters = [{ Name: 'image-id', Values: ids.slice(from, from + mostFilterValues) }];
    const pages = paginateDescribeImages({ client, pageSize: 1_000 }, { Filters }, { abortSignal });
    for (const { ImageId } of await collect(pages, ({ Images }) => Images)) there.add(ImageId);
  }
  return named.filter(({ id }) => !there.has(id));
}

/**
 * Images that launches of the fleet would have and that are gone. A parameter that is not there is no
 * fault: the stack of images may be yet to come. @throws CloudError
 */
export async function goneLaunches(
  fleet: Fleet,
  lockFile: string,
  signal: AbortSignal,
): Promise<NamedImage[]> {
  const declared = declaredImages(fleet, lockFile);
  const places = fleet.pools.flatMap(imagePlaces);
  const found = fleet.regions.map(({ name: region, credentials }) =>
    personCall(`looking at images in ${region}`, signal, async (abortSignal) => {
      const configuration = clientConfiguration(credentials, region);
      const ssm = new SSMClient(configuration);
      const names = places.filter((place) => place.region === region);
      const named = declared.filter((image) => image.region === region);
      for (const name of new Set(names.map(({ parameter }) => parameter))) {
        const id = (await readParameter(ssm, name, abortSignal))?.value;
        if (id !== undefined) named.push({ id, by: `parameter ${name}`, region });
      }
      return goneImages(new EC2Client(configuration), named, abortSignal);
    }),
  );
  return (await Promise.all(found)).flat();
}

type IdsByRegion = Readonly<Record<string, Readonly<Partial<Record<string, string>>>>>;

function idsOf(images: ImageLock['pools'][string]['images']): IdsByRegion {
  return Object.fromEntries(
    Object.entries(images).map(([region, pinned]) => [
      region,
      Object.fromEntries(Object.entries(pinned).map(([of, { id }]) => [of, id])),
    ]),
  );
}

function byRegion(images: IdsByRegion, by: string): NamedImage[] {
  return Object.entries(images).flatMap(([region, ids]) =>
    Object.values(ids).flatMap((id) => (id === undefined ? [] : [{ id, by, region }])),
  );
}
