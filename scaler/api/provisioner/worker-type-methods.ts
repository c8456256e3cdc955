/** Methods that read and change definitions of worker types. */
import { isDeepStrictEqual } from 'node:util';
import type { UnixSeconds } from '../../../pool/units.ts';
import type { WorkerType } from '../../../pool/worker-type.ts';
import {
  launchSpecificationFaults,
  renderLaunchSpecifications,
} from '../../../pool/worker-type-launch-specification.ts';
import { poolNameOf } from '../../../pool/worker-type-pool.ts';
import type { StoredDocument } from '../../store/named-documents.ts';
import { StoreError } from '../../store/store.ts';
import { ApiError } from '../api-error.ts';
import type { DirectoryEntry } from '../pool-directory.ts';
import type { ApiCall, Handler, ProvisionerParts } from './call.ts';
import type { MethodName } from './methods.ts';
import { newToken } from './token.ts';

export function workerTypeMethods(parts: ProvisionerParts) {
  const { clock, directory, workerTypes } = parts;

  const known = async ({ params, signal }: ApiCall): Promise<DirectoryEntry> => {
    const workerType = params.workerType ?? '';
    const entry = await directory.get(workerType, signal);
    if (entry !== null) return entry;
    throw new ApiError('ResourceNotFound', `there is no worker type ${workerType}`);
  };

  /** Someone else may write the same in the same moment: then what is there counts. */
  const create = async ({ params, body, signal }: ApiCall): Promise<DirectoryEntry> => {
    const workerType = params.workerType ?? '';
    const definition = checked(body);
    const before = await directory.get(workerType, signal);
    if (before === null) {
      refuseTakenName(await directory.list(signal), workerType);
      try {
        const document = definition as unknown as StoredDocument;
        const written = await workerTypes.create(workerType, document, clock.now(), signal);
        return directory.wrote(workerType, written)!;
      } catch (error) {
        if (!(error instanceof StoreError) || error.kind !== 'conflict') throw error;
      }
    }
    const entry = before ?? (await directory.get(workerType, signal));
    if (entry === null) throw new ApiError('RequestConflict', 'it was removed meanwhile');
    refuseReadOnly(entry);
    if (sameDefinition(entry.definition, definition)) return entry;
    throw new ApiError(
      'RequestConflict',
      `worker type ${workerType} already exists with a different definition; update it, or remove it first`,
    );
  };

  const update = async (call: ApiCall): Promise<DirectoryEntry> => {
    const definition = checked(call.body);
    const before = await known(call);
    const read = refuseReadOnly(before);
    const document = definition as unknown as StoredDocument;
    const written = await workerTypes.replace(read, document, clock.now(), call.signal);
    return directory.wrote(before.workerType, written)!;
  };

  return {
    createWorkerType: async (call) => response(await create(call)),
    updateWorkerType: async (call) => response(await update(call)),
    workerType: async (call) => response(await known(call)),
    workerTypeLastModified: async (call) => {
      const { workerType, lastModified } = await known(call);
      return { workerType, lastModified: isoTime(lastModified) };
    },
    listWorkerTypes: async ({ signal }) =>
      (await directory.list(signal)).map(({ workerType }) => workerType),
    removeWorkerType: async ({ params, signal }) => {
      const workerType = params.workerType ?? '';
      const entry = await directory.get(workerType, signal);
      if (entry !== null) refuseReadOnly(entry);
      await workerTypes.remove(workerType, signal);
      directory.wrote(workerType, null);
      return undefined;
    },
    getLaunchSpecs: async (call) => {
      const { workerType, definition, lastModified } = await known(call);
      return renderLaunchSpecifications(definition, {
        workerType,
        provisionerId: parts.provisionerId,
        launchSpecGenerated: isoTime(clock.now()),
        lastModified: isoTime(lastModified),
        provisionerBaseUrl: `${call.origin}/v1`,
        taskclusterRootUrl: call.origin,
        // It has the form of one and opens nothing: this is a preview.
        securityToken: newToken(),
      });
    },
  } satisfies Partial<Record<MethodName, Handler>>;
}

/** @throws ApiError InputError with every fault of the launch specifications. */
function checked(body: unknown): WorkerType {
  const definition = body as WorkerType;
  const reasons = launchSpecificationFaults(definition);
  if (reasons.length === 0) return definition;
  throw new ApiError('InputError', `Invalid workerType: ${JSON.stringify(reasons)}`, { reasons });
}

/** @throws ApiError RequestConflict for a pool of the file. */
function refuseReadOnly(entry: DirectoryEntry) {
  if (entry.document !== null) return entry.document;
  throw new ApiError(
    'RequestConflict',
    `${entry.workerType} is a pool of the declaration's file, which the API cannot change; edit the file`,
  );
}

/** Two worker types whose names come to one pool would be one pool. */
function refuseTakenName(entries: readonly DirectoryEntry[], workerType: string): void {
  const poolId = poolNameOf(workerType);
  const other = entries.find((entry) => entry.poolId === poolId);
  if (other === undefined) return;
  throw new ApiError(
    'RequestConflict',
    `${workerType} would be the pool ${poolId}, which ${other.workerType} is; choose another name`,
  );
}

/** Who describes it and who answers for it may differ, as it did in the provisioner. */
function sameDefinition(one: WorkerType, other: WorkerType): boolean {
  const withoutWords = ({ description: _, owner: __, ...rest }: WorkerType) => rest;
  return isDeepStrictEqual(withoutWords(one), withoutWords(other));
}

function response({ workerType, definition, lastModified }: DirectoryEntry) {
  return { workerType, ...definition, lastModified: isoTime(lastModified) };
}

export function isoTime(at: UnixSeconds): string {
  return new Date(at * 1000).toISOString();
}
