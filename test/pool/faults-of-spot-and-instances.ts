import type { Fault } from './faults-of-values.ts';

export const spotAndInstanceFaults: readonly Fault[] = [
  [
    'bid and caps',
    '{ maxPrice: 0.30 }',
    '{ maxPrice: 0.30, bid: { maxPrice: 6 } }',
    [
      '14:23: pools.linux.market.spot.maxPrice: got maxPrice and bid; allowed: a bid, or caps without a bid',
    ],
  ],
  [
    'bid and leave to pass on-demand',
    '{ maxPrice: 0.30 }',
    '{ aboveOnDemand: true, bid: { maxPrice: 6 } }',
    [
      '14:23: pools.linux.market.spot.aboveOnDemand: got aboveOnDemand and bid; allowed: a bid, or caps without a bid',
    ],
  ],
  [
    'bid without a limit',
    '{ maxPrice: 0.30 }',
    '{ bid: { minPrice: 1 } }',
    [
      '14:23: pools.linux.market.spot.bid.maxPrice: missing; allowed: a number above 0, up to 1000 (USD per hour and utility)',
    ],
  ],
  [
    'bid with its limits turned round',
    '{ maxPrice: 0.30 }',
    '{ bid: { minPrice: 8, maxPrice: 6 } }',
    [
      '14:40: pools.linux.market.spot.bid.minPrice: got 8, above maxPrice 6; allowed: 0 to 6, or a higher maxPrice',
    ],
  ],
  [
    'unknown key of a bid',
    '{ maxPrice: 0.30 }',
    '{ bid: { maxprice: 6 } }',
    [
      '14:23: pools.linux.market.spot.bid.maxPrice: missing; allowed: a number above 0, up to 1000 (USD per hour and utility)',
      '14:30: pools.linux.market.spot.bid.maxprice: unknown key; allowed: minPrice, maxPrice; did you mean "maxPrice"?',
    ],
  ],
  [
    'price per utility of zero',
    '{ maxPrice: 0.30 }',
    '{ maxPricePerUtility: 0 }',
    [
      '14:43: pools.linux.market.spot.maxPricePerUtility: got 0; allowed: a number above 0, up to 1000 (USD per hour and utility)',
    ],
  ],
  [
    'price misspelt',
    '{ maxPrice: 0.30 }',
    '{ price: meen }',
    [
      '14:30: pools.linux.market.spot.price: got "meen"; allowed: latest, mean, max; did you mean "mean"?',
    ],
  ],
  [
    'window for the latest price',
    '{ maxPrice: 0.30 }',
    '{ window: 1h }',
    [
      '14:23: pools.linux.market.spot.window: got a window for the latest price; allowed: with price: mean or max',
    ],
  ],
  [
    'window of more than a day',
    '{ maxPrice: 0.30 }',
    '{ price: max, window: 2d }',
    ['14:43: pools.linux.market.spot.window: got "2d": allowed: a duration from 1m to 1d'],
  ],
  [
    'product misspelt',
    '{ maxPrice: 0.30 }',
    '{ product: Linux }',
    [
      '14:32: pools.linux.market.spot.product: got "Linux"; allowed: Linux/UNIX, Red Hat Enterprise Linux, SUSE Linux, Windows, Linux/UNIX (Amazon VPC), Red Hat Enterprise Linux (Amazon VPC), SUSE Linux (Amazon VPC), Windows (Amazon VPC); did you mean "Linux/UNIX"?',
    ],
  ],
  [
    'base above max',
    '{ spot: { maxPrice: 0.30 } }',
    '{ spot: {}, onDemandBase: 9 }',
    ['14:39: pools.linux.market.onDemandBase: got 9, above capacity.max 8; allowed: 0 to 8'],
  ],
  [
    'share that is all of it',
    '{ spot: { maxPrice: 0.30 } }',
    '{ spot: {}, onDemandShare: 1 }',
    [
      '14:40: pools.linux.market.onDemandShare: got 1; allowed: a number from 0 to below 1 (part of the slots above the base), or market: on-demand for all of them',
    ],
  ],
  [
    'share in percent',
    '{ spot: { maxPrice: 0.30 } }',
    '{ spot: {}, onDemandShare: 20 }',
    [
      '14:40: pools.linux.market.onDemandShare: got 20; allowed: a number from 0 to below 1 (part of the slots above the base), or market: on-demand for all of them',
    ],
  ],
  [
    'unknown key of a market',
    '{ spot: { maxPrice: 0.30 } }',
    '{ spot: {}, onDemandbase: 2 }',
    [
      '14:25: pools.linux.market.onDemandbase: unknown key; allowed: spot, onDemandAfter, onDemandBase, onDemandShare; did you mean "onDemandBase"?',
    ],
  ],
  [
    'utility of one type only',
    ', utility: 2 }',
    ' }',
    [
      "13:9: pools.linux.instances[1].utility: missing, while c6i.xlarge has one; allowed: a utility for every type of the pool, or for none (then the catalogue's)",
    ],
  ],
  [
    'utility of no type, one of them without a score',
    '- { type: c6i.xlarge, capacity: 2, utility: 1.5 }\n      - { type: c7g.xlarge, capacity: 2, utility: 2 }',
    '- { type: c6i.xlarge, capacity: 2 }\n      - { type: c9g.xlarge, capacity: 2 }',
    [
      '13:9: pools.linux.instances[1].utility: missing, and the catalogue has no score of c9g.xlarge; allowed: a utility for every type of the pool',
    ],
  ],
  [
    'utility of a type that the catalogue lacks',
    '- { type: c6i.xlarge, capacity: 2, utility: 1.5 }\n      - { type: c7g.xlarge, capacity: 2, utility: 2 }',
    '- { type: zz9.large, architecture: arm64, capacity: 2 }',
    [
      '12:9: pools.linux.instances[0].utility: missing, and the catalogue has no score of zz9.large; allowed: a utility for every type of the pool',
    ],
  ],
  [
    'utility of a type that is unknown',
    '- { type: c6i.xlarge, capacity: 2, utility: 1.5 }\n      - { type: c7g.xlarge, capacity: 2, utility: 2 }',
    '- { type: c6i.xlrage, capacity: 2 }',
    [
      '12:17: pools.linux.instances[0].type: got c6i.xlrage, which is not in the catalogue; allowed: a type of the catalogue, or any type with its architecture declared; did you mean "c6i.xlarge"?',
    ],
  ],
  [
    "a type's own price with a sign",
    'utility: 2 }',
    'utility: 2, maxPrice: $0.10 }',
    [
      '13:64: pools.linux.instances[1].maxPrice: got "$0.10": allowed: USD per instance-hour such as 0.30; did you mean 0.10?',
    ],
  ],
  [
    "a type's own discount in percent",
    'utility: 2 }',
    'utility: 2, onDemandDiscount: 28 }',
    [
      '13:72: pools.linux.instances[1].onDemandDiscount: got 28; allowed: a number from 0 to below 1 (part of the on-demand price)',
    ],
  ],
];
