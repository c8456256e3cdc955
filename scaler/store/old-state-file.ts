import { readFile, rename } from 'node:fs/promises';
import { z } from 'zod';
import type { State } from '../ports.ts';
import { memorySchema } from '../schemas/memory-schema.ts';
import { usableLast } from './scaler-memory.ts';
import { StoreError } from './store.ts';

/** Where muster kept its state before it had a store. */
export const oldStateFile = '.muster-state.json';

const fileVersion = 1;

const fileSchema = z.object({
  version: z.literal(fileVersion),
  memories: z.record(z.string(), memorySchema),
  last: z.record(z.string(), z.unknown()),
  launched: z.array(z.strictObject({ region: z.string(), at: z.number(), slots: z.int().min(0) })),
});

/**
 * The state in a JSON file of a muster that had no store. null: there is no such file.
 * @throws StoreError `invalid` when there is one, and it is no state; it stays as it is
 */
export async function readOldStateFile(file: string): Promise<State | null> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw unusable(file, error instanceof Error ? error.message : String(error), error);
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw unusable(file, `not JSON: ${error instanceof Error ? error.message : error}`, error);
  }
  const parsed = fileSchema.safeParse(json);
  if (!parsed.success) throw unusable(file, z.prettifyError(parsed.error), parsed.error);
  const { memories, last, launched } = parsed.data;
  return { memories, last: usableLast(last), launched };
}

/** Puts the file aside once its state is in the store; answers its new name. */
export async function retireOldStateFile(file: string): Promise<string> {
  const retired = `${file}.imported`;
  await rename(file, retired);
  return retired;
}

function unusable(file: string, problem: string, cause: unknown): StoreError {
  return new StoreError(
    'invalid',
    `${file}: not a state that this version of muster can take over: ${problem}; restore it, or ` +
      'move it away to start without a memory',
    { cause },
  );
}
