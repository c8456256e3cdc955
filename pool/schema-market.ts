/** The form of a pool's market. */
import * as z from 'zod';
import { printDuration } from './parse-units.ts';
import { duration, mapping, positiveNumber, price, words } from './schema-parts.ts';

/** How long spot may fail to deliver, in seconds, unless declared. */
export const defaultOnDemandAfter = 300;
const day = 86_400;

const spotSchema = mapping({
  maxPrice: price(1_000)
    .nullable()
    .describe('Never pay more than this: USD per instance-hour. Default: no such cap.')
    .optional(),
  priceMultiplier: positiveNumber(100, 'a multiple of the mean spot price')
    .nullable()
    .describe('Never pay more than this times the mean of 24 hours. Default: no such cap.')
    .optional(),
});

const marketWords = ['spot', 'on-demand', 'ondemand'] as const;

export const marketSchema = z
  .union([
    words(marketWords, { or: ', or a mapping with the keys spot, onDemandAfter' }),
    mapping({
      spot: spotSchema.describe('Buy spot capacity, within these caps.'),
      onDemandAfter: duration(0, day, 'never')
        .describe('Buy on-demand capacity when spot has not delivered for this long, or never.')
        .prefault(printDuration(defaultOnDemandAfter)),
    }),
  ])
  .describe('How to buy capacity. `spot` has no price cap and onDemandAfter 5m.');
