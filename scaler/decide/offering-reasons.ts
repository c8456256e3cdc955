import { rejectionCauses } from './judge-offering.ts';
import type { Observation, PoolPolicy } from './observation.ts';
import type { OfferingTable } from './offering-table.ts';
import { meanCost, meanPrice } from './overrides.ts';
import type { Reason } from './reason.ts';
import { type GroupPlan, overridesOf } from './scale-out.ts';

/** Which types are launched, how many offerings are not used for which cause, and on what prices. */
export function offeringReasons(
  pool: PoolPolicy,
  { offerings }: Observation,
  table: OfferingTable,
  plans: readonly GroupPlan[],
): readonly Reason[] {
  const reasons: Reason[] = [];
  let launches = false;
  for (const plan of plans) {
    if (plan.added === 0) continue;
    launches = true;
    const { region, market } = plan.group;
    for (const type of overridesOf(pool, plan)) {
      const { choice, utility } = type.of;
      const price = meanPrice(type);
      reasons.push({
        kind: 'offering-chosen',
        instanceType: choice.type,
        region,
        market,
        price,
        pricePerUtility: price / utility,
        cost: meanCost(type),
      });
    }
  }
  const counts = table.rejections;
  for (let code = 1; code < counts.length; code += 1) {
    const because = rejectionCauses[code];
    const count = counts[code]!;
    if (because && count > 0) {
      reasons.push({ kind: 'offering-rejected', because, offerings: count });
    }
  }
  const degraded = launches && offerings.find(({ priceSource }) => priceSource === 'on-demand');
  if (degraded) reasons.push({ kind: 'price-degraded', source: 'on-demand' });
  return reasons;
}
