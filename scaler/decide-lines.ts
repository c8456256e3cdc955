import type { z } from 'zod';
import { decide } from './decide/decide.ts';
import type { Memory } from './decide/memory.ts';
import { observationSchema } from './schemas/observation-schema.ts';
import { policySchema } from './schemas/policy-schema.ts';

/** A line that is no pool or no observation; the message says which line and what is wrong. */
export class LineError extends Error {
  override readonly name = 'LineError';
}

/**
 * The decision as a filter over lines of JSON: the first line is a pool, each further one an
 * observation of it, and each of those gives one decision. Memory is carried from line to line.
 * Empty lines are passed over. Throws a {@link LineError} at the first line that cannot be read;
 * what came before it was already given.
 */
export async function* decideLines(lines: AsyncIterable<string>): AsyncGenerator<string> {
  let pool: z.output<typeof policySchema> | null = null;
  let memory: Memory | null = null;
  let number = 0;
  for await (const line of lines) {
    number += 1;
    if (line.trim() === '') continue;
    if (pool === null) {
      pool = parseLine(line, number, 'a pool', policySchema);
      continue;
    }
    const observation = parseLine(line, number, 'an observation', observationSchema);
    const decided = decide(pool, observation, memory);
    memory = decided.memory;
    yield JSON.stringify(decided.decision);
  }
  if (pool === null) throw new LineError('no input: the first line must be a pool, as JSON');
}

function parseLine<Schema extends z.ZodType>(
  line: string,
  number: number,
  what: string,
  schema: Schema,
): z.output<Schema> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw new LineError(`line ${number}: not JSON: ${(error as Error).message}`);
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.map(
    ({ path, message }) => `line ${number}: ${path.join('.') || '(the whole line)'}: ${message}`,
  );
  throw new LineError([`line ${number} is not ${what}:`, ...problems].join('\n'));
}
