import type { Seconds } from '../pool/units.ts';
import type { BootParameters } from './parameters.ts';
import type { Random } from './random.ts';

export interface Boot {
  /** From launch to in service. */
  readonly inService: Seconds;
  /** From launch to the worker's first word; null: it never speaks. */
  readonly ready: Seconds | null;
}

/** How one instance boots. Each call takes the same number of draws, whatever comes of it. */
export function drawBoot(random: Random, parameters: BootParameters): Boot {
  const failed = random.uniform() < parameters.failureShare;
  const drawn = random.logNormal(parameters.readyMedian, parameters.readySigma);
  const ready = Math.max(parameters.readyMinimum, drawn);
  return { inService: Math.min(parameters.inService, ready), ready: failed ? null : ready };
}
