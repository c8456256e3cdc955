/** The form of one instance type of a pool. */
import {
  list,
  mapping,
  partOf,
  positiveNumber,
  price,
  text,
  wholeNumber,
  words,
} from './schema-parts.ts';

/** Largest weight of an override of an Auto Scaling group (EC2 Auto Scaling API reference). */
const maximumWeight = 999;
/** An Auto Scaling group takes at most this many overrides (EC2 Auto Scaling quotas). */
const maximumOverrides = 40;
export const architectures = words(['x86_64', 'arm64'], {
  synonyms: { amd64: 'x86_64', x64: 'x86_64', x86: 'x86_64', aarch64: 'arm64', arm: 'arm64' },
});

export const instanceTypeName = text(
  'an instance type such as c7g.2xlarge',
  /^[a-z][a-z0-9-]*\.[a-z0-9-]+$/,
  50,
);

/** What Savings Plans and reservations take off the on-demand price. */
export const onDemandDiscount = partOf('the on-demand price');

const instanceSchema = mapping({
  type: instanceTypeName.describe('EC2 instance type.'),
  capacity: wholeNumber(1, maximumWeight, 'tasks at once').describe('Tasks that it runs at once.'),
  utility: positiveNumber(1_000_000, 'relative performance of the whole instance')
    .describe(
      'Performance of the whole instance relative to the other types of the pool; for all of them ' +
        "or for none. Default: the catalogue's Clang score / 1000.",
    )
    .optional(),
  maxPrice: price(1_000)
    .describe('Never pay more than this for spot: USD per instance-hour. Default: no such cap.')
    .optional(),
  onDemandDiscount: onDemandDiscount
    .describe("Part that is off the type's on-demand price. Default: the pool's.")
    .optional(),
  architecture: architectures
    .describe('Needed only for a type that is not in the built-in catalogue.')
    .optional(),
});

export const instancesSchema = list(instanceSchema, maximumOverrides, 'instance types');
