/** The form of a pool's market. */
import * as z from 'zod';
import { printDuration } from './parse-units.ts';
import {
  duration,
  mapping,
  numberBetween,
  partOf,
  positiveNumber,
  price,
  trueOrFalse,
  wholeNumber,
  words,
} from './schema-parts.ts';
import { maximumSlots } from './schema-scaling.ts';

/** How long spot may fail to deliver, in seconds, unless declared. */
export const defaultOnDemandAfter = 300;
/** What mean and max prices are taken over, in seconds, unless declared. */
export const defaultPriceWindow = 1_800;
export const defaultPriceStatistic = 'latest';
export const defaultProduct = 'Linux/UNIX';

const minute = 60;
const day = 86_400;
const perUtility = 'USD per hour and utility';

/** Source: the product-description filter of DescribeSpotPriceHistory, EC2 API reference. */
const products = [defaultProduct, 'Red Hat Enterprise Linux', 'SUSE Linux', 'Windows'] as const;
const productsInVpc = products.map((product) => `${product} (Amazon VPC)` as const);

/** Keys that cap the price of spot; a bid takes the place of all of them. */
export const capKeys = [
  'maxPrice',
  'priceMultiplier',
  'maxPricePerUtility',
  'aboveOnDemand',
] as const;

const spotSchema = mapping({
  maxPrice: price(1_000)
    .nullable()
    .describe('Never pay more than this: USD per instance-hour. Default: no such cap.')
    .optional(),
  priceMultiplier: positiveNumber(100, 'a multiple of the mean spot price')
    .nullable()
    .describe('Never pay more than this times the mean of 24 hours. Default: no such cap.')
    .optional(),
  maxPricePerUtility: positiveNumber(1_000, perUtility)
    .describe(`Never pay more than this: ${perUtility}. Default: no such cap.`)
    .optional(),
  aboveOnDemand: trueOrFalse()
    .describe('Whether spot may cost more than on-demand. Default: false.')
    .optional(),
  bid: mapping({
    minPrice: numberBetween(0, 1_000, perUtility)
      .describe(`Below this price the bid is minPrice / utility: ${perUtility}.`)
      .prefault(0),
    maxPrice: positiveNumber(1_000, perUtility).describe(
      `Use no offering above this: ${perUtility}.`,
    ),
  })
    .describe('Bid twice the price, within limits, in place of the caps. Default: no bid.')
    .optional(),
  price: words(['latest', 'mean', 'max'])
    .describe('Which price of a zone counts.')
    .prefault(defaultPriceStatistic),
  window: duration(minute, day)
    .describe('With price mean or max: what it is taken over. Default: 30m.')
    .optional(),
  product: words([...products, ...productsInVpc], { synonyms: { Linux: defaultProduct } })
    .describe('Whose prices to read, in the words of EC2.')
    .prefault(defaultProduct),
});

const marketWords = ['spot', 'on-demand', 'ondemand'] as const;

export const marketSchema = z
  .union([
    words(marketWords, {
      or: ', or a mapping with the keys spot, onDemandAfter, onDemandBase, onDemandShare',
    }),
    mapping({
      spot: spotSchema.describe('Buy spot capacity, within these caps.'),
      onDemandAfter: duration(0, day, 'never')
        .describe('Buy on-demand capacity when spot has not delivered for this long, or never.')
        .prefault(printDuration(defaultOnDemandAfter)),
      onDemandBase: wholeNumber(0, maximumSlots, 'task slots')
        .describe('The first so many slots are on-demand.')
        .prefault(0),
      onDemandShare: partOf('the slots above the base', ', or market: on-demand for all of them')
        .describe('Part of the slots above the base that is on-demand.')
        .prefault(0),
    }),
  ])
  .describe('How to buy capacity. `spot` has no price cap and onDemandAfter 5m.');
