import type { Fault } from './faults-of-values.ts';

export const yamlFaults: readonly Fault[] = [
  [
    'key without a value',
    '90s',
    '',
    ['10:5: pools.linux.wait: got nothing; allowed: a duration from 1s to 7d'],
  ],
  [
    'key twice',
    '    wait: 90s',
    '    wait: 90s\n    wait: 80s',
    ['11:5: pools.linux.wait: key "wait" is there twice; allowed: each key once'],
  ],
  [
    'key that is reserved',
    '    wait: 90s',
    '    __proto__: 90s',
    [
      '10:5: pools.linux.__proto__: reserved key; allowed: any other',
      '10:5: pools.linux.__proto__: unknown key; allowed: preset, id, description, owner, queue, regions, capacity, wait, instances, market, onDemandDiscount, scaling, buffer, schedule, coldStart, placement, breakers, budget, paused, learnUtility, image, worker, disk, network, access, instanceProfile, lifecycle, notifyOnMissing, tags',
    ],
  ],
  [
    'missing keys',
    'fleet: ci\n',
    '',
    [
      '1:1: fleet: missing; allowed: up to 40 lower-case letters, digits and -, starting with a letter',
    ],
  ],
  [
    'unclosed list',
    '[subnet-3]',
    '[subnet-3',
    [
      '4:47: YAML: Flow sequence in block collection must be sufficiently indented and end with a ]',
      '4:48: YAML: Flow map in block collection must be sufficiently indented and end with a }',
    ],
  ],
  [
    'tab for spaces',
    '    wait: 90s',
    '\twait: 90s',
    [
      '10:1: YAML: Tabs are not allowed as indentation',
      '10:8: YAML: Nested mappings are not allowed in compact mappings',
      '10:8: YAML: Implicit keys need to be on a single line',
      '14:1: YAML: All mapping items must start at the same column',
      '15:1: YAML: All mapping items must start at the same column',
      '16:1: YAML: All mapping items must start at the same column',
    ],
  ],
  ['alias without an anchor', '90s', '*wait', ['10:11: YAML: alias *wait has no anchor before it']],
  ['tag of YAML that is unknown', '90s', '!age 90s', ['10:11: YAML: Unresolved tag: !age']],
];
