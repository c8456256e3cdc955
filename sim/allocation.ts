import type { Slots } from '../pool/units.ts';
import {
  currentPrice,
  refusalNow,
  remaining,
  type SimulatedOffering,
} from './simulated-offering.ts';

/** An offering that a group may launch from now, in the order of the group's overrides. */
export interface Candidate {
  readonly offering: SimulatedOffering;
  readonly weight: Slots;
}

export type AllocationStrategy = 'price-capacity-optimized' | 'lowest-price' | 'prioritized';

/**
 * Which of a zone's candidates a group launches. Simplified from the EC2 Auto Scaling guide,
 * "Allocation strategies for multiple instance types":
 * - price-capacity-optimized: the lowest price per weighted unit among the pools with the most
 *   capacity. AWS does not say how it ranks capacity; here a pool qualifies with at least half
 *   of what the deepest has left. The order of overrides plays no part.
 * - lowest-price: the lowest price per weighted unit.
 * - prioritized: the first override that can be had.
 */
export function allocate(
  strategy: AllocationStrategy,
  candidates: readonly Candidate[],
): Candidate | null {
  const available = candidates.filter(({ offering }) => refusalNow(offering) === null);
  switch (strategy) {
    case 'prioritized':
      return available[0] ?? null;
    case 'lowest-price':
      return cheapest(available);
    case 'price-capacity-optimized': {
      const deepest = Math.max(...available.map(({ offering }) => remaining(offering)));
      return cheapest(available.filter(({ offering }) => remaining(offering) * 2 >= deepest));
    }
  }
}

export function pricePerWeight({ offering, weight }: Candidate): number {
  return currentPrice(offering) / weight;
}

/** Ties go to the name, so that nothing depends on the order of overrides. */
function cheapest(candidates: readonly Candidate[]): Candidate | null {
  let best: Candidate | null = null;
  for (const candidate of candidates) {
    if (best === null) best = candidate;
    const difference = pricePerWeight(candidate) - pricePerWeight(best);
    const isFirstByName = candidate.offering.instanceType < best.offering.instanceType;
    if (difference < 0 || (difference === 0 && isFirstByName)) best = candidate;
  }
  return best;
}
