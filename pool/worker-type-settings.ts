/** What the file says of pools that are made over the API, and how its queue becomes one of theirs. */
import type { Json, JsonObject } from './worker-type.ts';

/** What a definition does not say itself. */
export interface WorkerTypeSettings {
  /** As tasks name it. */
  readonly provisionerId: string;
  /** E-mail address of whoever answers for a worker type that names no address of its own. */
  readonly owner: string;
  /** As a pool's `queue`; {@link queueFor} puts in the names. */
  readonly queue: JsonObject;
}

/** @returns the queue of one worker type: `{workerType}` and `{provisionerId}` replaced in every text. */
export function queueFor(
  { queue, provisionerId }: Pick<WorkerTypeSettings, 'queue' | 'provisionerId'>,
  workerType: string,
): Json {
  const names: Readonly<Record<string, string>> = { workerType, provisionerId };
  const fill = (value: Json): Json => {
    if (typeof value === 'string') {
      return value.replace(/\{(workerType|provisionerId)\}/g, (_, name: string) => names[name]!);
    }
    if (Array.isArray(value)) return value.map(fill);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, fill(inner)]));
  };
  return fill(queue);
}
