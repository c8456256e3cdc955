import type { Fault } from './faults-of-values.ts';

export const marketAndImageFaults: readonly Fault[] = [
  [
    'market misspelt',
    '{ spot: { maxPrice: 0.30 } }',
    'spto',
    [
      '14:13: pools.linux.market: got "spto"; allowed: spot, on-demand, ondemand, or a mapping with the keys spot, onDemandAfter, onDemandBase, onDemandShare; did you mean "spot"?',
    ],
  ],
  [
    'market of the wrong kind',
    '{ spot: { maxPrice: 0.30 } }',
    '7',
    [
      '14:13: pools.linux.market: got 7; allowed: spot, on-demand, ondemand, or a mapping with the keys spot, onDemandAfter, onDemandBase, onDemandShare',
    ],
  ],
  [
    'market without spot',
    '{ spot: { maxPrice: 0.30 } }',
    '{ onDemandAfter: 5m }',
    [
      '14:5: pools.linux.market.spot: missing; allowed: a mapping with the keys maxPrice, priceMultiplier, maxPricePerUtility, aboveOnDemand, bid, price, window, product',
    ],
  ],
  [
    'unknown key of spot',
    'maxPrice',
    'maxprice',
    [
      '14:23: pools.linux.market.spot.maxprice: unknown key; allowed: maxPrice, priceMultiplier, maxPricePerUtility, aboveOnDemand, bid, price, window, product; did you mean "maxPrice"?',
    ],
  ],
  [
    'both caps nothing',
    'maxPrice: 0.30',
    'maxPrice: null, priceMultiplier:',
    [
      '14:15: pools.linux.market.spot: maxPrice and priceMultiplier are both nothing; allowed: a value for one, or leave out both',
    ],
  ],
  [
    'deadline that is no duration',
    '{ maxPrice: 0.30 } }',
    '{}, onDemandAfter: nevre }',
    [
      '14:40: pools.linux.market.onDemandAfter: got "nevre": allowed: a duration from 0s to 1d, or never; did you mean "never"?',
    ],
  ],
  [
    'two images',
    '{ ssm: "/ci/linux/{arch}" }',
    '{ ssm: /ci/linux, id: ami-1 }',
    ['15:14: pools.linux.image.ssm: got id and ssm; allowed: one of id, ids, ssm, amiSet, owners'],
  ],
  [
    'no image',
    '{ ssm: "/ci/linux/{arch}" }',
    '{}',
    ['15:12: pools.linux.image: got none of id, ids, ssm, amiSet, owners; allowed: one of them'],
  ],
  [
    'one id for several images',
    '{ ssm: "/ci/linux/{arch}" }',
    '{ id: ami-1 }',
    [
      '15:18: pools.linux.image.id: got one id for eu-west-1, us-east-1, arm64, x86_64; allowed: ids, by region and architecture',
    ],
  ],
  [
    'image ids that do not cover the pool',
    '{ ssm: "/ci/linux/{arch}" }',
    '{ ids: { eu-west-1: { x86_64: ami-1, arm64: ami-2 }, us-east-1: { arm64: ami-3 } } }',
    [
      '15:65: pools.linux.image.ids.us-east-1.x86_64: missing; allowed: the id of an image for x86_64',
    ],
  ],
  [
    'image ids of a region that the pool lacks',
    '{ ssm: "/ci/linux/{arch}" }',
    '{ ids: { eu-west-1: { x86_64: ami-1, arm64: ami-2 }, us-east-1: { x86_64: ami-3, arm64: ami-4 }, us-east-2: {} } }',
    [
      '15:109: pools.linux.image.ids.us-east-2: the pool has no such region; allowed: eu-west-1, us-east-1; did you mean "us-east-1"?',
    ],
  ],
  [
    'image of two regions',
    '{ ssm: "/ci/linux/{arch}" }',
    '{ ids: { eu-west-1: { x86_64: ami-1, arm64: ami-2 }, us-east-1: { x86_64: ami-1, arm64: ami-4 } } }',
    [
      '15:86: pools.linux.image.ids.us-east-1.x86_64: got ami-1 again, which is at pools.linux.image.ids.eu-west-1.x86_64; allowed: an image of this region and architecture',
    ],
  ],
  [
    'location without owners',
    '{ ssm: "/ci/linux/{arch}" }',
    '{ ssm: /ci/linux, locationRegex: x }',
    ['15:30: pools.linux.image.locationRegex: got it with ssm; allowed: only with owners'],
  ],
  [
    'owner that is a number',
    '{ ssm: "/ci/linux/{arch}" }',
    '{ owners: [111122223333] }',
    [
      '15:23: pools.linux.image.owners[0]: got 111122223333; allowed: an account id in quotes, self, amazon or aws-marketplace; did you mean "111122223333"?',
    ],
  ],
];
