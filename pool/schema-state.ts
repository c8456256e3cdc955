/** The form of where Terraform keeps its state. */
import { mapping, text } from './schema-parts.ts';
import { identifier, kmsKeyArn } from './schema-text.ts';

/** Source: bucket naming rules, Amazon S3 user guide. */
const bucketName = text(
  'the name of an S3 bucket: 3 to 63 lower-case letters, digits, . and -',
  /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
  63,
);

export const stateSchema = mapping({
  bucket: bucketName.describe('S3 bucket, which exists and keeps versions.'),
  region: text('a region such as eu-west-1', /^[a-z]{2,3}(-[a-z]+)+-\d$/, 32)
    .describe("Region of the bucket. Default: the fleet's first by name.")
    .optional(),
  environment: identifier
    .describe('First part of the key of each state, such as production. Default: none.')
    .optional(),
  kmsKey: kmsKeyArn
    .describe("KMS key that encrypts the state. Default: as the bucket's own default has it.")
    .optional(),
});
