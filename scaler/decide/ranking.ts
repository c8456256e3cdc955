import type { InstanceChoice } from '../../pool/pool.ts';
import type { UsdPerHour } from '../../pool/units.ts';
import type { CostBasis } from './cost.ts';
import type { Memory } from './memory.ts';
import type { Observation, Offering, PoolPolicy } from './observation.ts';
import { judgeOfferings, priceOf, rejectionCauses } from './offerings.ts';
import type { RejectionCause } from './reason.ts';

/** An offering that may be used, with what its cost is worked out from. */
export interface RankedOffering {
  readonly offering: Offering;
  readonly choice: InstanceChoice;
  readonly price: UsdPerHour;
  readonly basis: CostBasis;
  /** Expected USD per unit of finished work. */
  readonly cost: number;
}

export interface RejectedOffering {
  readonly offering: Offering;
  readonly because: RejectionCause;
}

/**
 * Every offering by itself, as the decision judges it, for people: the usable ones cheapest first
 * (ties by type, region, zone and market), and the others with what keeps them out.
 */
export function rankOfferings(
  pool: PoolPolicy,
  observation: Observation,
  memory: Memory,
): { readonly ranked: readonly RankedOffering[]; readonly rejected: readonly RejectedOffering[] } {
  const table = judgeOfferings({ pool, memory, at: observation.at }, observation);
  const ranked: RankedOffering[] = [];
  const rejected: RejectedOffering[] = [];
  for (const [place, offering] of table.offerings.entries()) {
    const type = table.types.find(
      ({ choice, region, market }) =>
        choice.type === offering.instanceType &&
        region === offering.region &&
        market === offering.market,
    );
    if (!type) continue;
    const because = rejectionCauses[table.causes[place]!];
    if (because) {
      rejected.push({ offering, because });
      continue;
    }
    const price = priceOf(type.choice, offering)!;
    const { choice, basis } = type;
    ranked.push({ offering, choice, price, basis, cost: table.costs[place]! });
  }
  ranked.sort((a, b) => a.cost - b.cost || byPlace(a.offering, b.offering));
  rejected.sort((a, b) => byPlace(a.offering, b.offering));
  return { ranked, rejected };
}

function byPlace(a: Offering, b: Offering): number {
  const left = [a.instanceType, a.region, a.zone, a.market].join(' ');
  const right = [b.instanceType, b.region, b.zone, b.market].join(' ');
  return left < right ? -1 : left > right ? 1 : 0;
}
