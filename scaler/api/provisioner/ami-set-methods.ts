/** Methods that read and change AMI sets: for each region an image, which pools name by the set. */
import { isDeepStrictEqual } from 'node:util';
import type { NamedDocument, StoredDocument } from '../../store/named-documents.ts';
import { StoreError } from '../../store/store.ts';
import { ApiError } from '../api-error.ts';
import type { ApiCall, Handler, ProvisionerParts } from './call.ts';
import type { MethodName } from './methods.ts';
import { isoTime } from './worker-type-methods.ts';

export function amiSetMethods({ amiSets, clock }: ProvisionerParts) {
  const known = async ({ params, signal }: ApiCall): Promise<NamedDocument> => {
    const id = params.id ?? '';
    const set = await amiSets.get(id, signal);
    if (set !== null) return set;
    throw new ApiError('ResourceNotFound', `there is no AMI set ${id}`);
  };

  return {
    createAmiSet: async (call) => {
      const id = call.params.id ?? '';
      const document = call.body as StoredDocument;
      try {
        return response(await amiSets.create(id, document, clock.now(), call.signal));
      } catch (error) {
        if (!(error instanceof StoreError) || error.kind !== 'conflict') throw error;
      }
      const before = await known(call);
      if (isDeepStrictEqual(before.document, document)) return response(before);
      const message = `AMI set ${id} already exists with other images; update it, or remove it first`;
      throw new ApiError('RequestConflict', message);
    },
    amiSet: async (call) => response(await known(call)),
    updateAmiSet: async (call) => {
      const before = await known(call);
      const document = call.body as StoredDocument;
      return response(await amiSets.replace(before, document, clock.now(), call.signal));
    },
    listAmiSets: async ({ signal }) => (await amiSets.list(signal)).map(({ name }) => name),
    removeAmiSet: async ({ params, signal }) => {
      await amiSets.remove(params.id ?? '', signal);
      return undefined;
    },
  } satisfies Partial<Record<MethodName, Handler>>;
}

function response({ name, document, lastModified }: NamedDocument) {
  return { id: name, ...document, lastModified: isoTime(lastModified) };
}
