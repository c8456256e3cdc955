/** Each fault of a declaration: one change to the sample, and all that must be said of it. */

/** Name, place in the sample, what stands there instead, problems as `LINE:COLUMN: PATH: MESSAGE`. */
export type Fault = readonly [string, string, string, readonly string[]];

export const valueFaults: readonly Fault[] = [
  [
    'unknown key of a pool',
    '    wait: 90s',
    '    wiat: 90s',
    [
      '10:5: pools.linux.wiat: unknown key; allowed: preset, id, description, owner, queue, regions, capacity, wait, instances, market, onDemandDiscount, scaling, buffer, schedule, coldStart, placement, breakers, budget, paused, learnUtility, image, worker, disk, network, access, instanceProfile, lifecycle, notifyOnMissing, tags; did you mean "wait"?',
    ],
  ],
  [
    'unknown key of the fleet',
    'fleet: ci',
    'fleet: ci\ninterwal: 5s',
    [
      '2:1: interwal: unknown key; allowed: fleet, interval, profile, assumeRole, heartbeat, limits, budget, paused, onDemandDiscount, events, logRetention, monitoring, scaler, imageBuild, state, workerTypes, regions, pools; did you mean "interval"?',
    ],
  ],
  [
    'unknown key that is near none',
    '    wait: 90s',
    '    zzzzzz: 90s',
    [
      '10:5: pools.linux.zzzzzz: unknown key; allowed: preset, id, description, owner, queue, regions, capacity, wait, instances, market, onDemandDiscount, scaling, buffer, schedule, coldStart, placement, breakers, budget, paused, learnUtility, image, worker, disk, network, access, instanceProfile, lifecycle, notifyOnMissing, tags',
    ],
  ],
  [
    'unknown key of an instance',
    'utility: 1.5',
    'utilty: 1.5',
    [
      "12:9: pools.linux.instances[0].utility: missing, while c7g.xlarge has one; allowed: a utility for every type of the pool, or for none (then the catalogue's)",
      '12:42: pools.linux.instances[0].utilty: unknown key; allowed: type, capacity, utility, maxPrice, onDemandDiscount, architecture; did you mean "utility"?',
    ],
  ],
  [
    'unknown unit of a duration',
    '90s',
    '90x',
    ['10:11: pools.linux.wait: got "90x": unknown unit "x"; allowed: d, h, m, s, such as 90s'],
  ],
  [
    'word for a unit',
    '90s',
    '90sec',
    [
      '10:11: pools.linux.wait: got "90sec": unknown unit "sec"; allowed: d, h, m, s; did you mean 90s?',
    ],
  ],
  [
    'bare number for a duration',
    '90s',
    '90',
    ['10:11: pools.linux.wait: got 90: a bare number; a duration needs a unit: 90s'],
  ],
  [
    'bare number in quotes',
    '90s',
    '"90"',
    ['10:11: pools.linux.wait: got "90": a bare number; a duration needs a unit: 90s'],
  ],
  [
    'fraction of a duration',
    '90s',
    '1.5h',
    ['10:11: pools.linux.wait: got "1.5h": no fractions; write 1h30m, not 1.5h'],
  ],
  [
    'part worth more than its unit',
    '90s',
    '1h90m',
    ['10:11: pools.linux.wait: got "1h90m": a part is worth more than its unit; write 2h30m'],
  ],
  [
    'parts in the wrong order',
    '90s',
    '30m1h',
    [
      '10:11: pools.linux.wait: got "30m1h": allowed: a duration such as 90s, 5m, 1h30m or 2d (units from large to small, no spaces)',
    ],
  ],
  [
    'duration over its limit',
    '90s',
    '8d',
    ['10:11: pools.linux.wait: got "8d": allowed: a duration from 1s to 7d'],
  ],
  [
    'duration of zero',
    '90s',
    '0s',
    ['10:11: pools.linux.wait: got "0s": allowed: a duration from 1s to 7d'],
  ],
  [
    'decimal unit of a size',
    '20GiB',
    '20GB',
    [
      '16:19: pools.linux.disk.root: got "20GB": unknown unit "GB"; allowed: GiB, TiB (1GiB is 1024^3 bytes); did you mean 20GiB?',
    ],
  ],
  [
    'bare number for a size',
    '20GiB',
    '20',
    ['16:19: pools.linux.disk.root: got 20: a bare number; a size needs a unit: 20GiB'],
  ],
  [
    'size over its limit',
    '20GiB',
    '17TiB',
    ['16:19: pools.linux.disk.root: got "17TiB": allowed: a size from 1GiB to 16TiB'],
  ],
  [
    'price with a sign',
    '0.30',
    '$0.30',
    [
      '14:33: pools.linux.market.spot.maxPrice: got "$0.30": allowed: USD per instance-hour such as 0.30; did you mean 0.30?',
    ],
  ],
  [
    'price of zero',
    'maxPrice: 0.30',
    'maxPrice: 0',
    [
      '14:33: pools.linux.market.spot.maxPrice: got 0; allowed: a number above 0, up to 1000 (USD per instance-hour)',
    ],
  ],
  [
    'price with too many decimals',
    '0.30',
    '0.3000001',
    [
      '14:33: pools.linux.market.spot.maxPrice: got 0.3000001: more than 6 decimals; EC2 prices have at most 6',
    ],
  ],
  [
    'min above max',
    'min: 1',
    'min: 9',
    ['9:22: pools.linux.capacity.min: got 9, above max 8; allowed: 0 to 8, or a higher max'],
  ],
  [
    'max above what a pool may have',
    'max: 8',
    'max: 10001',
    [
      '9:30: pools.linux.capacity.max: got 10001; allowed: a whole number from 0 to 10000 (task slots)',
    ],
  ],
  [
    'fraction of a slot',
    'min: 1',
    'min: 1.5',
    [
      '9:22: pools.linux.capacity.min: got 1.5; allowed: a whole number from 0 to 10000 (task slots)',
    ],
  ],
  [
    'capacity 0',
    'capacity: 2, utility: 1.5',
    'capacity: 0, utility: 1.5',
    [
      '12:39: pools.linux.instances[0].capacity: got 0; allowed: a whole number from 1 to 999 (tasks at once)',
    ],
  ],
  [
    'capacity above a weight',
    'capacity: 2, utility: 1.5',
    'capacity: 1000, utility: 1.5',
    [
      '12:39: pools.linux.instances[0].capacity: got 1000; allowed: a whole number from 1 to 999 (tasks at once)',
    ],
  ],
  [
    'utility 0',
    'utility: 1.5',
    'utility: 0',
    [
      '12:51: pools.linux.instances[0].utility: got 0; allowed: a number above 0, up to 1000000 (relative performance of the whole instance)',
    ],
  ],
  [
    'utility missing',
    ', utility: 1.5',
    '',
    [
      "12:9: pools.linux.instances[0].utility: missing, while c7g.xlarge has one; allowed: a utility for every type of the pool, or for none (then the catalogue's)",
    ],
  ],
  [
    'utility that is text',
    'utility: 1.5',
    'utility: fast',
    [
      '12:51: pools.linux.instances[0].utility: got "fast"; allowed: a number above 0, up to 1000000 (relative performance of the whole instance)',
    ],
  ],
  [
    'duplicate type',
    'c7g.xlarge',
    'c6i.xlarge',
    [
      '13:17: pools.linux.instances[1].type: got c6i.xlarge again, which is at pools.linux.instances[0].type; allowed: each type once',
    ],
  ],
  [
    'unknown type',
    'c7g.xlarge',
    'c7g.xlrage',
    [
      '13:17: pools.linux.instances[1].type: got c7g.xlrage, which is not in the catalogue; allowed: a type of the catalogue, or any type with its architecture declared; did you mean "c7g.xlarge"?',
    ],
  ],
  [
    'unknown type near none',
    'c7g.xlarge',
    'quantum.huge',
    [
      '13:17: pools.linux.instances[1].type: got quantum.huge, which is not in the catalogue; allowed: a type of the catalogue, or any type with its architecture declared',
    ],
  ],
  [
    'no type by its form',
    'c7g.xlarge',
    'c7g',
    [
      '13:17: pools.linux.instances[1].type: got "c7g"; allowed: an instance type such as c7g.2xlarge',
    ],
  ],
  [
    'architecture by another name',
    'utility: 2 }',
    'utility: 2, architecture: aarch64 }',
    [
      '13:68: pools.linux.instances[1].architecture: got "aarch64"; allowed: x86_64, arm64; did you mean "arm64"?',
    ],
  ],
  [
    'architecture that the type has not',
    'utility: 2 }',
    'utility: 2, architecture: x86_64 }',
    ['13:68: pools.linux.instances[1].architecture: got x86_64; allowed: arm64, as c7g.xlarge has'],
  ],
];
