import type { MarketPolicy, SpotPriceRule } from '../../pool/pool.ts';

export const noCap = {
  kind: 'cap',
  maxPrice: null,
  priceMultiplier: null,
  maxPricePerUtility: null,
  aboveOnDemand: false,
} as const satisfies SpotPriceRule;

/** What the word `spot` stands for. */
export const plainSpot = {
  kind: 'spot',
  price: noCap,
  priceHistory: { statistic: 'latest', window: 1_800, product: 'Linux/UNIX' },
  onDemandAfter: 300,
  onDemandBase: 0,
  onDemandShare: 0,
} as const satisfies MarketPolicy;
