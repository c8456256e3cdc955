/** Removes images of a fleet that nothing uses, with their snapshots, region by region. */
import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import {
  DeleteSnapshotCommand,
  DeregisterImageCommand,
  EC2Client,
  type Image,
  paginateDescribeImages,
  paginateDescribeSnapshots,
  type Snapshot,
} from '@aws-sdk/client-ec2';
import { imageTagKeys } from '../pool/image-tags.ts';
import { tagKeys } from '../pool/names.ts';
import type { Architecture, Fleet, Region } from '../pool/pool.ts';
import { imageBases } from '../pool/worker-kind.ts';
import { collect } from '../scaler/aws/aws-call.ts';
import { clientConfiguration } from '../scaler/aws/client-configuration.ts';
import { removeMachines } from './build-image-leftovers.ts';
import { buildMachines, machineFilters } from './build-machines.ts';
import {
  type BuildMachine,
  imagesToClean,
  type LooseSnapshot,
  machinesToClean,
  type OwnedImage,
  type Retention,
  snapshotsToClean,
  type Verdict,
} from './image-to-clean.ts';
import { imageShares, imageUses } from './image-uses.ts';
import { goneImages, type NamedImage } from './named-images.ts';
import { personCall } from './person-call.ts';

export interface CleanImagesRequest {
  readonly fleet: Fleet;
  readonly retention: Retention;
  /** What names an image outside of AWS. */
  readonly named: readonly NamedImage[];
  readonly dryRun: boolean;
  readonly onImage: (verdict: Verdict<OwnedImage>) => void;
  readonly onSnapshot: (verdict: Verdict<LooseSnapshot>) => void;
  readonly onMachine: (verdict: Verdict<BuildMachine>) => void;
  /** Of an image that is to be launched and is not there. */
  readonly onGone: (region: string, image: string, by: string) => void;
  readonly onFailure: (region: string, message: string) => void;
}

export interface CleanedImages {
  readonly images: number;
  readonly snapshots: number;
  /** Instances, keys and security groups of builds that died. */
  readonly machines: number;
  readonly failures: number;
}

interface Found {
  readonly region: string;
  readonly ec2: EC2Client;
  readonly images: readonly OwnedImage[];
  readonly loose: readonly LooseSnapshot[];
  readonly gone: readonly { readonly id: string; readonly by: string }[];
  readonly machines: readonly BuildMachine[];
}

/** A region that fails keeps its images and stops no other. What was removed is counted. */
export async function cleanImages(
  request: CleanImagesRequest,
  signal: AbortSignal,
): Promise<CleanedImages> {
  let failures = 0;
  const fail = (region: string, error: unknown) => {
    failures += 1;
    request.onFailure(region, error instanceof Error ? error.message : String(error));
  };
  const looked = await Promise.all(
    request.fleet.regions.map((region) =>
      personCall(`looking for images in ${region.name}`, signal, (abortSignal) =>
        look(request, region, abortSignal),
      ).catch((error: unknown) => fail(region.name, error)),
    ),
  );
  const found = looked.filter((region) => region !== undefined);
  const verdicts = imagesToClean(
    found.flatMap(({ images }) => images),
    request.retention,
  );
  let images = 0;
  let snapshots = 0;
  let machines = 0;
  for (const { region, ec2, loose, gone, machines: ofBuilds } of found) {
    for (const { id, by } of gone) request.onGone(region, id, by);
    const call = (what: string, work: (abortSignal: AbortSignal) => Promise<unknown>) =>
      personCall(`${what} in ${region}`, signal, work).then(
        () => true,
        (error: unknown) => {
          fail(region, error);
          return false;
        },
      );
    const remove = (id: string) =>
      call(`deleting ${id}`, (abort) => deleteSnapshot(ec2, id, abort));
    for (const verdict of verdicts.filter(({ item }) => item.region === region)) {
      request.onImage(verdict);
      if (!verdict.removes || request.dryRun) continue;
      const { id: ImageId } = verdict.item;
      const isGone = await call(`deregistering ${ImageId}`, (abortSignal) =>
        ec2.send(new DeregisterImageCommand({ ImageId }), { abortSignal }),
      );
      if (!isGone) continue;
      images += 1;
      for (const id of verdict.item.snapshots) if (await remove(id)) snapshots += 1;
    }
    for (const verdict of snapshotsToClean(loose, request.retention)) {
      request.onSnapshot(verdict);
      if (!verdict.removes || request.dryRun) continue;
      if (await remove(verdict.item.id)) snapshots += 1;
    }
    for (const verdict of machinesToClean(ofBuilds, request.retention)) {
      request.onMachine(verdict);
      if (!verdict.removes || request.dryRun) continue;
      const { build } = verdict.item;
      await call(`removing what build ${build} has left`, async () => {
        const of = machineFilters(request.fleet.name, build);
        machines += (await removeMachines(ec2, of)).length;
      });
    }
  }
  return { images, snapshots, machines, failures };
}

