import { createHash, createSign, type KeyObject } from 'node:crypto';
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import {
  AlgorithmIdentifier,
  AttributeTypeAndValue,
  AttributeValue,
  Certificate,
  Name,
  RelativeDistinguishedName,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
  Version,
} from '@peculiar/asn1-x509';

export type Digest = 'sha1' | 'sha256';

/** Object identifiers of signature algorithms (RFC 3279 and RFC 4055), by kind of key and digest. */
const signatureAlgorithms = {
  'dsa sha1': '1.2.840.10040.4.3',
  'rsa sha1': '1.2.840.113549.1.1.5',
  'rsa sha256': '1.2.840.113549.1.1.11',
} as const;

/** Of names (X.520). */
const attributes = { country: '2.5.4.6', organization: '2.5.4.10', commonName: '2.5.4.3' } as const;

/** As long as AWS's own: longer than any cloud. */
const validFrom = new Date(Date.UTC(2012, 0, 1));
const validTo = new Date(Date.UTC(2190, 0, 1));

/** @throws Error where AWS signs with no such pair, and so this cloud does not */
export function signatureAlgorithm(key: KeyObject, digest: Digest): AlgorithmIdentifier {
  const pair = `${key.asymmetricKeyType} ${digest}`;
  if (!Object.hasOwn(signatureAlgorithms, pair)) throw new Error(`no signatures of ${pair}`);
  const algorithm = signatureAlgorithms[pair as keyof typeof signatureAlgorithms];
  // Of RSA the parameters are NULL, of DSA there are none (RFC 3279, 2.2).
  const parameters = key.asymmetricKeyType === 'rsa' ? derNull : undefined;
  return new AlgorithmIdentifier(
    parameters === undefined ? { algorithm } : { algorithm, parameters },
  );
}

const derNull = new Uint8Array([5, 0]).buffer;

/** A certificate that a key signs for itself, in PEM. The same key and name give the same certificate, but for DSA. */
export function selfSigned(
  privateKey: KeyObject,
  publicKey: KeyObject,
  commonName: string,
  digest: Digest,
): string {
  const name = nameOf({ country: 'US', organization: 'muster cloud (simulated)', commonName });
  const key = publicKey.export({ type: 'spki', format: 'der' });
  const algorithm = signatureAlgorithm(privateKey, digest);
  const tbsCertificate = new TBSCertificate({
    version: Version.v3,
    serialNumber: serialNumberOf(key),
    signature: algorithm,
    issuer: name,
    validity: new Validity({ notBefore: validFrom, notAfter: validTo }),
    subject: name,
    subjectPublicKeyInfo: AsnConvert.parse(key, SubjectPublicKeyInfo),
  });
  const signed = createSign(digest).update(Buffer.from(AsnConvert.serialize(tbsCertificate)));
  const certificate = new Certificate({
    tbsCertificate,
    signatureAlgorithm: algorithm,
    signatureValue: bytesOf(signed.sign(privateKey)),
  });
  return pem('CERTIFICATE', Buffer.from(AsnConvert.serialize(certificate)));
}

export function pem(label: string, der: Buffer): string {
  return `-----BEGIN ${label}-----\n${inLines(der, 64)}\n-----END ${label}-----\n`;
}

/** In base64. */
export function inLines(bytes: Buffer, width: number): string {
  return (
    bytes
      .toString('base64')
      .match(new RegExp(`.{1,${width}}`, 'g'))
      ?.join('\n') ?? ''
  );
}

/** A copy: what Buffer gives may be a part of something larger. */
export function bytesOf(buffer: Buffer): ArrayBuffer {
  return new Uint8Array(buffer).buffer;
}

export function octets(buffer: Buffer): OctetString {
  return new OctetString(bytesOf(buffer));
}

function nameOf(parts: Readonly<Record<keyof typeof attributes, string>>): Name {
  const names = Object.entries(parts).map(([part, text]) => {
    const type = attributes[part as keyof typeof attributes];
    const value = new AttributeValue({ printableString: text });
    return new RelativeDistinguishedName([new AttributeTypeAndValue({ type, value })]);
  });
  return new Name(names);
}

/** Positive, and another for each key. */
function serialNumberOf(key: Buffer): ArrayBuffer {
  const digest = createHash('sha256').update(key).digest().subarray(0, 16);
  digest[0] = (digest[0]! & 0x7f) | 0x40;
  return bytesOf(digest);
}
