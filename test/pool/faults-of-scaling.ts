import type { Fault } from './faults-of-values.ts';

export const scalingFaults: readonly Fault[] = [
  [
    'scaling misspelt',
    '    wait: 90s',
    '    scaling: tasks',
    [
      '10:14: pools.linux.scaling: got "tasks"; allowed: wait, task, schedule, or a mapping with one of the keys ratio, fixed; did you mean "task"?',
    ],
  ],
  [
    'scaling of the wrong kind',
    '    wait: 90s',
    '    scaling: 7',
    [
      '10:14: pools.linux.scaling: got 7; allowed: wait, task, schedule, or a mapping with one of the keys ratio, fixed',
    ],
  ],
  [
    'scaling by two rules',
    '    wait: 90s',
    '    scaling: { ratio: 0.2, fixed: 3 }',
    ['10:28: pools.linux.scaling.fixed: got ratio and fixed; allowed: one of ratio, fixed'],
  ],
  [
    'scaling by no rule',
    '    wait: 90s',
    '    scaling: {}',
    ['10:14: pools.linux.scaling: got none of ratio, fixed; allowed: one of them'],
  ],
  [
    'unknown key of scaling',
    '    wait: 90s',
    '    scaling: { ration: 0.2 }',
    [
      '10:14: pools.linux.scaling: got none of ratio, fixed; allowed: one of them',
      '10:16: pools.linux.scaling.ration: unknown key; allowed: ratio, fixed; did you mean "ratio"?',
    ],
  ],
  [
    'ratio out of range',
    '    wait: 90s',
    '    scaling: { ratio: 20 }',
    [
      '10:23: pools.linux.scaling.ratio: got 20; allowed: a number from -10 to 10 (part of the running slots)',
    ],
  ],
  [
    'fixed above max',
    '    wait: 90s',
    '    scaling: { fixed: 9 }',
    ['10:23: pools.linux.scaling.fixed: got 9, above capacity.max 8; allowed: up to 8'],
  ],
  [
    'scaling by a schedule that is not there',
    '    wait: 90s',
    '    scaling: schedule',
    [
      '10:14: pools.linux.scaling: got schedule, but the pool has none; allowed: with the key schedule beside it',
    ],
  ],
  [
    'buffer above max',
    '    wait: 90s',
    '    buffer: 9',
    ['10:13: pools.linux.buffer: got 9, above capacity.max 8; allowed: up to 8'],
  ],
  [
    'buffer below 0',
    '    wait: 90s',
    '    buffer: -1',
    ['10:13: pools.linux.buffer: got -1; allowed: a whole number from 0 to 10000 (task slots)'],
  ],
  [
    'schedule without entries',
    '    wait: 90s',
    '    schedule: []',
    ['10:15: pools.linux.schedule: got an empty list; allowed: a list of 1 to 50 minimums'],
  ],
  [
    'schedule without a time',
    '    wait: 90s',
    '    schedule: [{ for: 10h, min: 8 }]',
    [
      '10:16: pools.linux.schedule[0].cron: missing; allowed: a cron expression such as 0 7 * * 1-5',
    ],
  ],
  [
    'schedule with its own length',
    '    wait: 90s',
    '    schedule: [{ cron: 0 7 * * 1-5, for: 10, min: 8 }]',
    ['10:42: pools.linux.schedule[0].for: got 10: a bare number; a duration needs a unit: 10s'],
  ],
  [
    'schedule above max',
    '    wait: 90s',
    '    schedule: [{ cron: 0 7 * * 1-5, for: 10h, min: 9 }]',
    ['10:52: pools.linux.schedule[0].min: got 9, above capacity.max 8; allowed: up to 8'],
  ],
  [
    'cron with seconds',
    '    wait: 90s',
    '    schedule: [{ cron: 0 0 7 * * 1, for: 10h, min: 8 }]',
    [
      '10:24: pools.linux.schedule[0].cron: got "0 0 7 * * 1"; allowed: minute, hour, day of month, month and day of week, such as 0 7 * * 1-5',
    ],
  ],
  [
    'cron by a nickname',
    '    wait: 90s',
    '    schedule: [{ cron: "@daily", for: 10h, min: 8 }]',
    [
      '10:24: pools.linux.schedule[0].cron: got "@daily"; allowed: minute, hour, day of month, month and day of week, such as 0 7 * * 1-5',
    ],
  ],
  [
    'cron with a minute that no hour has',
    '    wait: 90s',
    '    schedule: [{ cron: 60 7 * * *, for: 10h, min: 8 }]',
    [
      '10:24: pools.linux.schedule[0].cron: got "60 7 * * *": Invalid value for minute: 60; allowed: minute, hour, day of month, month and day of week, such as 0 7 * * 1-5',
    ],
  ],
  [
    'cron that names no time',
    '    wait: 90s',
    '    schedule: [{ cron: 0 0 31 2 *, for: 10h, min: 8 }]',
    [
      '10:24: pools.linux.schedule[0].cron: got "0 0 31 2 *", which names no time; allowed: minute, hour, day of month, month and day of week, such as 0 7 * * 1-5',
    ],
  ],
  [
    'time zone misspelt',
    '    wait: 90s',
    '    schedule: [{ cron: 0 7 * * *, for: 10h, min: 8, timeZone: Europe/Berln }]',
    [
      '10:63: pools.linux.schedule[0].timeZone: got "Europe/Berln"; allowed: a time zone such as Europe/Berlin, or UTC; did you mean "Europe/Berlin"?',
    ],
  ],
  [
    'time zone that is an offset',
    '    wait: 90s',
    '    schedule: [{ cron: 0 7 * * *, for: 10h, min: 8, timeZone: "+02:00" }]',
    [
      '10:63: pools.linux.schedule[0].timeZone: got "+02:00"; allowed: a time zone such as Europe/Berlin, or UTC',
    ],
  ],
  [
    'cold start of more than a day',
    '    wait: 90s',
    '    coldStart: 2d',
    ['10:16: pools.linux.coldStart: got "2d": allowed: a duration from 0s to 1d'],
  ],
  [
    'zones misspelt',
    '    wait: 90s',
    '    placement: { zones: cheapst, zoneShare: 0.5 }',
    [
      '10:25: pools.linux.placement.zones: got "cheapst"; allowed: group, cheapest; did you mean "cheapest"?',
    ],
  ],
  [
    'share of zones that a group spreads over',
    '    wait: 90s',
    '    placement: { zoneShare: 0.5 }',
    [
      '10:18: pools.linux.placement.zoneShare: got a zoneShare with zones: group; allowed: with zones: cheapest',
    ],
  ],
  [
    'share of a region that leaves slots without a place',
    '    wait: 90s',
    '    placement: { regionShare: 0.4 }',
    [
      '10:31: pools.linux.placement.regionShare: got 0.4 for a pool in eu-west-1, us-east-1; allowed: at least 0.5, so that all slots have a place',
    ],
  ],
  [
    'share of more than all',
    '    wait: 90s',
    '    placement: { zones: cheapest, zoneShare: 1.5 }',
    [
      "10:46: pools.linux.placement.zoneShare: got 1.5; allowed: a number above 0, up to 1 (part of a region's slots)",
    ],
  ],
];
