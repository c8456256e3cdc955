/** What was made over the API: worker types and AMI sets, from a store or from a server. */
import { InvalidArgumentError, Option } from 'commander';
import ky from 'ky';
import { z } from 'zod';
import type { AmiSetImages } from '../pool/ami-set-images.ts';
import { homeRegion } from '../pool/home-region.ts';
import type { Fleet } from '../pool/pool.ts';
import type { StoredWorkerType } from '../pool/stored-pools.ts';
import { workerTypeRequest } from '../pool/worker-type.ts';
import { AmiSets } from '../scaler/store/ami-sets.ts';
import type { StoredDocument } from '../scaler/store/named-documents.ts';
import { openStore } from '../scaler/store/open-store.ts';
import { parseStoreAddress, type StoreAddress } from '../scaler/store/store-address.ts';
import { WorkerTypes } from '../scaler/store/worker-types.ts';
import { systemClock } from '../scaler/system-clock.ts';

/** Where they are: a server of the API, or its store. */
export type DefinitionSource =
  | { readonly kind: 'server'; readonly url: string }
  | { readonly kind: 'store'; readonly address: StoreAddress };

export interface StoredDefinitions {
  readonly workerTypes: readonly StoredWorkerType[];
  /** By name. */
  readonly amiSets: ReadonlyMap<string, AmiSetImages>;
  /** Names of worker types that are kept and cannot be read. */
  readonly unreadable: readonly string[];
}

const amiSetSchema = z.object({
  amis: z.array(z.object({ region: z.string(), hvm: z.string() })),
});

/** Of a server, a call answers within this. */
const callLimitMilliseconds = 20_000;

export function sourceOption(flag: string, description: string): Option {
  return new Option(
    `${flag} <store-or-url>`,
    `${description}: sqlite:FILE, dynamodb:TABLE, or the URL of a server (with its token in MUSTER_TOKEN)`,
  ).argParser((text): DefinitionSource => {
    if (URL.canParse(text) && /^https?:/.test(text)) {
      return { kind: 'server', url: text.replace(/\/+$/, '') };
    }
    try {
      return { kind: 'store', address: parseStoreAddress(text) };
    } catch (error) {
      throw new InvalidArgumentError((error as Error).message);
    }
  });
}

/** @throws Error when the source does not answer, or a token lacks a scope. */
export async function storedDefinitions(
  source: DefinitionSource,
  fleet: Fleet,
): Promise<StoredDefinitions> {
  return source.kind === 'server' ? fromServer(source.url) : fromStore(source.address, fleet);
}

async function fromStore(address: StoreAddress, fleet: Fleet): Promise<StoredDefinitions> {
  const { credentials, name: region } = homeRegion(fleet);
  const signal = new AbortController().signal;
  const store = await openStore(
    address,
    { credentials, region, clock: systemClock },
    signal,
    'read',
  );
  try {
    const documents = await new WorkerTypes(store).list(signal);
    const sets = await new AmiSets(store).list(signal);
    return collected(
      documents.map(({ name, document }) => [name, document]),
      sets.map(({ name, document }) => [name, document]),
    );
  } finally {
    await store.close();
  }
}

async function fromServer(url: string): Promise<StoredDefinitions> {
  const token = process.env.MUSTER_TOKEN;
  const api = ky.create({
    prefixUrl: `${url}/v1`,
    timeout: callLimitMilliseconds,
    retry: { limit: 2 },
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  });
  const names = async (path: string) => z.array(z.string()).parse(await api.get(path).json());
  const each = async (path: string, all: readonly string[]) => {
    const found: [string, StoredDocument][] = [];
    for (const name of all) {
      found.push([
        name,
        (await api.get(`${path}/${encodeURIComponent(name)}`).json()) as StoredDocument,
      ]);
    }
    return found;
  };
  const definitions = await each('worker-type', await names('list-worker-types'));
  return collected(
    definitions.map(([name, { workerType: _, lastModified: __, ...definition }]) => [
      name,
      definition,
    ]),
    await each('ami-set', await names('list-ami-sets')),
  );
}

function collected(
  definitions: readonly (readonly [string, StoredDocument])[],
  sets: readonly (readonly [string, StoredDocument])[],
): StoredDefinitions {
  const workerTypes: StoredWorkerType[] = [];
  const unreadable: string[] = [];
  for (const [workerType, document] of definitions) {
    const parsed = workerTypeRequest.safeParse(document);
    if (parsed.success) workerTypes.push({ workerType, definition: parsed.data });
    else unreadable.push(workerType);
  }
  const amiSets = new Map<string, AmiSetImages>();
  for (const [name, document] of sets) {
    const parsed = amiSetSchema.safeParse(document);
    if (parsed.success) amiSets.set(name, parsed.data);
  }
  return { workerTypes, amiSets, unreadable };
}
