/** One decision on what a case says was seen, and what of it a case looks at. */
import { type Decided, decide } from '../../scaler/decide/decide.ts';
import type { Memory } from '../../scaler/decide/memory.ts';
import type { Observation, PoolPolicy } from '../../scaler/decide/observation.ts';
import { aMemory, anObservation, aPool } from './situations.ts';

export interface Case {
  readonly pool?: PoolPolicy;
  readonly memory?: Memory | null;
}

export function decideOn(
  seen: Partial<Observation>,
  { pool = aPool(), memory = aMemory() }: Case = {},
): Decided {
  return decide(pool, anObservation(seen), memory);
}

/** Whom the decision lets go, and why. */
export function letGo({ decision }: Decided): readonly string[] {
  return [...decision.drain, ...decision.terminate].map(
    ({ instanceId, because }) => `${instanceId} ${because}`,
  );
}

/** Desired capacity of each group, in the order in which they were seen. */
export function desired({ decision }: Decided): readonly number[] {
  return decision.groups.map(({ desiredCapacity }) => desiredCapacity);
}

export function kinds({ decision }: Decided): readonly string[] {
  return decision.reasons.map(({ kind }) => kind);
}
