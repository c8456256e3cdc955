/** Which version of muster's records a store holds, and how an older one becomes the present one. */
import { z } from 'zod';
import { type Fence, type Store, StoreError } from './store.ts';

/** One step forward, from the version that it stands at. Done again after a failure, so repeatable. */
export type Migration = (
  store: Store,
  signal: AbortSignal,
  fence: Fence | undefined,
) => Promise<void>;

/** Step 0 leads from version 1 to 2, and so on: as many as there were changes of what records mean. */
const migrations: readonly Migration[] = [];

const key = { partition: 'store', sort: 'schema' };
const recordSchema = z.object({ version: z.int().min(1) });

/**
 * Refuses a store that a newer muster wrote; one without a version gets the present one, unless it is
 * only read. Answers whether it is of an older version, which {@link migrateSchema} brings forward.
 *
 * @throws StoreError `incompatible`, and whatever the store throws
 */
export async function checkSchema(
  store: Store,
  signal: AbortSignal,
  use: 'read' | 'write' = 'write',
  steps = migrations,
): Promise<'current' | 'older'> {
  const version = (await readVersion(store, signal))?.version ?? null;
  if (version !== null) return refuseNewer(version, steps);
  if (use === 'read') return 'current';
  try {
    const value = { version: steps.length + 1 };
    await store.write([{ do: 'put', key, value, when: 'absent' }], signal);
    return 'current';
  } catch (error) {
    // Another was first.
    if (error instanceof StoreError && error.kind === 'conflict') {
      return checkSchema(store, signal, use, steps);
    }
    throw error;
  }
}

/**
 * Brings an older store forward, step by step, each told in the store when it is done. With a shared
 * store only the leader does so, under its fence: an older one that still leads is not written over.
 *
 * @throws StoreError `incompatible`, and whatever the store throws
 */
export async function migrateSchema(
  store: Store,
  signal: AbortSignal,
  fence?: Fence,
  steps = migrations,
): Promise<void> {
  await checkSchema(store, signal, 'write', steps);
  for (;;) {
    const read = await readVersion(store, signal);
    const step = read === null ? undefined : steps[read.version - 1];
    if (read === null || step === undefined) return;
    await step(store, signal, fence);
    const value = { version: read.version + 1 };
    const when = { version: read.recordVersion };
    await store.write([{ do: 'put', key, value, when }], signal, fence);
  }
}

async function readVersion(store: Store, signal: AbortSignal) {
  const record = await store.get(key, signal);
  if (record === null) return null;
  const parsed = recordSchema.safeParse(record.value);
  if (parsed.success) return { version: parsed.data.version, recordVersion: record.version };
  throw new StoreError('invalid', 'the store does not say which version of muster wrote it');
}

function refuseNewer(version: number, steps: readonly Migration[]): 'current' | 'older' {
  const own = steps.length + 1;
  if (version === own) return 'current';
  if (version < own) return 'older';
  throw new StoreError(
    'incompatible',
    `the store is of version ${version}, and this version of muster reads up to ${own}; ` +
      'run the newer muster, or name another store',
  );
}
