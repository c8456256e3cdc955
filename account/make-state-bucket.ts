/** A bucket for the state of Terraform, which stands before Terraform can make anything. */
import {
  type BucketLocationConstraint,
  CreateBucketCommand,
  PutBucketEncryptionCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutPublicAccessBlockCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { clientConfiguration } from '../scaler/aws/client-configuration.ts';
import { personCall } from './person-call.ts';

/**
 * Makes a bucket that is versioned, encrypted, reached over TLS only and never public.
 * @throws CloudError; where the bucket was made already, the message says so.
 */
export async function makeStateBucket(
  Bucket: string,
  region: string,
  signal: AbortSignal,
): Promise<void> {
  const client = new S3Client({
    ...clientConfiguration({ kind: 'default' }, region),
    // A local AWS has no names of hosts for buckets.
    forcePathStyle: ['AWS_ENDPOINT_URL', 'AWS_ENDPOINT_URL_S3'].some((name) => process.env[name]),
  });
  const LocationConstraint = region as BucketLocationConstraint;
  const arn = `arn:${partitionOf(region)}:s3:::${Bucket}`;
  const steps = [
    new CreateBucketCommand({
      Bucket,
      // S3 refuses to be told of its first region.
      ...(region === 'us-east-1' ? {} : { CreateBucketConfiguration: { LocationConstraint } }),
    }),
    new PutPublicAccessBlockCommand({
      Bucket,
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
    }),
    new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }),
    new PutBucketEncryptionCommand({
      Bucket,
      ServerSideEncryptionConfiguration: {
        Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
      },
    }),
    new PutBucketPolicyCommand({
      Bucket,
      Policy: JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          {
            Sid: 'Encrypted',
            Effect: 'Deny',
            Principal: '*',
            Action: 's3:*',
            Resource: [arn, `${arn}/*`],
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
          },
        ],
      }),
    }),
  ];
  try {
    for (const [index, step] of steps.entries()) {
      const made = index === 0 ? '' : ' (made; remove it before another try)';
      await personCall(`making bucket ${Bucket}${made}`, signal, (abortSignal) =>
        client.send(step as CreateBucketCommand, { abortSignal }),
      );
    }
  } finally {
    client.destroy();
  }
}

function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}
