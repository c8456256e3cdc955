import { KmsAlias } from '@cdktf/provider-aws/lib/kms-alias/index.js';
import { KmsKey } from '@cdktf/provider-aws/lib/kms-key/index.js';
import type { TerraformStack } from 'cdktf';
import type { Fleet } from '../pool/pool.ts';
import { accountIdReference, partitionOf } from './arns.ts';
import { fleetTags } from './tags.ts';

/** Days in which a deleted key can be brought back: AWS's longest. */
const deletionWindowInDays = 30;

/**
 * Adds the key that encrypts what a fleet keeps of its own, and returns its ARN. IAM decides in the
 * account who may use it; CloudWatch Logs may, for the fleet's log groups.
 */
export function addFleetKey(stack: TerraformStack, fleet: Fleet, region: string): string {
  const partition = partitionOf(region);
  const logGroups = `arn:${partition}:logs:${region}:${accountIdReference}:log-group:/muster/${fleet.name}/*`;
  const key = new KmsKey(stack, 'key', {
    description: `What fleet ${fleet.name} keeps: state, program, logs`,
    enableKeyRotation: true,
    deletionWindowInDays,
    policy: JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Sid: 'Account',
          Effect: 'Allow',
          Principal: { AWS: `arn:${partition}:iam::${accountIdReference}:root` },
          Action: 'kms:*',
          Resource: '*',
        },
        {
          Sid: 'Logs',
          Effect: 'Allow',
          Principal: { Service: `logs.${region}.amazonaws.com` },
          Action: [
            'kms:Decrypt*',
            'kms:Describe*',
            'kms:Encrypt*',
            'kms:GenerateDataKey*',
            'kms:ReEncrypt*',
          ],
          Resource: '*',
          Condition: { ArnLike: { 'kms:EncryptionContext:aws:logs:arn': logGroups } },
        },
      ],
    }),
    tags: fleetTags(fleet),
  });
  new KmsAlias(stack, 'key-alias', { name: `alias/muster/${fleet.name}`, targetKeyId: key.keyId });
  return key.arn;
}
