/**
 * Instance identity documents: what EC2 signs of each instance. A signature is RSA over SHA-256 of the
 * document's bytes, under a key of the region ("Verify the instance identity document for an Amazon EC2
 * instance", EC2 user guide).
 */
import { createPublicKey, type KeyObject, verify, X509Certificate } from 'node:crypto';
import { z } from 'zod';
import { ApiError } from '../api-error.ts';
import { awsRegionKeys } from './aws-region-keys.ts';

/** What of a document counts here. */
const documentSchema = z.object({
  instanceId: z.string().regex(/^i-[a-f0-9]{8,17}$/),
  region: z.string(),
  accountId: z.string(),
  instanceType: z.string(),
  pendingTime: z.string(),
});

export type IdentityDocument = z.output<typeof documentSchema>;

export class InstanceIdentity {
  readonly #keys: ReadonlyMap<string, readonly KeyObject[]>;

  /**
   * @param certificates further certificates by region, as PEM: of regions that are newer than the
   * built-in table, or of a local AWS
   * @throws Error when one cannot be read
   */
  constructor(certificates: ReadonlyMap<string, readonly string[]> = new Map()) {
    const keys = new Map<string, KeyObject[]>();
    for (const [region, pems] of certificates) {
      keys.set(
        region,
        pems.map((pem) => keyOf(region, pem)),
      );
    }
    for (const [region, text] of awsRegionKeys) {
      const key = createPublicKey({
        key: Buffer.from(text, 'base64'),
        format: 'der',
        type: 'spki',
      });
      keys.set(region, [...(keys.get(region) ?? []), key]);
    }
    this.#keys = keys;
  }

  /** @throws ApiError AuthenticationFailed unless AWS signed the document in the region that it names. */
  verify(document: string, signature: string): IdentityDocument {
    const parsed = documentSchema.safeParse(jsonOf(document));
    if (!parsed.success) throw refused('the identity document cannot be read');
    const { region } = parsed.data;
    const keys = this.#keys.get(region);
    if (keys === undefined) {
      throw refused(`no certificate of ${region} is known; give one in the server's settings`);
    }
    const bytes = Buffer.from(signature, 'base64');
    const holds = keys.some((key) => verify('sha256', Buffer.from(document), key, bytes));
    if (!holds) throw refused(`the identity document is not signed by AWS in ${region}`);
    return parsed.data;
  }
}

function keyOf(region: string, pem: string): KeyObject {
  try {
    return new X509Certificate(pem).publicKey;
  } catch (error) {
    throw new Error(`certificate for ${region}: no X.509 certificate in PEM`, { cause: error });
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function refused(message: string): ApiError {
  return new ApiError('AuthenticationFailed', message);
}
