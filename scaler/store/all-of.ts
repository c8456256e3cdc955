import { type ListRequest, mostListed, type Store, type StoredRecord } from './store.ts';

/** Every record of a partition, page after page; for partitions that people fill, not machines. */
export async function allOf(
  store: Store,
  request: Omit<ListRequest, 'after' | 'limit'>,
  signal: AbortSignal,
): Promise<readonly StoredRecord[]> {
  const all: StoredRecord[] = [];
  let after: string | null = null;
  do {
    const page = await store.list(
      { ...request, limit: mostListed, ...(after === null ? {} : { after }) },
      signal,
    );
    all.push(...page.records);
    after = page.next;
  } while (after !== null);
  return all;
}
