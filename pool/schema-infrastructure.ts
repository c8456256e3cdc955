/** The form of what stands in AWS beside the pools. */
import * as z from 'zod';
import { rejected, showValue } from './finding.ts';
import { noticeTarget, showNoticeTarget } from './notice-target.ts';
import { rangeOf } from './schema-network.ts';
import { checkedText, duration, list, mapping, text, trueOrFalse, words } from './schema-parts.ts';

/** What CloudWatch Logs takes, in days. Source: PutRetentionPolicy, CloudWatch Logs API reference. */
const logRetentions = [
  ...(['1d', '3d', '5d', '7d', '14d', '30d', '60d', '90d', '120d', '150d', '180d'] as const),
  ...(['365d', '400d', '545d', '731d', '1096d', '1827d', '2192d', '2557d', '2922d'] as const),
  ...(['3288d', '3653d'] as const),
] as const;

/** The scaler needs little; its image is for Arm, where the same work costs less. */
const scalerTypes = [
  ...(['t4g.micro', 't4g.small', 't4g.medium', 't4g.large'] as const),
  ...(['c7g.medium', 'c7g.large', 'm7g.medium', 'm7g.large'] as const),
] as const;

export const defaultScalerType = 't4g.small';

const targetForm = 'an e-mail address or the ARN of a standard SNS topic';

const alarmTarget = checkedText(targetForm, (value) => {
  const kind = noticeTarget(value)?.kind;
  return kind === 'email' || kind === 'topic'
    ? null
    : `got ${showValue(showNoticeTarget(value))}; allowed: ${targetForm}`;
});

const targetsForm = 'a list of up to 20 e-mail addresses and SNS topics';

const kmsKeyArn = text(
  'the ARN of a KMS key such as arn:aws:kms:eu-west-1:111122223333:key/ID',
  /^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/[\w-]+$/,
  2_048,
);

const roleArn = text(
  'the ARN of a role such as arn:aws:iam::111122223333:role/pipeline',
  /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/,
  2_048,
);

const scalerHostKeys = {
  instanceType: words(scalerTypes)
    .describe('Type of the instances that run it, a small one with an Arm processor.')
    .prefault(defaultScalerType),
  apiFrom: list(rangeOf('an IPv4 range such as 10.0.0.0/8', 8, 32), 40, 'IPv4 ranges')
    .describe('Who may reach its API beside its own VPC. Default: nobody else.')
    .optional(),
  kmsKey: kmsKeyArn
    .describe('Key that encrypts its table, bucket and log. Default: one of its own.')
    .optional(),
  addressZone: text(
    'the id of a private hosted zone such as Z0123456789ABCDEFGHIJ',
    /^Z[A-Z0-9]{5,31}$/,
    32,
  )
    .describe(
      "Private hosted zone in which the host of heartbeat's url is kept at the leader. Default: none.",
    )
    .optional(),
};

const scalerKeys = mapping({ run: words(['aws']).describe('Where it runs.'), ...scalerHostKeys });

/** Keys of the top level. */
export const infrastructureKeys = {
  events: trueOrFalse()
    .describe('Send events of groups and instances to an SQS queue in each region.')
    .prefault(false),
  logRetention: words(logRetentions)
    .describe('How long log groups keep what they hold: a length that CloudWatch offers.')
    .prefault('30d'),
  monitoring: mapping({
    notify: z
      .array(alarmTarget, { error: ({ input }) => rejected(input, targetsForm) })
      .max(20, { error: ({ input }) => rejected(input, targetsForm) })
      .describe('Who is told of alarms: e-mail addresses, SNS topics. Default: nobody.')
      .optional(),
  })
    .describe('CloudWatch alarms and a dashboard. Default: none.')
    .optional(),
  scaler: z
    .union([
      words(['aws', 'elsewhere'], {
        or: ', or a mapping with the keys run, instanceType, apiFrom, kmsKey, addressZone',
      }),
      scalerKeys,
    ])
    .describe('Where the scaler runs: aws makes two instances for it, one of which leads.')
    .prefault('elsewhere'),
  imageBuild: mapping({
    every: duration(3_600, 90 * 86_400)
      .describe('CodeBuild builds images this often. Default: it does not build.')
      .optional(),
    builders: list(roleArn, 20, 'role ARNs')
      .describe('Roles that may take on the build role. Default: none but CodeBuild.')
      .optional(),
  })
    .describe('What it takes to build worker images. Default: none.')
    .optional(),
};
