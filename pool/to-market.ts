/** The market of a pool and how it scales, from what the file says to the types that the rest reads. */
import type { MarketPolicy, ScalingRule, ScheduledMinimum, SpotPriceRule } from './pool.ts';
import type { FleetOutput } from './schema.ts';
import {
  defaultOnDemandAfter,
  defaultPriceStatistic,
  defaultPriceWindow,
  defaultProduct,
} from './schema-market.ts';

type PoolOutput = FleetOutput['pools'][string];
type MarketOutput = Extract<PoolOutput['market'], object>;

const plainSpot: MarketOutput = {
  spot: { price: defaultPriceStatistic, product: defaultProduct },
  onDemandAfter: defaultOnDemandAfter,
  onDemandBase: 0,
  onDemandShare: 0,
};

export function toMarket(market: PoolOutput['market']): MarketPolicy {
  if (market === 'on-demand' || market === 'ondemand') return { kind: 'on-demand' };
  const { spot, onDemandAfter, ...rest } = market === 'spot' ? plainSpot : market;
  return {
    kind: 'spot',
    price: toPriceRule(spot),
    priceHistory: {
      statistic: spot.price,
      window: spot.window ?? defaultPriceWindow,
      product: spot.product,
    },
    onDemandAfter: onDemandAfter === 'never' ? null : onDemandAfter,
    ...rest,
  };
}

function toPriceRule(spot: MarketOutput['spot']): SpotPriceRule {
  if (spot.bid) return { kind: 'bid', ...spot.bid };
  return {
    kind: 'cap',
    maxPrice: spot.maxPrice ?? null,
    priceMultiplier: spot.priceMultiplier ?? null,
    maxPricePerUtility: spot.maxPricePerUtility ?? null,
    aboveOnDemand: spot.aboveOnDemand ?? false,
  };
}

export function toScaling(scaling: PoolOutput['scaling']): ScalingRule {
  if (typeof scaling === 'string') return { kind: scaling };
  const { ratio, fixed } = scaling;
  return ratio === undefined ? { kind: 'fixed', slots: fixed ?? 0 } : { kind: 'ratio', ratio };
}

export function toSchedule(schedule: PoolOutput['schedule']): ScheduledMinimum[] {
  return (schedule ?? []).map(({ for: duration, ...entry }) => ({ ...entry, duration }));
}
