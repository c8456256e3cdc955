import { readFile } from 'node:fs/promises';
import writeFileAtomic from 'write-file-atomic';
import { z } from 'zod';
import type { State, StatePort } from '../ports.ts';
import { decisionSchema } from '../schemas/decision-schema.ts';
import { memorySchema } from '../schemas/memory-schema.ts';
import { observationSchema } from '../schemas/observation-schema.ts';

/** Of the file as a whole; a memory in it has its own. */
const fileVersion = 1;

const lastSchema = z.object({ observation: observationSchema, decision: decisionSchema });

const fileSchema = z.object({
  version: z.literal(fileVersion),
  memories: z.record(z.string(), memorySchema),
  last: z.record(z.string(), z.unknown()),
  launched: z.array(z.strictObject({ region: z.string(), at: z.number(), slots: z.int().min(0) })),
});

/** The state file cannot be used; the message names the file, what is wrong and the fix. */
export class StateFileError extends Error {
  override readonly name = 'StateFileError';
}

/**
 * The scaler's memory in one JSON file, replaced as a whole, so that a crash leaves the old or the
 * new one. A file that cannot be used is an error and stays as it is: nothing is saved over what
 * was not loaded. A save that fails rejects, and the scaler goes on from its memory.
 */
export class FileState implements StatePort {
  readonly #file: string;
  #loaded = false;

  constructor(file: string) {
    this.#file = file;
  }

  /** @throws StateFileError when there is a file, and it is not a state that this version reads. */
  async load(): Promise<State> {
    const text = await this.#read();
    const state = text === null ? { memories: {}, last: {}, launched: [] } : this.#parse(text);
    this.#loaded = true;
    return state;
  }

  async save({ memories, last, launched }: State): Promise<void> {
    if (!this.#loaded) {
      throw new StateFileError(`${this.#file}: not saved, since it was not loaded before`);
    }
    const text = JSON.stringify({ version: fileVersion, memories, last, launched });
    // Only its owner reads it: it tells of queues and instances.
    await writeFileAtomic(this.#file, `${text}\n`, { mode: 0o600 });
  }

  /** null: there is no file. */
  async #read(): Promise<string | null> {
    try {
      return await readFile(this.#file, 'utf8');
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
      const reason = error instanceof Error ? error.message : String(error);
      throw new StateFileError(
        `${this.#file}: the state cannot be read: ${reason}; make it readable, or name another file`,
        { cause: error },
      );
    }
  }

  #parse(text: string): State {
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw this.#unusable(`not JSON: ${reason}`, error);
    }
    const version = z.object({ version: z.number() }).safeParse(json).data?.version;
    if (version !== undefined && version > fileVersion) {
      throw new StateFileError(
        `${this.#file}: version ${version} of the state, and this version of muster reads ` +
          `${fileVersion}; run the newer muster, or name another file`,
      );
    }
    const parsed = fileSchema.safeParse(json);
    if (!parsed.success) throw this.#unusable(z.prettifyError(parsed.error), parsed.error);
    const { memories, last, launched } = parsed.data;
    return { memories, last: usableLast(last), launched };
  }

  #unusable(problem: string, cause: unknown): StateFileError {
    return new StateFileError(
      `${this.#file}: not a state of muster: ${problem}; restore it, or move it away to start ` +
        'without a memory',
      { cause },
    );
  }
}

/**
 * The last decisions only explain, so one that another version wrote in another shape is left out;
 * the next iteration writes a new one.
 */
function usableLast(entries: Readonly<Record<string, unknown>>): State['last'] {
  return Object.fromEntries(
    Object.entries(entries).flatMap(([pool, entry]) => {
      const parsed = lastSchema.safeParse(entry);
      return parsed.success ? [[pool, parsed.data] as const] : [];
    }),
  );
}
