/** Builds a pool's image with Packer: the base layer where it is wanted, then the worker layer. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { EC2Client } from '@aws-sdk/client-ec2';
import { SSMClient } from '@aws-sdk/client-ssm';
import writeFileAtomic from 'write-file-atomic';
import { homeRegion } from '../pool/home-region.ts';
import { type ImageLayer, imageBuildLockName } from '../pool/image-tags.ts';
import { imageBuilderName } from '../pool/names.ts';
import type { Architecture, Fleet, Region } from '../pool/pool.ts';
import { clientConfiguration } from '../scaler/aws/client-configuration.ts';
import { removeLeftovers } from './build-image-leftovers.ts';
import { type ImageRecord, type ImagesByRegion, readManifest } from './build-image-manifest.ts';
import { baseImage, distributionImage } from './build-image-sources.ts';
import {
  type BuildablePool,
  type ImageBuild,
  imageName,
  packerVariables,
} from './build-image-variables.ts';
import { packerEnvironment } from './packer-environment.ts';
import { lockParameter } from './parameter-lock.ts';
import { packerFolder, runPacker } from './run-packer.ts';
import { findWorkerVersion } from './worker-version.ts';

const daySeconds = 86_400;
/** With `auto` a base image older than this is made anew: it has the distribution's fixes of its day. */
const baseAgeSeconds = 30 * daySeconds;
/** A failed build gets so long to remove what it made, beyond its own limit. */
const cleanUpSeconds = 600;

export type Layers = 'auto' | 'base' | 'worker' | 'both';

export interface BuildRequest {
  readonly layers: Layers;
  /** Of each run of Packer. */
  readonly limitSeconds: number;
  /** Folder for variables, manifests and the record. */
  readonly out: string;
  readonly gitCommit: string;
  /** Says what would be built, and builds nothing. */
  readonly dryRun: boolean;
  readonly now: Date;
  /** false makes an image of the source as it is, where no machine boots. */
  readonly provision: boolean;
  readonly say: (line: string) => void;
  readonly signal?: AbortSignal;
}

interface Clients {
  readonly ec2: EC2Client;
  readonly ssm: SSMClient;
}

/**
 * All or nothing: the record of the pool's image changes only when every region has it for every
 * architecture. What a failed build made is removed, so the previous image stays what it was.
 *
 * @returns the record; null after a dry run, or when only the base layer was built
 * @throws Error that says what failed and what was removed
 */
export async function buildImage(
  fleet: Fleet,
  buildable: BuildablePool,
  request: BuildRequest,
): Promise<ImageRecord | null> {
  const region = buildRegion(fleet, buildable);
  const clients = clientsOf(region);
  const build = randomBytes(4).toString('hex');
  try {
    if (request.dryRun) return await buildLayers(fleet, buildable, request, region, clients, build);
    const lock = await lockParameter(
      clients.ssm,
      imageBuildLockName(fleet.name, buildable.pool.id),
      {
        what: 'build',
        now: () => request.now,
        limitSeconds: architecturesOf(buildable).length * 2 * request.limitSeconds + cleanUpSeconds,
      },
    );
    try {
      return await buildLayers(fleet, buildable, request, region, clients, build);
    } finally {
      await lock.release();
    }
  } finally {
    close(clients);
  }
}

async function buildLayers(
  fleet: Fleet,
  buildable: BuildablePool,
  request: BuildRequest,
  region: Region,
  clients: Clients,
  build: string,
): Promise<ImageRecord | null> {
  const { pool, options, worker } = buildable;
  const workerVersion = request.layers === 'base' ? null : await findWorkerVersion(buildable);
  const shared = {
    id: build,
    region: region.name,
    gitCommit: request.gitCommit,
    workerVersion,
    at: request.now,
    instanceProfile: profileOf(fleet, buildable),
    ec2Endpoint: process.env.AWS_ENDPOINT_URL_EC2 ?? process.env.AWS_ENDPOINT_URL ?? null,
  };
  const made: { build: ImageBuild; images: ReadonlyMap<string, string> }[] = [];
  const run = async (layer: ImageLayer, architecture: Architecture, sourceImage: string) => {
    const manifest = join(request.out, `${pool.id}-${layer}-${architecture}.manifest.json`);
    const one: ImageBuild = { ...shared, layer, architecture, sourceImage, manifest };
    const images = await buildOne(fleet, buildable, one, request);
    if (images !== null) made.push({ build: one, images });
    return images?.get(region.name) ?? null;
  };
  try {
    for (const architecture of architecturesOf(buildable)) {
      const existing = await baseImage(clients.ec2, fleet, buildable, architecture);
      const wantsBase = needsBase(request, existing?.at ?? null);
      let base = existing?.id ?? null;
      if (wantsBase) {
        const source = await distributionImage(clients, buildable, architecture);
        base = (await run('base', architecture, source)) ?? base;
      }
      if (request.layers === 'base') continue;
      if (base === null && !request.dryRun)
        throw new Error(noBase(fleet, buildable, architecture, region));
      await run('worker', architecture, base ?? 'ami-00000000');
    }
  } catch (error) {
    // A base image that was made is whole, and the next build starts from it. Worker images go together.
    const failed = made.filter(({ build: { layer } }) => layer === 'worker');
    for (const { build: one } of failed) await clean(fleet, buildable, one, request);
    throw error;
  }
  const images: ImagesByRegion = {};
  for (const { build: one, images: ids } of made.filter((item) => item.build.layer === 'worker')) {
    for (const [name, id] of ids) images[name] = { ...images[name], [one.architecture]: id };
  }
  if (Object.keys(images).length === 0) return null;
  const record: ImageRecord = {
    fleet: fleet.name,
    pool: pool.id,
    build,
    builtAt: request.now.toISOString(),
    gitCommit: request.gitCommit,
    base: options.base,
    workerKind: worker.software.kind,
    workerVersion,
    images,
  };
  await writeFileAtomic(recordFile(request.out, pool.id), `${JSON.stringify(record, null, 2)}\n`);
  return record;
}

