/** The form of one pool in `muster.yaml`. */
import * as z from 'zod';
import { rejected, showValue } from './finding.ts';
import { noticeTarget, showNoticeTarget } from './notice-target.ts';
import { presetNames } from './presets.ts';
import { diskSchema } from './schema-disk.ts';
import { imageSchema } from './schema-image.ts';
import { instancesSchema, onDemandDiscount } from './schema-instance.ts';
import { breakersSchema, budgetSchema } from './schema-limits.ts';
import { marketSchema } from './schema-market.ts';
import {
  checkedText,
  duration,
  list,
  mapping,
  record,
  text,
  trueOrFalse,
  wholeNumber,
  words,
} from './schema-parts.ts';
import { queueSchema } from './schema-queue.ts';
import { maximumSlots, placementSchema, scalingSchema, scheduleSchema } from './schema-scaling.ts';
import { awsId, emailAddress, identifier } from './schema-text.ts';
import { workerKindSchema } from './schema-worker-kind.ts';
import { workerNetworkSchema } from './schema-worker-network.ts';

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;

/** Defaults that a rule over both compares too. */
export const lifecycleDefaults = { missingAfter: '20m', maxLifetime: '96h' } as const;

const lifecycleSchema = mapping({
  idle: duration(0, day, 'auto')
    .describe(
      'Let an idle worker go after this; auto: what would have cost least of late, a boot at most.',
    )
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
  orphanAfter: duration(minute, day)
    .describe(
      'A worker that reaches neither its master or queue nor the scaler for this long finishes its ' +
        'tasks and ends. Default: 30m, by its agent.',
    )
    .optional(),
  launchHook: duration(30, 2 * hour)
    .describe(
      'AWS gives a launched worker so long to complete its launch hook, then ends it. Default: no hook.',
    )
    .optional(),
});

/** AWS allows 16 on a network interface at the most, and the pool's own is one. */
const maximumSecurityGroups = 15;

/** Source of the characters in a name: CreateSecurityGroup, EC2 API reference. */
const securityGroup = text(
  'the id of a security group such as sg-0a1b2c3d, or its name',
  /^(sg-[0-9a-z]+|(?!sg-)[\w .:/()#,@[\]+=&;{}!$*-]+)$/,
);

const accessSchema = mapping({
  ssh: awsId('sg').describe('Security group that may reach port 22. Default: nobody.').optional(),
  metrics: awsId('sg')
    .describe('Security group that may reach port 9100. Default: nobody.')
    .optional(),
  keyPair: text('the name of a key pair', /^\S(.*\S)?$/)
    .describe('Key pair for SSH. Default: none.')
    .optional(),
  securityGroups: list(securityGroup, maximumSecurityGroups, 'security groups')
    .describe("Existing security groups that workers are in beside the pool's own. Default: none.")
    .optional(),
});

const targetsForm = 'a list of up to 20 e-mail addresses, SNS topics and webhooks';
const targetForm =
  'an e-mail address, the ARN of a standard SNS topic, or an https URL without name and password';

const noticeTargetText = checkedText(targetForm, (text) =>
  noticeTarget(text) ? null : `got ${showValue(showNoticeTarget(text))}; allowed: ${targetForm}`,
);

const tagKeyForm =
  '1 to 128 letters, digits, spaces or _.:/=+-@, not starting with aws: or muster:';

/** Source: tag restrictions in the AWS tagging guide; `muster:` tags are the fleet's own. */
export const tagKey = z.string().regex(/^(?!aws:|muster:)[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u, {
  error: ({ input }) => rejected(input, tagKeyForm),
});

export const poolSchema = mapping({
  preset: words(presetNames)
    .describe('Gives what the pool does not say itself. Default: none.')
    .optional(),
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
  }).describe("Limits in task slots: how many tasks can run at once. Default: the preset's."),
  wait: duration(1, 7 * day)
    .describe('The oldest task should start within this.')
    .prefault('120s'),
  instances: instancesSchema.describe(
    "Instance types that the pool may use. More types make spot steadier. Default: the preset's.",
  ),
  market: marketSchema.prefault('spot'),
  onDemandDiscount: onDemandDiscount
    .describe("Part that is off on-demand prices. Default: the fleet's.")
    .optional(),
  scaling: scalingSchema.prefault('wait'),
  buffer: wholeNumber(0, maximumSlots, 'task slots')
    .describe('Free slots kept ready beyond what the queue calls for.')
    .prefault(0),
  schedule: scheduleSchema.describe('Minimums that hold at times. Default: none.').optional(),
  coldStart: duration(0, day)
    .describe('Work that a fresh worker loses to cold caches, as time.')
    .prefault('0s'),
  placement: placementSchema.describe('Where new capacity may go.').prefault({}),
  breakers: breakersSchema
    .describe('So many events in so much time stop something for so long.')
    .prefault({}),
  budget: budgetSchema
    .describe('What the pool may spend: 500/month, or a mapping. Default: no limit.')
    .optional(),
  paused: trueOrFalse()
    .describe('While true, nothing of the pool is launched, drained or ended.')
    .prefault(false),
  learnUtility: trueOrFalse()
    .describe('Correct utilities by how long finished tasks took on each type.')
    .prefault(false),
  image: imageSchema,
  worker: workerKindSchema.optional(),
  disk: diskSchema.describe('Volumes of a worker: encrypted, gp3 unless declared.').prefault({}),
  network: workerNetworkSchema.describe('Where workers stand in the network.').prefault({}),
  access: accessSchema.describe('Who may reach a worker. Default: nobody.').prefault({}),
  instanceProfile: text('the name of an instance profile', /^[\w+=,.@-]+$/, 128)
    .describe("Existing instance profile, in place of the pool's own. Default: its own.")
    .optional(),
  lifecycle: lifecycleSchema.describe('When workers come and go.').prefault({}),
  notifyOnMissing: z
    .array(noticeTargetText, { error: ({ input }) => rejected(input, targetsForm) })
    .max(20, { error: ({ input }) => rejected(input, targetsForm) })
    .describe(
      'Whom to tell when launches go missing: e-mail addresses, ARNs of SNS topics, https ' +
        'webhooks. Default: the owner.',
    )
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
