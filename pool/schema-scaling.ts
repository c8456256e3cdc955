/** The form of how a pool's capacity follows its queue, and of where it goes. */
import * as z from 'zod';
import { cronProblem, timeZoneProblem } from './cron.ts';
import {
  checkedText,
  duration,
  list,
  mapping,
  numberBetween,
  positiveNumber,
  wholeNumber,
  words,
} from './schema-parts.ts';

/** Largest maximum of a pool, so that a slip of the pen cannot start a data centre. */
export const maximumSlots = 10_000;

const minute = 60;
const day = 86_400;

const scalingWords = ['wait', 'task', 'schedule'] as const;
export const scalingMappingKeys = ['ratio', 'fixed'] as const;

export const scalingSchema = z
  .union([
    words(scalingWords, { or: ', or a mapping with one of the keys ratio, fixed' }),
    mapping({
      ratio: numberBetween(-10, 10, 'part of the running slots')
        .describe('Add pending - booting - round(ratio x running) slots.')
        .optional(),
      fixed: wholeNumber(0, maximumSlots, 'task slots')
        .describe('Keep so many slots, whatever waits.')
        .optional(),
    })
      .refine((rule) => scalingMappingKeys.some((key) => rule[key] !== undefined), {
        error: `got none of ${scalingMappingKeys.join(', ')}; allowed: one of them`,
      })
      .meta({ oneOf: scalingMappingKeys.map((key) => ({ required: [key] })) }),
  ])
  .describe(
    'How capacity follows the queue. wait: the least with which the oldest task starts in time; ' +
      'task: one slot a task; schedule: the minimum and its schedule alone.',
  );

export const scheduleSchema = list(
  mapping({
    cron: checkedText('a cron expression such as 0 7 * * 1-5', cronProblem).describe(
      'When the minimum begins: minute, hour, day of month, month, day of week.',
    ),
    timeZone: checkedText('a time zone such as Europe/Berlin', timeZoneProblem)
      .describe('Time zone of the cron expression, by its IANA name.')
      .prefault('UTC'),
    for: duration(minute, 31 * day).describe('How long the minimum holds.'),
    min: wholeNumber(1, maximumSlots, 'task slots').describe('Slots that stand meanwhile.'),
  }),
  50,
  'minimums',
);

export const placementSchema = mapping({
  zones: words(['group', 'cheapest'])
    .describe('cheapest: each launch names the cheapest zone; group: AWS spreads over zones.')
    .prefault('cheapest'),
  regionShare: positiveNumber(1, "part of the pool's slots")
    .describe("The most of the pool's slots in one region.")
    .prefault(1),
  zoneShare: positiveNumber(1, "part of a region's slots")
    .describe("With zones cheapest: the most of a region's slots in one zone. Default: 0.7.")
    .optional(),
});

/** The most of a region's slots in one zone, unless declared. */
export const defaultZoneShare = 0.7;