/** The file that `muster image deploy` reads. */
export function recordFile(out: string, poolId: string): string {
  return join(out, `${poolId}.image.json`);
}

/** One run of Packer. @returns ids by region; null after a dry run */
async function buildOne(
  fleet: Fleet,
  buildable: BuildablePool,
  build: ImageBuild,
  request: BuildRequest,
): Promise<ReadonlyMap<string, string> | null> {
  const variables = packerVariables(fleet, buildable, build);
  mkdirSync(request.out, { recursive: true });
  const file = build.manifest.replace(/manifest\.json$/, 'pkrvars.json');
  await writeFileAtomic(
    file,
    `${JSON.stringify({ ...variables, provision: request.provision }, null, 2)}\n`,
  );
  const what = `${build.layer} layer of ${buildable.pool.name}, ${build.architecture}`;
  const where = variables.regions.join(', ');
  request.say(`${what}: ${variables.image_name} from ${build.sourceImage}, in ${where}`);
  const parameters = ['build', `-var-file=${file}`, packerFolder];
  if (request.dryRun) {
    request.say(`would run: packer ${parameters.join(' ')}`);
    return null;
  }
  const environment = await packerEnvironment(regionOf(fleet, build.region));
  const run = { limitSeconds: request.limitSeconds, environment, onLine: request.say };
  try {
    rmSync(build.manifest, { force: true });
    await runPacker(['init', packerFolder], { ...run, ...aborted(request) });
    await runPacker(parameters, { ...run, ...aborted(request) });
    return readManifest(build.manifest, variables.regions);
  } catch (error) {
    const removed = await clean(fleet, buildable, build, request);
    const left = removed.length === 0 ? 'it left nothing' : `removed ${removed.join(', ')}`;
    throw new Error(
      `${what}: ${(error as Error).message}; ${left}; the previous image stays in use`,
    );
  }
}

function aborted({ signal }: BuildRequest): { signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}

async function clean(
  fleet: Fleet,
  buildable: BuildablePool,
  build: ImageBuild,
  { say }: BuildRequest,
): Promise<string[]> {
  const removed: string[] = [];
  for (const name of new Set([build.region, ...buildable.pool.regions])) {
    const clients = clientsOf(regionOf(fleet, name));
    try {
      const own = {
        build: build.id,
        imageName: imageName(fleet, buildable, build),
        layer: build.layer,
      };
      removed.push(
        ...(await removeLeftovers(clients.ec2, own)).map((item) => `${item} in ${name}`),
      );
    } catch (error) {
      // One region that does not answer keeps nobody from the others; its leftovers are for `clean`.
      say(
        `could not look for leftovers of build ${build.id} in ${name}: ${(error as Error).message}`,
      );
    } finally {
      close(clients);
    }
  }
  return removed;
}

function needsBase({ layers, now }: BuildRequest, existing: Date | null): boolean {
  if (layers !== 'auto') return layers !== 'worker';
  return existing === null || now.getTime() - existing.getTime() > baseAgeSeconds * 1_000;
}

function noBase(
  fleet: Fleet,
  { pool, options }: BuildablePool,
  architecture: Architecture,
  region: Region,
): string {
  return (
    `pools.${pool.name}: fleet ${fleet.name} has no base image of ${options.base} for ${architecture} in ` +
    `${region.name}; run npx muster image build ${pool.name} --layer both`
  );
}

/** Null: over ssh. Session Manager needs the profile that the stack of images makes. */
function profileOf(fleet: Fleet, { options }: BuildablePool): string | null {
  const has = fleet.infrastructure.imageBuild !== null;
  const connect = options.connect ?? (has ? 'session-manager' : 'ssh');
  if (connect === 'ssh') return null;
  return process.env.MUSTER_BUILDER_PROFILE ?? imageBuilderName(fleet.name);
}

/** The home region where the pool has it, else its first by name: copies go from there. */
function buildRegion(fleet: Fleet, { pool }: BuildablePool): Region {
  const home = homeRegion(fleet);
  if (pool.regions.includes(home.name)) return home;
  return regionOf(fleet, [...pool.regions].sort()[0] ?? home.name);
}

function regionOf(fleet: Fleet, name: string): Region {
  const region = fleet.regions.find((item) => item.name === name);
  if (region === undefined) throw new Error(`fleet ${fleet.name} has no region ${name}`);
  return region;
}

function architecturesOf({ pool }: BuildablePool): Architecture[] {
  return [...new Set(pool.instances.map(({ architecture }) => architecture))].sort();
}

function clientsOf({ name, credentials }: Region): Clients {
  const configuration = clientConfiguration(credentials, name);
  return { ec2: new EC2Client(configuration), ssm: new SSMClient(configuration) };
}

function close({ ec2, ssm }: Clients): void {
  ec2.destroy();
  ssm.destroy();
}
