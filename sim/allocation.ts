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

export type AllocationStrategy =
  | 'price-capacity-optimized'
  | 'capacity-optimized'
  | 'capacity-optimized-prioritized'
  | 'lowest-price'
  | 'prioritized';

/**
 * Which of a zone's candidates a group launches. Simplified from the EC2 Auto Scaling guide,
 * "Allocation strategies for multiple instance types":
 * - price-capacity-optimized: the lowest price per weighted unit among the pools with the most
 *   capacity. AWS does not say how it ranks capacity; here a pool qualifies with at least half
 *   of what the deepest has left. The order of overrides plays no part.
 * - capacity-optimized: the pool with the most capacity.
 * - capacity-optimized-prioritized: the first override among the pools with the most capacity, by
 *   the same half: AWS heeds the order on a best-effort basis and optimises for capacity first.
 * - lowest-price: the lowest price per weighted unit. AWS may spread over several such pools
 *   (SpotInstancePools); here there is one.
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
    case 'capacity-optimized':
      return deepest(available);
    case 'capacity-optimized-prioritized':
      return deepOnes(available)[0] ?? null;
    case 'price-capacity-optimized':
      return cheapest(deepOnes(available));
  }
}

/** With at least half of what the deepest has left, in their order. */
function deepOnes(candidates: readonly Candidate[]): readonly Candidate[] {
  const most = Math.max(...candidates.map(({ offering }) => remaining(offering)));
  return candidates.filter(({ offering }) => remaining(offering) * 2 >= most);
}

/** Ties go to the name. */
function deepest(candidates: readonly Candidate[]): Candidate | null {
  let best: Candidate | null = null;
  for (const candidate of candidates) {
    if (best === null) best = candidate;
    const difference = remaining(candidate.offering) - remaining(best.offering);
    const isFirstByName = candidate.offering.instanceType < best.offering.instanceType;
    if (difference > 0 || (difference === 0 && isFirstByName)) best = candidate;
  }
  return best;
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
