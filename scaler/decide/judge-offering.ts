import type { InstanceChoice, SpotPriceRule } from '../../pool/pool.ts';
import type { UsdPerHour, Utility } from '../../pool/units.ts';
import type { Offering, PoolPolicy } from './observation.ts';
import { declaredCap } from './price-cap.ts';
import type { RejectionCause } from './reason.ts';
import type { PlaceRefusals } from './refusals.ts';
import { correctedUtility } from './utility.ts';

/** Why an offering is not used, in the order of their codes; 0 stands for a usable one. */
export const rejectionCauses: readonly (RejectionCause | null)[] = [
  null,
  'no-price',
  'above-max-price',
  'market-not-allowed',
  'no-capacity',
  'price-rejected',
  'interrupted',
  'quota',
];

const noPrice = codeOf('no-price');
const aboveMaxPrice = codeOf('above-max-price');
const marketNotAllowed = codeOf('market-not-allowed');

function codeOf(cause: RejectionCause): number {
  return rejectionCauses.indexOf(cause);
}

/** What a pool says of one market. */
export interface MarketRule {
  readonly market: Offering['market'];
  readonly allowed: boolean;
  /** null: on-demand, whose price has no rule. */
  readonly price: SpotPriceRule | null;
  readonly mayPassOnDemand: boolean;
}

export function marketRule({ market: policy }: PoolPolicy, market: Offering['market']): MarketRule {
  const price = market === 'spot' && policy.kind === 'spot' ? policy.price : null;
  return {
    market,
    allowed: marketAllowed(policy, market),
    price,
    mayPassOnDemand: price === null || (price.kind === 'cap' && price.aboveOnDemand),
  };
}

/** Whether a pool may use a market at all. */
function marketAllowed(policy: PoolPolicy['market'], market: Offering['market']): boolean {
  if (policy.kind === 'on-demand') return market === 'on-demand';
  if (market === 'spot') return policy.onDemandShare < 1;
  return policy.onDemandAfter !== null || policy.onDemandBase > 0 || policy.onDemandShare > 0;
}

/** A type that the pool chose, with what is the same of it everywhere. */
export interface JudgedChoice {
  readonly choice: InstanceChoice;
  /** Among the pool's types. */
  readonly place: number;
  readonly utility: Utility;
  /** What is left of an on-demand price: 1, less the discount. */
  readonly onDemandShare: number;
  /** The cap on its spot price where that is the same everywhere; null: it follows the prices. */
  readonly cap: UsdPerHour | null;
}

export function judgeChoice(
  pool: PoolPolicy,
  choice: InstanceChoice,
  place: number,
  memory: Parameters<typeof correctedUtility>[2],
): JudgedChoice {
  const utility = correctedUtility(pool, choice, memory);
  const rule = pool.market.kind === 'spot' ? pool.market.price : null;
  const follows = rule !== null && (rule.kind === 'bid' || rule.priceMultiplier !== null);
  return {
    choice,
    place,
    utility,
    onDemandShare: 1 - choice.onDemandDiscount,
    cap: rule === null || follows ? null : declaredCap(rule, 0, utility, null, choice.maxPrice),
  };
}

/** What the offerings of one type in one region and market are judged by. */
export interface JudgedBy {
  readonly rule: MarketRule;
  readonly of: JudgedChoice;
  readonly refusals: PlaceRefusals | null;
}

/** What keeps an offering from being used, as an index of {@link rejectionCauses}; 0: nothing. */
export function rejectionCode(by: JudgedBy, offering: Offering): number {
  const { rule, refusals } = by;
  if (!rule.allowed) return marketNotAllowed;
  const { price } = offering;
  if (price === null || !(price > 0) || price === Number.POSITIVE_INFINITY) return noPrice;
  if (rule.price !== null) {
    if (price > capOf(by, offering)) return aboveMaxPrice;
    const { onDemandPrice } = offering;
    if (!rule.mayPassOnDemand && onDemandPrice !== null && price > onDemandPrice) {
      return aboveMaxPrice;
    }
  }
  if (refusals === null) return 0;
  const refusal = refusals.type ?? refusals.zones.get(offering.zone);
  return refusal === undefined ? 0 : codeOf(refusal.cause);
}

/** The most that a usable offering may cost in an hour; infinite: nothing is declared. */
export function capOf({ rule, of }: JudgedBy, offering: Offering): UsdPerHour {
  if (rule.price === null) return Number.POSITIVE_INFINITY;
  if (of.cap !== null) return of.cap;
  const { price, meanPrice } = offering;
  return declaredCap(rule.price, price!, of.utility, meanPrice, of.choice.maxPrice);
}
