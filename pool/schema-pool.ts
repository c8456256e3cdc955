/** The form of one pool in `muster.yaml`. */
import * as z from 'zod';
import { rejected } from './finding.ts';
import { imageSchema } from './schema-image.ts';
import { instancesSchema } from './schema-instance.ts';
import { marketSchema } from './schema-market.ts';
import { duration, list, mapping, record, size, text, wholeNumber } from './schema-parts.ts';
import { queueSchema } from './schema-queue.ts';
import { awsId, emailAddress, identifier } from './schema-text.ts';

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;

/** Largest maximum of a pool, so that a slip of the pen cannot start a data centre. */
const maximumSlots = 10_000;
/** Largest gp3 volume that every region has, in GiB. */
const maximumVolume = 16_384;

/** Defaults that a rule over both compares too. */
export const lifecycleDefaults = { missingAfter: '20m', maxLifetime: '96h' } as const;

const lifecycleSchema = mapping({
  idle: duration(0, day, 'auto')
    .describe('Let an idle worker go after this; auto: when idling has cost as much as a boot.')
    .prefault('auto'),
  drain: duration(30, 2 * day)
    .describe('A draining worker may take this long to finish its tasks.')
    .prefault('15m'),
  missingAfter: duration(minute, day)
    .describe('A launch that has not come up within this has failed.')
    .prefault(lifecycleDefaults.missingAfter),
  maxLifetime: duration(hour, 365 * day)
    .describe('Workers older than this are replaced once idle.')
    .prefault(lifecycleDefaults.maxLifetime),
});

const accessSchema = mapping({
  ssh: awsId('sg').describe('Security group that may reach port 22. Default: nobody.').optional(),
  metrics: awsId('sg')
    .describe('Security group that may reach port 9100. Default: nobody.')
    .optional(),
  keyPair: text('the name of a key pair', /^\S(.*\S)?$/)
    .describe('Key pair for SSH. Default: none.')
    .optional(),
});

const addressesForm = 'a list of up to 20 e-mail addresses';

const tagKeyForm =
  '1 to 128 letters, digits, spaces or _.:/=+-@, not starting with aws: or muster:';

/** Source: tag restrictions in the AWS tagging guide; `muster:` tags are the fleet's own. */
export const tagKey = z.string().regex(/^(?!aws:|muster:)[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u, {
  error: ({ input }) => rejected(input, tagKeyForm),
});

export const poolSchema = mapping({
  id: identifier
    .describe("Names the pool's resources; give the old name here when you rename. Default: name.")
    .optional(),
  description: text('text of up to 1000 characters', /^/, 1_000)
    .describe('What the pool is for.')
    .prefault(''),
  owner: emailAddress.describe('E-mail address of whoever answers for the pool.'),
  queue: queueSchema,
  regions: list(z.string(), 40, 'region names')
    .describe("The fleet's regions that the pool runs in. Default: all of them.")
    .optional(),
  capacity: mapping({
    min: wholeNumber(0, maximumSlots, 'task slots')
      .describe('Slots that always stand.')
      .prefault(0),
    max: wholeNumber(0, maximumSlots, 'task slots').describe('Slots at most.'),
  }).describe('Limits in task slots: how many tasks can run at once.'),
  wait: duration(1, 7 * day)
    .describe('The oldest task should start within this.')
    .prefault('120s'),
  instances: instancesSchema.describe(
    'Instance types that the pool may use. More types make spot steadier.',
  ),
  market: marketSchema.prefault('spot'),
  image: imageSchema,
  disk: mapping({
    root: size(1, maximumVolume).describe('Size of the root volume.').prefault('20GiB'),
    data: size(1, maximumVolume).describe('Size of a data volume. Default: none.').optional(),
  })
    .describe('Volumes of a worker: encrypted gp3.')
    .prefault({}),
  access: accessSchema.describe('Who may reach a worker. Default: nobody.').prefault({}),
  lifecycle: lifecycleSchema.describe('When workers come and go.').prefault({}),
  notifyOnMissing: z
    .array(emailAddress, { error: ({ input }) => rejected(input, addressesForm) })
    .max(20, { error: ({ input }) => rejected(input, addressesForm) })
    .describe('Whom to tell when launches go missing. Default: the owner.')
    .optional(),
  tags: record(
    text(
      'text of up to 256 letters, digits, spaces or _.:/=+-@',
      /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u,
      256,
    ),
    { key: tagKey, minimum: 0, maximum: 40, of: 'tags' },
  )
    .describe("Tags of the pool's resources, beside muster's own.")
    .prefault({}),
});
