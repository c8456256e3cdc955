import type { InstanceChoice } from '../../pool/pool.ts';
import type { UsdPerHour } from '../../pool/units.ts';
import type { CostBasis } from './cost.ts';
import { rejectionCauses, rejectionCode } from './judge-offering.ts';
import type { Memory } from './memory.ts';
import type { Observation, Offering, PoolPolicy } from './observation.ts';
import { costBasisOf, costIn, priceOf, typesIn } from './offering-table.ts';
import { judgeOfferings } from './offerings.ts';
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
  for (const offering of table.offerings) {
    const type = typesIn(table, offering).find(
      ({ of }) => of.choice.type === offering.instanceType,
    );
    if (!type) continue;
    const because = rejectionCauses[rejectionCode(type, offering)];
    if (because) {
      rejected.push({ offering, because });
      continue;
    }
    const { choice } = type.of;
    const price = priceOf(choice, offering)!;
    const cost = costIn(table, type, offering);
    ranked.push({ offering, choice, price, basis: costBasisOf(table, type), cost });
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