async function look(
  { fleet, named }: CleanImagesRequest,
  { name: region, credentials }: Region,
  abortSignal: AbortSignal,
): Promise<Found> {
  const configuration = clientConfiguration(credentials, region);
  const ec2 = new EC2Client(configuration);
  const autoScaling = new AutoScalingClient(configuration);
  const all = await collect(
    paginateDescribeImages({ client: ec2, pageSize: 1_000 }, { Owners: ['self'] }, { abortSignal }),
    ({ Images }) => Images,
  );
  const own = all.filter((image) => isOwn(fleet, image));
  const { uses, takenBack, held } = await imageUses(
    { ec2, autoScaling, configuration },
    parametersOf(fleet, region),
    abortSignal,
  );
  const images: OwnedImage[] = [];
  for (const image of own) {
    const id = image.ImageId ?? '';
    const names = named.filter((one) => one.id === id).map(({ by }) => by);
    images.push({
      ...describe(fleet, region, image),
      takenBack: takenBack.has(id),
      uses: [
        ...(uses.get(id) ?? []),
        ...new Set(names),
        ...(image.DeregistrationProtection?.startsWith('enabled')
          ? ['its protection from deregistration']
          : []),
        ...(await imageShares({ ec2 }, id, abortSignal)),
      ],
    });
  }
  const snapshots = await collect(
    paginateDescribeSnapshots(
      { client: ec2, pageSize: 1_000 },
      { OwnerIds: ['self'] },
      { abortSignal },
    ),
    ({ Snapshots }) => Snapshots,
  );
  const ofImages = new Set(all.flatMap(snapshotsOf));
  const loose = snapshots
    .filter((snapshot) => isOfBuild(fleet, snapshot) && !ofImages.has(snapshot.SnapshotId ?? ''))
    .map(({ SnapshotId = '', StartTime }) => ({
      region,
      id: SnapshotId,
      createdAt: (StartTime?.getTime() ?? 0) / 1_000,
    }));
  const launched = [
    ...[...held].map(([name, id]) => ({ id, by: `parameter ${name}` })),
    ...named.filter((one) => one.region === region),
  ];
  const gone = await goneImages(ec2, launched, abortSignal);
  const machines = await buildMachines(ec2, { fleet: fleet.name, region }, abortSignal);
  return { region, ec2, images, loose, gone, machines };
}

const tagOf = ({ Tags = [] }: Pick<Image, 'Tags'>, key: string) =>
  Tags.find(({ Key }) => Key === key)?.Value;

/** By its tags; or, where Packer was ended before it gave any, by the name that only a build gives. */
function isOwn(fleet: Fleet, image: Image): boolean {
  const of = tagOf(image, tagKeys.fleet);
  if (of !== undefined) return of === fleet.name && tagOf(image, imageTagKeys.layer) !== undefined;
  return nameParts(fleet, image) !== null;
}

function isOfBuild(fleet: Fleet, snapshot: Snapshot): boolean {
  return (
    tagOf(snapshot, tagKeys.fleet) === fleet.name &&
    tagOf(snapshot, imageTagKeys.build) !== undefined
  );
}

/** As `imageName` writes it. */
function nameParts(fleet: Fleet, { Name = '' }: Image) {
  const start = `muster-${fleet.name}-`;
  const end = /^(.+)-(x86_64|arm64)-\d{8}T\d{6}Z?-[0-9a-f]{8}$/;
  const [, what, architecture] =
    (Name.startsWith(start) && end.exec(Name.slice(start.length))) || [];
  if (what === undefined || architecture === undefined) return null;
  if (imageBases.some((base) => base === what)) return { layer: 'base', what, architecture };
  if (fleet.pools.some(({ id }) => id === what)) return { layer: 'worker', what, architecture };
  return null;
}

function describe(
  fleet: Fleet,
  region: string,
  image: Image,
): Omit<OwnedImage, 'uses' | 'takenBack'> {
  const named = nameParts(fleet, image);
  const layer = tagOf(image, imageTagKeys.layer) ?? named?.layer;
  const what = tagOf(image, layer === 'base' ? imageTagKeys.base : tagKeys.pool) ?? named?.what;
  const architecture = tagOf(image, imageTagKeys.architecture) ?? named?.architecture;
  const built = tagOf(image, imageTagKeys.builtAt) ?? image.CreationDate ?? '';
  const pool = layer === 'base' ? undefined : fleet.pools.find(({ id }) => id === what);
  return {
    region,
    id: image.ImageId ?? '',
    name: image.Name ?? '',
    build: tagOf(image, imageTagKeys.build) ?? null,
    series: `${layer} ${what} ${architecture}`,
    poolRegions: pool?.regions ?? [],
    createdAt: Date.parse(built) / 1_000,
    state: image.State ?? 'unknown',
    snapshots: snapshotsOf(image),
  };
}

function snapshotsOf({ BlockDeviceMappings = [] }: Image): string[] {
  return BlockDeviceMappings.flatMap(({ Ebs }) =>
    Ebs?.SnapshotId === undefined ? [] : [Ebs.SnapshotId],
  );
}

/** The parameters that pools of the fleet read in a region, AWS's own left out. */
function parametersOf(fleet: Fleet, region: string): string[] {
  const names = fleet.pools.flatMap(({ image, regions, instances }) => {
    if (image.kind !== 'ssm' || !regions.includes(region)) return [];
    const architectures = new Set<Architecture>(instances.map(({ architecture }) => architecture));
    return [...architectures].map((name) => image.parameter.replaceAll('{arch}', name));
  });
  return [...new Set(names)].filter((name) => !name.startsWith('/aws/'));
}

async function deleteSnapshot(
  ec2: EC2Client,
  SnapshotId: string,
  abortSignal: AbortSignal,
): Promise<void> {
  await ec2
    .send(new DeleteSnapshotCommand({ SnapshotId }), { abortSignal })
    .catch((error: Error) => {
      if (error.name !== 'InvalidSnapshot.NotFound') throw error;
    });
}
