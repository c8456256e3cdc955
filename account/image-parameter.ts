/** The SSM parameters that hold images: reading, writing and labelling them. All throw what the SDK throws. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  GetParameterCommand,
  LabelParameterVersionCommand,
  PutParameterCommand,
  paginateGetParameterHistory,
  type SSMClient,
  UnlabelParameterVersionCommand,
} from '@aws-sdk/client-ssm';
import { canaryLabel } from '../pool/names.ts';
import type { Seconds } from '../pool/units.ts';
import { collect } from '../scaler/aws/aws-call.ts';
import type { ImageHistory } from './image-history.ts';

/** SSM takes a value of this type only once EC2 has found the image, after it has answered. */
const imageDataType = 'aws:ec2:image';
/** It takes seconds ("Native parameter support for AMI IDs", Systems Manager user guide). */
export const validationLimit: Seconds = 120;
const lookEvery: Seconds = 1;

/** null: there is no such parameter, or no such version or label of it. */
export async function readParameter(
  ssm: SSMClient,
  Name: string,
  abortSignal: AbortSignal,
): Promise<{ readonly value: string; readonly version: number; readonly dataType: string } | null> {
  try {
    const { Parameter = {} } = await ssm.send(new GetParameterCommand({ Name }), { abortSignal });
    const {
      Value: value = '',
      Version: version = 0,
      DataType: dataType = imageDataType,
    } = Parameter;
    return { value, version, dataType };
  } catch (error) {
    if (/^ParameterNotFound$|^ParameterVersionNotFound$/.test((error as Error).name)) return null;
    throw error;
  }
}

/** null: there is no such parameter. */
export async function readHistory(
  client: SSMClient,
  Name: string,
  abortSignal: AbortSignal,
): Promise<ImageHistory | null> {
  try {
    const pages = paginateGetParameterHistory({ client, pageSize: 50 }, { Name }, { abortSignal });
    const versions = await collect(pages, ({ Parameters }) => Parameters);
    const [first, ...others] = versions
      .map(({ Version = 0, Value = '', Description = '', Labels = [], LastModifiedDate }) => ({
        ...{ version: Version, value: Value, description: Description, labels: Labels },
        writtenAt: (LastModifiedDate?.getTime() ?? 0) / 1_000,
      }))
      .sort((a, b) => b.version - a.version);
    return first === undefined ? null : [first, ...others];
  } catch (error) {
    if ((error as Error).name === 'ParameterNotFound') return null;
    throw error;
  }
}

/**
 * Writes an image and waits until it is the parameter's.
 * @param known what the parameter may hold before: another value is somebody else's, and stays
 * @returns the version that has it, or why none has
 */
export async function writeParameter(
  ssm: SSMClient,
  Name: string,
  { value: Value, note: Description, known }: WriteRequest,
  abortSignal: AbortSignal,
): Promise<Written> {
  const before = await readParameter(ssm, Name, abortSignal);
  if (before?.value === Value) return { version: before.version };
  if (before !== null && !known.includes(before.value)) {
    return {
      version: null,
      because: `holds ${before.value}, which somebody else has put in; it stays`,
    };
  }
  const DataType = before?.dataType ?? imageDataType;
  await ssm.send(
    new PutParameterCommand({
      Name,
      Value,
      Description,
      DataType,
      Type: 'String',
      Overwrite: true,
    }),
    { abortSignal },
  );
  for (let waited = 0; waited < validationLimit; waited += lookEvery) {
    const now = await readParameter(ssm, Name, abortSignal);
    if (now?.value === Value) return { version: now.version };
    await sleep(lookEvery * 1_000, undefined, { signal: abortSignal });
  }
  return { version: null, because: `did not take ${Value} within ${validationLimit} s` };
}

export interface WriteRequest {
  readonly value: string;
  /** Description of the version. */
  readonly note: string;
  readonly known: readonly string[];
}

export type Written =
  | { readonly version: number }
  /** `because` goes on after the parameter's name. */
  | { readonly version: null; readonly because: string };

/** Marks the version of a canary. SSM moves the label from another version. */
export async function labelCanary(
  ssm: SSMClient,
  Name: string,
  ParameterVersion: number,
  abortSignal: AbortSignal,
): Promise<void> {
  const Labels = [canaryLabel];
  const { InvalidLabels = [] } = await ssm.send(
    new LabelParameterVersionCommand({ Name, ParameterVersion, Labels }),
    { abortSignal },
  );
  if (InvalidLabels.length > 0) throw new Error(`SSM refused the label ${canaryLabel}`);
}

/** Takes the label away, whichever version has it. */
export async function unlabelCanary(
  ssm: SSMClient,
  Name: string,
  abortSignal: AbortSignal,
): Promise<void> {
  const labelled = await readParameter(ssm, `${Name}:${canaryLabel}`, abortSignal);
  if (labelled === null) return;
  const ParameterVersion = labelled.version;
  await ssm.send(
    new UnlabelParameterVersionCommand({ Name, ParameterVersion, Labels: [canaryLabel] }),
    { abortSignal },
  );
}
