/** Puts an image into the SSM parameters that a pool's launch templates name, in all regions or in none. */
import { setTimeout as sleep } from 'node:timers/promises';
import { DescribeImagesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { GetParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { neededImages } from '../pool/image-lock.ts';
import type { Architecture, Fleet, Pool } from '../pool/pool.ts';
import { clientConfiguration } from '../scaler/aws/client-configuration.ts';
import { valuesBefore } from './image-uses.ts';
import { personCall } from './person-call.ts';

/** SSM takes a value of this type only once EC2 has found the image, after it has answered. */
const imageDataType = 'aws:ec2:image';
/** It takes seconds ("Native parameter support for AMI IDs", Systems Manager user guide). */
const validationSeconds = 120;
const lookEverySeconds = 1;

/** One image of a pool: in one region, for one architecture. */
export interface ImagePlace {
  readonly region: string;
  readonly architecture: Architecture;
  readonly parameter: string;
}

export interface ImageChange extends ImagePlace {
  readonly before: string;
  readonly after: string;
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

/**
 * What putting these images in would change, after a look at each image; changes nothing.
 *
 * @param imageOf null: the image that was there before the present one
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
      const before = await readParameter(ssm, place.parameter, abortSignal);
      if (before === null) {
        problems.push(`${where(place)} is not there; apply the stack of images, or make it`);
        return;
      }
      const [previous] =
        imageOf === null ? ((await valuesBefore(ssm, place.parameter, abortSignal)) ?? []) : [];
      const after = imageOf === null ? previous : imageOf(place);
      if (after === undefined) {
        problems.push(`${where(place)} has had no image but ${before}; deploy one`);
        return;
      }
      const problem = await imageProblem(ec2, after, place.architecture, abortSignal);
      if (problem !== null) problems.push(`${after} for ${where(place)} ${problem}`);
      changes.push({ ...place, before, after });
    });
  }
  if (problems.length > 0) {
    throw new Error(`${problems.join('\n')}\nNothing was changed: the previous image stays in use`);
  }
  return changes;
}

/**
 * Writes what each parameter is to have. Fails whole: what was written before the failure is put back.
 * @throws Error that says what failed, and whether all is as before
 */
export async function putImages(
  fleet: Fleet,
  changes: readonly ImageChange[],
  signal: AbortSignal,
): Promise<void> {
  const written: ImageChange[] = [];
  for (const change of changes) {
    try {
      written.push(change);
      await putImage(fleet, change, change.after, signal);
    } catch (error) {
      const failed = await putBack(fleet, written);
      const outcome =
        failed.length === 0
          ? 'the previous image is back everywhere'
          : `and the previous image could not be put back: ${failed.join('; ')}`;
      throw new Error(`${(error as Error).message}; ${outcome}`);
    }
  }
}

/** Puts back what was there before, however long the deployment had. @returns what failed */
export async function putBack(fleet: Fleet, changes: readonly ImageChange[]): Promise<string[]> {
  const failed: string[] = [];
  for (const change of changes) {
    const signal = AbortSignal.timeout(2 * validationSeconds * 1_000);
    await putImage(fleet, change, change.before, signal).catch((error: Error) =>
      failed.push(`${where(change)}: ${error.message}`),
    );
  }
  return failed;
}

async function putImage(
  fleet: Fleet,
  change: ImageChange,
  Value: string,
  signal: AbortSignal,
): Promise<void> {
  const { ssm } = clientsOf(fleet, change.region);
  const Name = change.parameter;
  await personCall(`writing ${where(change)}`, signal, async (abortSignal) => {
    const { Parameter } = await ssm.send(new GetParameterCommand({ Name }), { abortSignal });
    if (Parameter?.Value === Value) return;
    const { DataType = imageDataType } = Parameter ?? {};
    await ssm.send(
      new PutParameterCommand({ Name, Value, DataType, Type: 'String', Overwrite: true }),
      { abortSignal },
    );
    for (let waited = 0; waited < validationSeconds; waited += lookEverySeconds) {
      if ((await readParameter(ssm, Name, abortSignal)) === Value) return;
      await sleep(lookEverySeconds * 1_000, undefined, { signal: abortSignal });
    }
    throw new Error(`SSM did not take ${Value} within ${validationSeconds} s`);
  });
}

async function readParameter(
  ssm: SSMClient,
  Name: string,
  abortSignal: AbortSignal,
): Promise<string | null> {
  try {
    const { Parameter } = await ssm.send(new GetParameterCommand({ Name }), { abortSignal });
    return Parameter?.Value ?? null;
  } catch (error) {
    if ((error as Error).name === 'ParameterNotFound') return null;
    throw error;
  }
}

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
  if (image === undefined) return 'is not there';
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
