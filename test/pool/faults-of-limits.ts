import type { Fault } from './faults-of-values.ts';

export const limitFaults: readonly Fault[] = [
  [
    'unknown key of limits',
    'fleet: ci',
    'fleet: ci\nlimits: { launchesPerMinuet: 100 }',
    [
      '2:11: limits.launchesPerMinuet: unknown key; allowed: launchesPerMinute; did you mean "launchesPerMinute"?',
    ],
  ],
  [
    'no launches at all',
    'fleet: ci',
    'fleet: ci\nlimits: { launchesPerMinute: 0 }',
    ['2:30: limits.launchesPerMinute: got 0; allowed: a whole number from 1 to 10000 (task slots)'],
  ],
  [
    'budget of a week',
    'fleet: ci',
    'fleet: ci\nbudget: 500/week',
    [
      '2:9: budget: got "500/week": allowed: USD and a period such as 500/month, up to 1000000000, or a mapping with the keys usd, per, alertAt, cap',
    ],
  ],
  [
    'budget by a misspelt period',
    'fleet: ci',
    'fleet: ci\nbudget: 500/moth',
    [
      '2:9: budget: got "500/moth": allowed: USD and a period such as 500/month, up to 1000000000, or a mapping with the keys usd, per, alertAt, cap; did you mean "500/month"?',
    ],
  ],
  [
    'budget without a period',
    'fleet: ci',
    'fleet: ci\nbudget: 500',
    [
      '2:9: budget: got 500: allowed: USD and a period such as 500/month, up to 1000000000, or a mapping with the keys usd, per, alertAt, cap; did you mean "500/month"?',
    ],
  ],
  [
    'budget of nothing',
    '    wait: 90s',
    '    budget: 0/day',
    [
      '10:13: pools.linux.budget: got "0/day": allowed: USD and a period such as 500/month, up to 1000000000, or a mapping with the keys usd, per, alertAt, cap',
    ],
  ],
  [
    'budget with a sign',
    '    wait: 90s',
    '    budget: $5/day',
    [
      '10:13: pools.linux.budget: got "$5/day": allowed: USD and a period such as 500/month, up to 1000000000, or a mapping with the keys usd, per, alertAt, cap',
    ],
  ],
  [
    'unknown key of a budget',
    '    wait: 90s',
    '    budget: { usd: 500, per: month, alertat: 0.8 }',
    [
      '10:37: pools.linux.budget.alertat: unknown key; allowed: usd, per, alertAt, cap; did you mean "alertAt"?',
    ],
  ],
  [
    'budget with a misspelt period',
    '    wait: 90s',
    '    budget: { usd: 500, per: months }',
    ['10:30: pools.linux.budget.per: got "months"; allowed: day, month; did you mean "month"?'],
  ],
  [
    'alert at more than all',
    '    wait: 90s',
    '    budget: { usd: 500, per: month, alertAt: 80 }',
    [
      '10:46: pools.linux.budget.alertAt: got 80; allowed: a number above 0, up to 1 (part of the budget)',
    ],
  ],
  [
    'pause by an old word',
    '    wait: 90s',
    '    paused: yes',
    ['10:13: pools.linux.paused: got "yes"; allowed: true or false; did you mean true?'],
  ],
  [
    'pause by another word',
    'fleet: ci',
    'fleet: ci\npaused: maybe',
    ['2:9: paused: got "maybe"; allowed: true or false'],
  ],
  [
    'breaker of no events',
    '    wait: 90s',
    '    breakers: { boots: { count: 0 } }',
    [
      '10:33: pools.linux.breakers.boots.count: got 0; allowed: a whole number from 1 to 1000 (events)',
    ],
  ],
  [
    'breaker without a unit',
    '    wait: 90s',
    '    breakers: { interruptions: { within: 15 } }',
    [
      '10:42: pools.linux.breakers.interruptions.within: got 15: a bare number; a duration needs a unit: 15s',
    ],
  ],
  [
    'unknown breaker',
    '    wait: 90s',
    '    breakers: { boot: { count: 3 } }',
    [
      '10:17: pools.linux.breakers.boot: unknown key; allowed: interruptions, boots; did you mean "boots"?',
    ],
  ],
  [
    'discount in percent',
    'fleet: ci',
    'fleet: ci\nonDemandDiscount: 28',
    [
      '2:19: onDemandDiscount: got 28; allowed: a number from 0 to below 1 (part of the on-demand price)',
    ],
  ],
  [
    'discount of everything',
    '    wait: 90s',
    '    onDemandDiscount: 1',
    [
      '10:23: pools.linux.onDemandDiscount: got 1; allowed: a number from 0 to below 1 (part of the on-demand price)',
    ],
  ],
  [
    'nobody by its form',
    '    wait: 90s',
    '    notifyOnMissing: [build]',
    [
      '10:23: pools.linux.notifyOnMissing[0]: got "build"; allowed: an e-mail address, the ARN of a standard SNS topic, or an https URL without name and password',
    ],
  ],
  [
    'webhook without encryption',
    '    wait: 90s',
    '    notifyOnMissing: ["http://hooks.example.com/T0/secret"]',
    [
      '10:23: pools.linux.notifyOnMissing[0]: got "http://hooks.example.com/..."; allowed: an e-mail address, the ARN of a standard SNS topic, or an https URL without name and password',
    ],
  ],
  [
    'webhook with a password',
    '    wait: 90s',
    '    notifyOnMissing: ["https://me:secret@hooks.example.com"]',
    [
      '10:23: pools.linux.notifyOnMissing[0]: got "https://...@hooks.example.com"; allowed: an e-mail address, the ARN of a standard SNS topic, or an https URL without name and password',
    ],
  ],
  [
    'topic that is a queue',
    '    wait: 90s',
    '    notifyOnMissing: ["arn:aws:sqs:eu-west-1:111122223333:ops"]',
    [
      '10:23: pools.linux.notifyOnMissing[0]: got "arn:aws:sqs:eu-west-1:111122223333:ops"; allowed: an e-mail address, the ARN of a standard SNS topic, or an https URL without name and password',
    ],
  ],
  [
    'FIFO topic',
    '    wait: 90s',
    '    notifyOnMissing: ["arn:aws:sns:eu-west-1:111122223333:ops.fifo"]',
    [
      '10:23: pools.linux.notifyOnMissing[0]: got "arn:aws:sns:eu-west-1:111122223333:ops.fifo"; allowed: an e-mail address, the ARN of a standard SNS topic, or an https URL without name and password',
    ],
  ],
  [
    'targets of another kind',
    '    wait: 90s',
    '    notifyOnMissing: build@example.com',
    [
      '10:22: pools.linux.notifyOnMissing: got "build@example.com"; allowed: a list of up to 20 e-mail addresses, SNS topics and webhooks',
    ],
  ],
];
