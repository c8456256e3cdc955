/** Schema of a reason, as a decision carries it. */
import { z } from 'zod';
import type { Reason } from '../decide/reason.ts';
import type { Same } from './same.ts';

const slots = z.int().min(0);
const fromTo = { from: slots, to: slots };
export const leaveCauseSchema = z.enum([
  'surplus',
  'drained',
  'missing',
  'silent',
  'over-age',
  'outdated',
  'not-working',
  'not-yet-booted',
  'ordered',
  'interruption',
  'rebalance',
]);
const unixSeconds = z.number().describe('seconds since 1970-01-01T00:00:00Z');
const usd = z.number().describe('USD');
const is = <Kind extends string>(kind: Kind) => ({ kind: z.literal(kind) });

export const reasonSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    ...is('demand'),
    pending: z.number(),
    claimed: z.number().nullable(),
    slots,
    taskDuration: z.number().describe('seconds'),
    bootTime: z.number().describe('seconds'),
  }),
  z.strictObject({ ...is('absorbed'), tasks: z.number() }),
  z.strictObject({
    ...is('late'),
    tasks: z.number(),
    bootTime: z.number().describe('seconds'),
    wait: z.number().describe('seconds'),
  }),
  z.strictObject({ ...is('overdue'), slots }),
  z.strictObject({ ...is('minimum'), ...fromTo }),
  z.strictObject({ ...is('maximum'), ...fromTo }),
  z.strictObject({
    kind: z.enum(['group-minimum', 'group-maximum']),
    group: z.string(),
    ...fromTo,
  }),
  z.strictObject({ ...is('queue-unknown'), error: z.string() }),
  z.strictObject({ ...is('region-unreachable'), region: z.string() }),
  z.strictObject({ ...is('no-group'), region: z.string() }),
  z.strictObject({ kind: z.enum(['instance-refresh', 'terminate-suspended']), group: z.string() }),
  z.strictObject({ ...is('scale-out'), slots }),
  z.strictObject(is('steady')),
  z.strictObject({ ...is('unfulfilled-dropped'), group: z.string(), slots }),
  z.strictObject({
    ...is('surplus-kept'),
    slots,
    because: z.enum([
      'busy',
      'booting',
      'idle-time',
      'no-word',
      'instance-refresh',
      'terminate-suspended',
      'group-minimum',
      'too-large',
    ]),
  }),
  z.strictObject({
    kind: z.enum(['drain', 'terminate']),
    instanceId: z.string(),
    because: leaveCauseSchema,
  }),
  z.strictObject({ ...is('drain-cancelled'), instanceId: z.string() }),
  z.strictObject({
    ...is('offering-rejected'),
    because: z.enum([
      'no-price',
      'above-max-price',
      'market-not-allowed',
      'no-capacity',
      'price-rejected',
      'interrupted',
      'quota',
    ]),
    offerings: z.int().min(1),
  }),
  z.strictObject({
    ...is('offering-chosen'),
    instanceType: z.string(),
    region: z.string(),
    market: z.enum(['spot', 'on-demand']),
    price: z.number().describe('USD per hour'),
    pricePerUtility: z.number().describe('USD per hour / utility'),
    cost: z.number().describe('expected USD per unit of finished work'),
  }),
  z.strictObject({ ...is('no-offering'), market: z.enum(['spot', 'on-demand']) }),
  z.strictObject({ ...is('buffer'), slots }),
  z.strictObject({ ...is('spare'), slots, lateShare: z.number().min(0).max(1) }),
  z.strictObject({ ...is('scheduled-minimum'), min: slots }),
  z.strictObject({
    ...is('rule'),
    rule: z.enum(['ratio', 'task', 'fixed', 'schedule']),
    slots,
  }),
  z.strictObject(is('paused')),
  z.strictObject({ ...is('boots-fail'), failures: z.int(), until: unixSeconds }),
  z.strictObject({ ...is('budget-spent'), spent: usd, budget: usd }),
  z.strictObject({ ...is('launch-limit'), ...fromTo }),
  z.strictObject({
    ...is('on-demand-stands-in'),
    because: z.enum(['deadline', 'no-spot-offering', 'earlier']),
    until: unixSeconds,
    moved: slots,
  }),
  z.strictObject({ ...is('on-demand-share'), slots }),
  z.strictObject({ ...is('interrupted'), instanceId: z.string(), instanceType: z.string() }),
  z.strictObject({
    ...is('price-degraded'),
    source: z.enum(['last-known', 'on-demand', 'none']),
  }),
]);

/** Fails to compile when the schema and the type part ways. */
export const reasonIsReason: Same<z.output<typeof reasonSchema>, Reason> = true;
