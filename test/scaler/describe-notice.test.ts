import { describe, expect, it } from 'vitest';
import type { Notice, NoticeKind } from '../../scaler/decide/notice.ts';
import { describeNotice, describeNotices } from '../../scaler/notify/describe-notice.ts';
import { aFleet, aFullPool } from './samples.ts';

const fleet = aFleet();
const pool = aFullPool({ budget: { usd: 10, per: 'day', alertAt: 0.8, cap: true } });
/** 2023-11-14 22:13:20 UTC */
const at = 1_700_000_000;

const notices: Readonly<Record<NoticeKind, Notice>> = {
  'missing-workers': { kind: 'missing-workers', instanceIds: ['i-1', 'i-2'] },
  'workers-held': { kind: 'workers-held', instanceIds: ['i-1', 'i-2'], heldSeconds: 301 },
  'holds-over': { kind: 'holds-over', instanceIds: ['i-3'] },
  'boots-fail': { kind: 'boots-fail', failures: 3, until: at },
  'launches-fail': { kind: 'launches-fail', cause: 'no-capacity, quota', since: at },
  'budget-alert': { kind: 'budget-alert', spent: 8.204, budget: 10 },
  'budget-spent': { kind: 'budget-spent', spent: 10, budget: 10 },
};

describe('describeNotice', () => {
  it.each<[string, Notice, readonly string[]]>([
    [
      'what never came',
      notices['missing-workers'],
      [
        '2 instances',
        'within 20 min',
        'were ended: i-1, i-2.',
        'get-console-output',
        '/muster/ci/linux',
      ],
    ],
    [
      'one that never came',
      { kind: 'missing-workers', instanceIds: ['i-1'] },
      ['1 instance sent', 'was ended: i-1.'],
    ],
    [
      'many that never came, not all by name',
      { kind: 'missing-workers', instanceIds: Array.from({ length: 12 }, (_, i) => `i-${i}`) },
      ['12 instances', 'i-9 and 2 more.'],
    ],
    [
      'held workers',
      notices['workers-held'],
      ['2 instances (i-1, i-2) are held', '/var/tmp/keeprunning', 'for up to 6 min', 'paid for'],
    ],
    [
      'one that was held for too long',
      notices['holds-over'],
      ['1 instance (i-3) was held', 'and no longer'],
    ],
    ['boots', notices['boots-fail'], ['3 boots', 'until 2023-11-14 22:13 UTC', 'previous one']],
    [
      'launches',
      notices['launches-fail'],
      ['since 2023-11-14 22:13 UTC: no-capacity, quota', 'higher EC2 quota', 'more instance types'],
    ],
    [
      'launches whose price is refused',
      { kind: 'launches-fail', cause: 'price-rejected', since: at },
      ['max price'],
    ],
    [
      'launches that nobody can explain',
      { kind: 'launches-fail', cause: 'the cloud did not say why', since: at },
      ['activity of the pool', 'EC2 console'],
    ],
    ['an alert', notices['budget-alert'], ['USD 8.20 of USD 10.00 a day', 'Once all is spent']],
    ['a spent budget', notices['budget-spent'], ['USD 10.00 of USD 10.00', 'until the day ends']],
    [
      "the fleet's budget",
      { kind: 'budget-spent', spent: 3, budget: 0 },
      ["fleet's budget is spent", 'USD 3.00'],
    ],
  ])('says of %s what, since when and what to do', (_case, notice, parts) => {
    const text = describeNotice(fleet, pool, notice);
    for (const part of [...parts, 'What to do: ']) expect(text).toContain(part);
  });

  it('says that launches go on where the budget sets no cap', () => {
    const budget = { usd: 10, per: 'month', alertAt: 0.8, cap: false } as const;
    const text = describeNotice(fleet, aFullPool({ budget }), notices['budget-spent']);
    expect(text).toContain('Launches go on');
  });
});

describe('describeNotices', () => {
  it('has a subject that SNS takes, whatever the pool is called', () => {
    const name = `línux\n${'x'.repeat(200)}`;
    const { subject } = describeNotices(fleet, aFullPool({ name }), Object.values(notices));
    expect(subject).toMatch(/^[\x20-\x7e]{1,100}$/);
    const { subject: plain } = describeNotices(fleet, pool, [notices['boots-fail']]);
    expect(plain).toBe('[muster] ci/linux: boots fail');
  });

  it('tells all notices and where more is told', () => {
    const { body } = describeNotices(fleet, pool, Object.values(notices));
    expect(body.match(/What to do:/g)).toHaveLength(7);
    expect(body).toMatch(/`muster explain linux` tells more\.$/);
  });
});
