import { S3Bucket } from '@cdktf/provider-aws/lib/s3-bucket/index.js';
import { S3BucketLifecycleConfiguration } from '@cdktf/provider-aws/lib/s3-bucket-lifecycle-configuration/index.js';
import { S3BucketPolicy } from '@cdktf/provider-aws/lib/s3-bucket-policy/index.js';
import { S3BucketPublicAccessBlock } from '@cdktf/provider-aws/lib/s3-bucket-public-access-block/index.js';
import { S3BucketServerSideEncryptionConfigurationA } from '@cdktf/provider-aws/lib/s3-bucket-server-side-encryption-configuration/index.js';
import { S3BucketVersioningA } from '@cdktf/provider-aws/lib/s3-bucket-versioning/index.js';
import type { TerraformStack } from 'cdktf';
import type { Tags } from './tags.ts';

/** Days that a replaced version is kept, to go back to. */
const keptDays = 30;

interface BucketProps {
  readonly prefix: string;
  /** null: S3's own key encrypts. */
  readonly kmsKeyArn: string | null;
  readonly tags: Tags;
}

/**
 * Adds a bucket that is encrypted, versioned, reached over TLS only and never public. It goes with
 * what it holds when its stack is destroyed: all of that was put there by the fleet.
 */
export function addPrivateBucket(
  stack: TerraformStack,
  id: string,
  { prefix, kmsKeyArn, tags }: BucketProps,
): S3Bucket {
  const bucket = new S3Bucket(stack, id, { bucketPrefix: prefix, forceDestroy: true, tags });
  new S3BucketPublicAccessBlock(stack, `${id}-private`, {
    bucket: bucket.id,
    blockPublicAcls: true,
    blockPublicPolicy: true,
    ignorePublicAcls: true,
    restrictPublicBuckets: true,
  });
  new S3BucketVersioningA(stack, `${id}-versions`, {
    bucket: bucket.id,
    versioningConfiguration: { status: 'Enabled' },
  });
  const encryption =
    kmsKeyArn === null
      ? { sseAlgorithm: 'AES256' }
      : { sseAlgorithm: 'aws:kms', kmsMasterKeyId: kmsKeyArn };
  new S3BucketServerSideEncryptionConfigurationA(stack, `${id}-encryption`, {
    bucket: bucket.id,
    rule: [{ applyServerSideEncryptionByDefault: encryption, bucketKeyEnabled: true }],
  });
  new S3BucketLifecycleConfiguration(stack, `${id}-lifecycle`, {
    bucket: bucket.id,
    rule: [
      {
        id: 'old-versions',
        status: 'Enabled',
        filter: [{ prefix: '' }],
        noncurrentVersionExpiration: [{ noncurrentDays: keptDays }],
        abortIncompleteMultipartUpload: [{ daysAfterInitiation: 1 }],
      },
    ],
  });
  new S3BucketPolicy(stack, `${id}-policy`, {
    bucket: bucket.id,
    policy: JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Sid: 'Encrypted',
          Effect: 'Deny',
          Principal: '*',
          Action: 's3:*',
          Resource: [bucket.arn, `${bucket.arn}/*`],
          Condition: { Bool: { 'aws:SecureTransport': 'false' } },
        },
      ],
    }),
  });
  return bucket;
}
