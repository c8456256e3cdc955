/** The form of what holds a pool or fleet back: budgets and breakers. */
import * as z from 'zod';
import { nearest, suggestion } from './nearest.ts';
import type { Parsed } from './parse-units.ts';
import { printDuration } from './parse-units.ts';
import type { BreakerRule, Budget } from './pool.ts';
import {
  duration,
  mapping,
  parsedText,
  positiveNumber,
  trueOrFalse,
  wholeNumber,
  words,
} from './schema-parts.ts';

const minute = 60;
const day = 86_400;

const maximumUsd = 1e9;
const periods = ['day', 'month'] as const;
const budgetDefaults = { alertAt: 0.8, cap: true } as const;

const budgetForm =
  `USD and a period such as 500/month, up to ${maximumUsd}, ` +
  'or a mapping with the keys usd, per, alertAt, cap';

/** `500/month`, `20.50/day`. */
function parseBudget(text: string): Parsed<Budget> {
  const [, usd = '', written = 'month'] =
    /^(\d{1,10}(?:\.\d{1,2})?)(?:\/([a-z]+))?$/.exec(text) ?? [];
  const per = periods.find((period) => text.endsWith(`/${period}`));
  const amount = Number(usd);
  const isAmount = amount > 0 && amount <= maximumUsd;
  if (per !== undefined && isAmount) {
    return { ok: true, value: { usd: amount, per, ...budgetDefaults } };
  }
  const meant = isAmount ? nearest(written, periods) : null;
  const fix = suggestion(meant === null ? null : `${usd}/${meant}`);
  return { ok: false, problem: `allowed: ${budgetForm}${fix}` };
}

export const budgetSchema = z.union([
  parsedText(budgetForm, '^[0-9]+([.][0-9]{1,2})?/(day|month)$', parseBudget),
  mapping({
    usd: positiveNumber(maximumUsd, 'USD').describe('USD that may be spent in a period.'),
    per: words(periods).describe('Calendar day or month, in UTC.'),
    alertAt: positiveNumber(1, 'part of the budget')
      .describe('A notice is sent when this part is spent.')
      .prefault(budgetDefaults.alertAt),
    cap: trueOrFalse()
      .describe('Launch nothing above the minimum once all is spent.')
      .prefault(budgetDefaults.cap),
  }),
]);

function breaker(defaults: BreakerRule) {
  return mapping({
    count: wholeNumber(1, 1_000, 'events')
      .describe('So many events open the breaker.')
      .prefault(defaults.count),
    within: duration(minute, day)
      .describe('Time in which they must happen.')
      .prefault(printDuration(defaults.within)),
    pause: duration(minute, 7 * day)
      .describe('How long the breaker stays open.')
      .prefault(printDuration(defaults.pause)),
  });
}

export const breakersSchema = mapping({
  interruptions: breaker({ count: 3, within: 15 * minute, pause: 30 * minute })
    .describe('Interruptions of one type in one region that stop spot of that type there.')
    .prefault({}),
  boots: breaker({ count: 3, within: 30 * minute, pause: 30 * minute })
    .describe('Failed boots, of workers launched after the last that booted, that stop launches.')
    .prefault({}),
});
