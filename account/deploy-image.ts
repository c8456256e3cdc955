/** Puts an image into the SSM parameters that a pool's launch templates name, in all regions or in none. */
import { DescribeImagesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { SSMClient } from '@aws-sdk/client-ssm';
import { homeRegion } from '../pool/home-region.ts';
import { neededImages } from '../pool/image-lock.ts';
import { imageDeployLockName } from '../pool/image-tags.ts';
import type { Architecture, Fleet, Pool } from '../pool/pool.ts';
import type { Seconds, UnixSeconds } from '../pool/units.ts';
import { clientConfiguration } from '../scaler/aws/client-configuration.ts';
import { canaryVersion, deployedNote, insteadNote, previousImage } from './image-history.ts';
import {
  labelCanary,
  readHistory,
  unlabelCanary,
  validationLimit,
  writeParameter,
} from './image-parameter.ts';
import { lockParameter, type ParameterLock } from './parameter-lock.ts';
import { personCall } from './person-call.ts';

/** Putting back what was before takes so long at most in each region and architecture. */
const putBackLimit: Seconds = 2 * validationLimit;

/** A job that is killed and run again finds its own lock for three times as long. */
const lockRenewal: Seconds = 40;

/** One image of a pool: in one region, for one architecture. */
export interface ImagePlace {
  readonly region: string;
  readonly architecture: Architecture;
  readonly parameter: string;
}

export interface ImageChange extends ImagePlace {
  readonly present: string;
  /** What is put back when the new image fails; null: there is none, or it was deregistered. */
  readonly before: string | null;
  readonly after: string;
  /** Since when a deployment of {@link after}, whose command has died, has tried it; null: none has. */
  readonly triedSince: UnixSeconds | null;
}

/** Where a pool reads its images: one parameter for each region and architecture. */
export function imagePlaces(pool: Pool): ImagePlace[] {
  const { image } = pool;
  if (image.kind !== 'ssm') return [];
  return neededImages(pool).map((place) => ({
    ...place,
    parameter: image.parameter.replaceAll('{arch}', place.architecture),
  }));
}

/** Whether there is anything to put in, or to prove. */
export function isChange({ present, after, triedSince }: ImageChange): boolean {
  return present !== after || triedSince !== null;
}

/** Pools that read the same parameters, by name; the pool itself is among them. */
export function poolsOfImage({ pools }: Fleet, { image }: Pool): Pool[] {
  if (image.kind !== 'ssm') return [];
  return pools.filter(
    (other) => other.image.kind === 'ssm' && other.image.parameter === image.parameter,
  );
}

/**
 * Keeps other deployments of the same parameters away, by whichever pool they go.
 * @throws Error that names who deploys, and since when
 */
export function lockDeployment(fleet: Fleet, pool: Pool, now: () => Date): Promise<ParameterLock> {
  const [first = pool.id] = poolsOfImage(fleet, pool)
    .map(({ id }) => id)
    .sort();
  const { ssm } = clientsOf(fleet, homeRegion(fleet).name);
  return lockParameter(ssm, imageDeployLockName(fleet.name, first), {
    ...{ what: 'deployment', now },
    ...{ limitSeconds: 3 * lockRenewal, renewEverySeconds: lockRenewal },
  });
}

/**
 * What putting these images in would change, after a look at each image; changes nothing.
 *
 * @param imageOf null: the image that was in use before the present one
 * @throws Error with every image that is not there, not whole or of another architecture, and every
 * parameter that has no value or none before it
 */
export async function plannedChanges(
  fleet: Fleet,
  pool: Pool,
  imageOf: ((place: ImagePlace) => string) | null,
  signal: AbortSignal,
): Promise<ImageChange[]> {
  const problems: string[] = [];
  const changes: ImageChange[] = [];
  for (const place of imagePlaces(pool)) {
    const { ec2, ssm } = clientsOf(fleet, place.region);
    await personCall(`looking at ${where(place)}`, signal, async (abortSignal) => {
      const history = await readHistory(ssm, place.parameter, abortSignal);
      if (history === null) {
        problems.push(`${where(place)} is not there; apply the stack of images, or make it`);
        return;
      }
      const [{ value: present }] = history;
      const previous = previousImage(history);
      const after = imageOf === null ? previous : imageOf(place);
      if (after === null) {
        problems.push(`${where(place)} has had no image but ${present}; deploy one`);
        return;
      }
      const problem = await imageProblem(ec2, after, place.architecture, abortSignal);
      if (problem !== null) problems.push(`${after} for ${where(place)} ${problem}`);
      const canary = canaryVersion(history);
      // A canary that nobody has proven is nothing to go back to.
      const before = canary?.value === present ? previous : present;
      const isGone =
        before === null ||
        (await imageProblem(ec2, before, place.architecture, abortSignal)) !== null;
      changes.push({
        ...{ ...place, present, before: isGone ? null : before, after },
        triedSince: canary?.value === after ? canary.writtenAt : null,
      });
    });
  }
  throwProblems(problems);
  return changes;
}

function throwProblems(problems: readonly string[]): void {
  if (problems.length === 0) return;
  throw new Error(`${problems.join('\n')}\nNothing was changed: the previous image stays in use`);
}

/** @throws Error with every image that is not there, not whole or of another architecture */
export async function checkImages(
  fleet: Fleet,
  pool: Pool,
  imageOf: (place: Pick<ImagePlace, 'region' | 'architecture'>) => string,
  signal: AbortSignal,
): Promise<void> {
  const problems: string[] = [];
  for (const place of neededImages(pool)) {
    const { region, architecture } = place;
    const { ec2 } = clientsOf(fleet, region);
    const id = imageOf(place);
    await personCall(`looking at ${id} in ${region}`, signal, async (abortSignal) => {
      const problem = await imageProblem(ec2, id, architecture, abortSignal);
      if (problem !== null) problems.push(`${id} for ${architecture} in ${region} ${problem}`);
    });
  }
  throwProblems(problems);
}

/**
 * Writes what each parameter is to have. Fails whole: what was written before the failure is put back.
 * @param isCanary whether the version that has the new image is marked as one that is being tried
 * @throws Error that says what failed, and whether all is as before
 */
export async function putImages(
  fleet: Fleet,
  changes: readonly ImageChange[],
  isCanary: boolean,
  signal: AbortSignal,
): Promise<void> {
  const written: ImageChange[] = [];
  for (const change of changes) {
    const { ssm } = clientsOf(fleet, change.region);
    const { parameter, after } = change;
    try {
      written.push(change);
      const version = await write(fleet, change, { value: after, note: deployedNote }, signal);
      if (!isCanary) continue;
      await personCall(`labelling ${where(change)}`, signal, (abortSignal) =>
        labelCanary(ssm, parameter, version, abortSignal),
      );
    } catch (error) {
      const failed = await putBack(fleet, written, 'it could not be put in everywhere');
      const marked = isCanary ? await endCanary(fleet, written) : [];
      throw new Error([(error as Error).message, describePutBack(failed), ...marked].join('; '));
    }
  }
}

/**
 * Puts back what was there before, however long the deployment had; a later `--previous` passes over the
 * image that this takes back.
 * @param why as a version's description tells it, such as `it failed`
 * @returns what failed
 */
export async function putBack(
  fleet: Fleet,
  changes: readonly ImageChange[],
  why: string,
): Promise<string[]> {
  const failed: string[] = [];
  for (const change of changes) {
    const { before: value, present, after } = change;
    if (value === null) {
      const gone = present === after ? 'has had no other' : `had ${present}, which is gone`;
      failed.push(`${where(change)} ${gone}`);
      continue;
    }
    const signal = AbortSignal.timeout(putBackLimit * 1_000);
    const request = { value, note: insteadNote(after, why) };
    await write(fleet, change, request, signal).catch((error: Error) => failed.push(error.message));
  }
  return failed;
}

/** For a message, of what {@link putBack} returns. */
export function describePutBack(failed: readonly string[]): string {
  return failed.length === 0
    ? 'the previous image is back'
    : `the previous image could not be put back: ${failed.join('; ')}; deploy another`;
}

/** @returns the version that has the image @throws Error, having changed nothing of somebody else's */
async function write(
  fleet: Fleet,
  change: ImageChange,
  { value, note }: { readonly value: string; readonly note: string },
  signal: AbortSignal,
): Promise<number> {
  const { present, before, after, parameter } = change;
  const known = [present, after, ...(before === null ? [] : [before])];
  const { ssm } = clientsOf(fleet, change.region);
  const doing = `putting ${value} into ${where(change)}`;
  const written = await personCall(doing, signal, (abortSignal) =>
    writeParameter(ssm, parameter, { value, note, known }, abortSignal),
  );
  if (written.version === null) throw new Error(`${where(change)} ${written.because}`);
  return written.version;
}

/**
 * Takes the mark of a canary away, whoever put it there. @returns what failed
 */
export async function endCanary(fleet: Fleet, places: readonly ImagePlace[]): Promise<string[]> {
  const failed: string[] = [];
  for (const place of places) {
    const { ssm } = clientsOf(fleet, place.region);
    const signal = AbortSignal.timeout(putBackLimit * 1_000);
    await personCall(`ending the canary of ${where(place)}`, signal, (abortSignal) =>
      unlabelCanary(ssm, place.parameter, abortSignal),
    ).catch((error: Error) => failed.push(error.message));
  }
  return failed;
}

/** null: it is there, whole, and of the architecture. */
async function imageProblem(
  ec2: EC2Client,
  id: string,
  architecture: Architecture,
  abortSignal: AbortSignal,
): Promise<string | null> {
  const { Images = [] } = await ec2
    .send(new DescribeImagesCommand({ ImageIds: [id] }), { abortSignal })
    .catch((error: Error) => {
      if (error.name.startsWith('InvalidAMIID')) return { Images: [] };
      throw error;
    });
  const [image] = Images;
  if (image === undefined) return 'is not there: it was deregistered, or is not shared with you';
  if (image.State !== 'available') return `is not whole: its state is ${image.State}`;
  if (image.Architecture !== architecture) return `is of ${image.Architecture}`;
  return null;
}

function where({ parameter, region }: ImagePlace): string {
  return `parameter ${parameter} in ${region}`;
}

function clientsOf(fleet: Fleet, name: string) {
  const region = fleet.regions.find((item) => item.name === name);
  if (region === undefined) throw new Error(`fleet ${fleet.name} has no region ${name}`);
  const configuration = clientConfiguration(region.credentials, region.name);
  return { ec2: new EC2Client(configuration), ssm: new SSMClient(configuration) };
}
