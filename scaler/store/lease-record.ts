/** How a lease stands in the store: who holds it, and what changes when it changes hands alone. */
import { z } from 'zod';
import { type RecordKey, type StoredRecord, StoreError } from './store.ts';

const recordSchema = z.object({
  /** null: it was given up. */
  holder: z.string().nullable(),
  epoch: z.int().min(1),
  duration: z.number().positive(),
});

/** Written with each renewal. It never expires, so that epochs go on. */
export function leaseKey(name: string): RecordKey {
  return { partition: 'leases', sort: name };
}

/** Written when the lease changes hands. */
export function fenceKey(name: string): RecordKey {
  return { partition: 'leases', sort: `${name}/epoch` };
}

/** @throws StoreError `invalid` */
export function leaseOf({ value, sort }: StoredRecord): z.output<typeof recordSchema> {
  const parsed = recordSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new StoreError('invalid', `leases: what is kept of ${sort} cannot be read`);
}
