import { createSign, X509Certificate } from 'node:crypto';
import { findInstanceType } from '../../pool/catalogue.ts';
import { accountId } from '../account.ts';
import type { InstanceRecord } from '../instance-record.ts';
import { secondsText } from '../seconds-text.ts';
import type { KeyKind, RegionKeys } from './region-keys.ts';

/** What stands beside the document under `dynamic/instance-identity/`. */
export const signatureItems = ['pkcs7', 'rsa2048', 'signature'] as const;
export type SignatureItem = (typeof signatureItems)[number];

/** "Instance identity documents" in the EC2 user guide. */
export function identityDocument(record: InstanceRecord): string {
  const { instance, privateIp } = record;
  const { instanceType, zone, region } = instance.offering;
  return JSON.stringify(
    {
      accountId,
      architecture: findInstanceType(instanceType)?.architecture ?? 'x86_64',
      availabilityZone: zone,
      billingProducts: null,
      devpayProductCodes: null,
      marketplaceProductCodes: null,
      imageId: record.imageId,
      instanceId: instance.id,
      instanceType,
      kernelId: null,
      pendingTime: secondsText(instance.launchedAt),
      privateIp,
      ramdiskId: null,
      region,
      version: '2017-09-30',
    },
    null,
    2,
  );
}

const keyOf: Readonly<Record<SignatureItem, KeyKind>> = {
  pkcs7: 'dsa',
  rsa2048: 'rsa2048',
  signature: 'rsa',
};

/** base64 in lines of this length, as EC2 has it. */
const lineWidth = 76;

/**
 * Signs an instance's document as EC2 does: `signature` is bare, the other two are PKCS7 envelopes
 * around document and signature, without the lines that PEM begins and ends with.
 */
export async function documentSignature(
  record: InstanceRecord,
  item: SignatureItem,
  keys: RegionKeys,
): Promise<string> {
  const { region } = record.instance.offering;
  const { privateKey, certificate, digest } = await keys.find(region, keyOf[item]);
  const document = Buffer.from(identityDocument(record));
  const { inLines } = await import('./certificate.ts');
  if (item === 'signature') {
    return inLines(createSign(digest).update(document).sign(privateKey), lineWidth);
  }
  const { signedEnvelope } = await import('./envelope.ts');
  const signer = { privateKey, certificate: new X509Certificate(certificate).raw, digest };
  const signedAt = new Date(Math.floor(record.instance.launchedAt) * 1000);
  return inLines(signedEnvelope(document, signedAt, signer), lineWidth);
}
