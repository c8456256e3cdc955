/** Finds the images that pools do not name by id, in each of their regions. */
import { EC2Client, paginateDescribeImages } from '@aws-sdk/client-ec2';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import {
  type ImageLock,
  neededImages,
  type PinnedImage,
  type PinnedPool,
  sourceOf,
} from '../pool/image-lock.ts';
import { type ImageCandidate, lastImage } from '../pool/image-order.ts';
import type { Architecture, Fleet, ImageSource, Pool, Region } from '../pool/pool.ts';
import { clientConfiguration } from '../scaler/aws/client-configuration.ts';

/** The most that EC2 gives in an answer. Source: DescribeImages, EC2 API reference. */
const pageSize = 1_000;

export interface FoundImage {
  readonly pool: string;
  readonly region: string;
  readonly architecture: Architecture;
  readonly image: PinnedImage;
  /** What was pinned before; null: nothing. */
  readonly before: string | null;
}

export interface Resolution {
  readonly lock: ImageLock;
  readonly found: readonly FoundImage[];
}

/**
 * Resolves the images of some pools and keeps what is pinned of the others. All or nothing: there is a
 * lock only if every image was found.
 *
 * @param chosen names of pools; empty: all whose image must be pinned, or is
 * @throws Error that names the pool and option for which an account has no image.
 */
export async function resolveImages(
  fleet: Fleet,
  lock: ImageLock,
  chosen: readonly string[],
): Promise<Resolution> {
  const clients = new Map(fleet.regions.map((region) => [region.name, clientsFor(region)]));
  try {
    const pools: Record<string, PinnedPool> = {};
    const found: FoundImage[] = [];
    for (const pool of fleet.pools) {
      const pinned = lock.pools[pool.id];
      const source = sourceOf(pool.image);
      if (source === null) continue;
      // Kept by the API and not by AWS: `pinAmiSets` reads those.
      if (pool.image.kind === 'ami-set') {
        if (pinned !== undefined) pools[pool.id] = pinned;
        continue;
      }
      const isChosen =
        chosen.length === 0
          ? pool.image.kind === 'lookup' || pinned !== undefined
          : chosen.includes(pool.name);
      if (!isChosen) {
        if (pinned !== undefined) pools[pool.id] = pinned;
        continue;
      }
      const images: Record<string, Partial<Record<Architecture, PinnedImage>>> = {};
      for (const { region, architecture } of neededImages(pool)) {
        const image = await findImage(clients.get(region) as Clients, pool, region, architecture);
        images[region] = { ...images[region], [architecture]: image };
        const before = pinned?.images[region]?.[architecture]?.id ?? null;
        found.push({ pool: pool.name, region, architecture, image, before });
      }
      pools[pool.id] = { source, images };
    }
    return { lock: { pools }, found };
  } finally {
    for (const { ec2, ssm } of clients.values()) for (const client of [ec2, ssm]) client.destroy();
  }
}

interface Clients {
  readonly ec2: EC2Client;
  readonly ssm: SSMClient;
}

function clientsFor({ name, credentials }: Region): Clients {
  const configuration = clientConfiguration(credentials, name);
  return { ec2: new EC2Client(configuration), ssm: new SSMClient(configuration) };
}

async function findImage(
  { ec2, ssm }: Clients,
  pool: Pool,
  region: string,
  architecture: Architecture,
): Promise<PinnedImage> {
  const { image } = pool;
  if (image.kind === 'ssm') {
    const parameter = image.parameter.replaceAll('{arch}', architecture);
    const id = await readParameter(ssm, parameter).catch((error: Error) => {
      throw new Error(
        `pools.${pool.name}.image.ssm: ${parameter} in ${region}: ${error.message}; ` +
          'name a parameter that holds an image id',
      );
    });
    const candidates = await describeImages(ec2, architecture, { ImageIds: [id] });
    return (
      candidates[0] ??
      refuse(pool, `${parameter} in ${region} holds ${id}, no ${architecture} image`)
    );
  }
  const { owners, locationRegex } = image as Extract<ImageSource, { kind: 'lookup' }>;
  const candidates = await describeImages(ec2, architecture, { Owners: [...owners] });
  const last = lastImage(candidates, locationRegex);
  if (last !== null) return last;
  const which = locationRegex === null ? '' : ` with a location that matches ${locationRegex}`;
  return refuse(
    pool,
    `${owners.join(', ')} have ${candidates.length} ${architecture} images in ${region}, none${which}`,
  );
}

function refuse(pool: Pool, what: string): never {
  const option = pool.image.kind === 'ssm' ? 'ssm' : 'owners';
  throw new Error(
    `pools.${pool.name}.image.${option}: ${what}; make such an image there, or name another`,
  );
}

async function readParameter(ssm: SSMClient, Name: string): Promise<string> {
  const { Parameter } = await ssm.send(new GetParameterCommand({ Name }));
  return Parameter?.Value ?? '';
}

async function describeImages(
  client: EC2Client,
  architecture: Architecture,
  by: { readonly Owners?: string[]; readonly ImageIds?: string[] },
): Promise<ImageCandidate[]> {
  const Filters = [
    { Name: 'architecture', Values: [architecture] },
    { Name: 'state', Values: ['available'] },
  ];
  // Without pages EC2 answers all at once, or not in time: some owners have thousands. A list of ids is
  // not paged.
  const configuration = by.ImageIds ? { client } : { client, pageSize };
  const pages = paginateDescribeImages(configuration, { ...by, Filters });
  const candidates: ImageCandidate[] = [];
  for await (const { Images = [] } of pages) {
    for (const { ImageId, ImageLocation, OwnerId, Name } of Images) {
      if (ImageId === undefined) continue;
      // EC2 gives every image a location; of one that EBS keeps, it is this.
      candidates.push({ id: ImageId, location: ImageLocation ?? `${OwnerId}/${Name}` });
    }
  }
  return candidates;
}
