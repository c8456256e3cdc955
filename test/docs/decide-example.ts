/** The example of docs/how-muster-decides.md and docs/decide.md, decided line by line. */
import { type Decided, decide } from '../../scaler/decide/decide.ts';
import type { Memory } from '../../scaler/decide/memory.ts';
import type { Observation } from '../../scaler/decide/observation.ts';
import { observationSchema } from '../../scaler/schemas/observation-schema.ts';
import { policySchema } from '../../scaler/schemas/policy-schema.ts';
import { readText } from './markdown.ts';

const [poolLine, ...observationLines] = readText('examples/decide.jsonl')
  .trim()
  .split('\n')
  .map((line): unknown => JSON.parse(line));

export const pool = policySchema.parse(poolLine);

export interface Step extends Decided {
  readonly observation: Observation;
  /** Seconds from the first observation. */
  readonly after: number;
}

export const steps: readonly Step[] = decideAll();

function decideAll(): Step[] {
  let memory: Memory | null = null;
  let first: number | null = null;
  return observationLines.map((line) => {
    const observation = observationSchema.parse(line);
    first ??= observation.at;
    const decided: Decided = decide(pool, observation, memory);
    memory = decided.memory;
    return { ...decided, observation, after: observation.at - first };
  });
}

/** The step so many seconds from the first. */
export function stepAt(after: number): Step {
  const step = steps.find((one) => one.after === after);
  if (!step) throw new Error(`examples/decide.jsonl has no observation at ${after} s`);
  return step;
}
