import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from '../scaler/store/open-store.ts';
import type { Store } from '../scaler/store/store.ts';
import { parseStoreAddress } from '../scaler/store/store-address.ts';
import { systemClock } from '../scaler/system-clock.ts';

export const description = 'reads and durable updates a second of a store, by clients at once';

/** `store`: a file of its own, or such as dynamodb:TABLE, an empty table that is there. */
export const parameters = { store: 'sqlite', seconds: 3, records: 1_000, bytes: 1_000 };

export interface BenchResult {
  /** One flat object a row, with units in the names of its fields. */
  readonly rows: readonly Readonly<Record<string, string | number>>[];
}

const never = new AbortController().signal;
const clientsAtOnce = [1, 10, 100];

/** An update reads nothing and is made on the condition that the record is there. */
export async function run({
  store: address,
  seconds,
  records,
  bytes,
}: typeof parameters): Promise<BenchResult> {
  const folder = mkdtempSync(join(tmpdir(), 'muster-bench-'));
  const text = address === 'sqlite' ? `sqlite:${join(folder, 'bench.db')}` : address;
  const region = process.env.AWS_REGION ?? 'eu-west-1';
  const where = { credentials: { kind: 'default' }, region, clock: systemClock } as const;
  const store = await openStore(parseStoreAddress(text), where, never);
  try {
    const value = { text: 'x'.repeat(bytes) };
    const keyOf = (index: number) => ({ partition: 'bench', sort: String(index % records) });
    const put = (index: number, when: 'any' | 'present') =>
      store.write([{ do: 'put', key: keyOf(index), value, when }], never);
    await inTurn(records, 50, (index) => put(index, 'any'));
    const rows: Record<string, string | number>[] = [];
    for (const clients of clientsAtOnce) {
      const row = (operation: string, measured: Measured) =>
        rows.push({ store: address, operation, clients, bytes, ...measured });
      row('read', await measure(seconds, clients, (index) => store.get(keyOf(index), never)));
      row('update', await measure(seconds, clients, (index) => put(index, 'present')));
    }
    const page = (index: number) =>
      store.list({ partition: 'bench', after: String(index % records), limit: 100 }, never);
    const lists = await measure(seconds, 1, page);
    rows.push({ store: address, operation: 'list of 100', clients: 1, bytes, ...lists });
    await clear(store, records, keyOf);
    return { rows };
  } finally {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Measured {
  readonly perSecond: number;
  readonly perCpuSecond: number;
  readonly p50Milliseconds: number;
  readonly p99Milliseconds: number;
  readonly [field: string]: number;
}

/** So many clients, each with one call after the other; time of the processor is this process's. */
async function measure(
  seconds: number,
  clients: number,
  call: (index: number) => Promise<unknown>,
): Promise<Measured> {
  const took: number[] = [];
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  const end = startedAt + seconds * 1000;
  let next = 0;
  await Promise.all(
    Array.from({ length: clients }, async () => {
      while (performance.now() < end) {
        const calledAt = performance.now();
        next += 1;
        await call(next);
        took.push(performance.now() - calledAt);
      }
    }),
  );
  const { user, system } = process.cpuUsage(cpuBefore);
  took.sort((left, right) => left - right);
  const at = (share: number) => Number(took[Math.floor(took.length * share)]!.toFixed(3));
  return {
    perSecond: Math.round((took.length / (performance.now() - startedAt)) * 1000),
    perCpuSecond: Math.round((took.length / (user + system)) * 1e6),
    p50Milliseconds: at(0.5),
    p99Milliseconds: at(0.99),
  };
}

async function clear(
  store: Store,
  records: number,
  keyOf: (index: number) => { partition: string; sort: string },
): Promise<void> {
  await inTurn(records, 50, (index) =>
    store.write([{ do: 'remove', key: keyOf(index), when: 'any' }], never),
  );
}

async function inTurn(
  count: number,
  atOnce: number,
  call: (index: number) => Promise<unknown>,
): Promise<void> {
  for (let index = 0; index < count; index += atOnce) {
    const those = Array.from({ length: Math.min(atOnce, count - index) }, (_, one) => index + one);
    await Promise.all(those.map(call));
  }
}
