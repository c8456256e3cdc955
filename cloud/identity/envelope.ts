import { createHash, createSign, type KeyObject } from 'node:crypto';
import {
  Attribute,
  CMSVersion,
  ContentInfo,
  DigestAlgorithmIdentifier,
  EncapsulatedContent,
  EncapsulatedContentInfo,
  IssuerAndSerialNumber,
  id_contentType,
  id_data,
  id_messageDigest,
  id_signedData,
  id_signingTime,
  SignatureAlgorithmIdentifier,
  SignedData,
  SignerIdentifier,
  SignerInfo,
  SigningTime,
  UnprotectedAttributes,
} from '@peculiar/asn1-cms';
import { AsnConvert, AsnObjectIdentifierConverter, OctetString } from '@peculiar/asn1-schema';
import { Certificate } from '@peculiar/asn1-x509';
import { bytesOf, type Digest, octets, signatureAlgorithm } from './certificate.ts';

const digestAlgorithms: Readonly<Record<Digest, string>> = {
  sha1: '1.3.14.3.2.26',
  sha256: '2.16.840.1.101.3.4.2.1',
};

export interface Signer {
  readonly privateKey: KeyObject;
  /** In DER. It names the signer, and is not in the envelope: AWS's is not either. */
  readonly certificate: Buffer;
  readonly digest: Digest;
}

/** Wraps content and its signature in a PKCS7 envelope (RFC 5652), in DER. */
export function signedEnvelope(
  content: Buffer,
  signedAt: Date,
  { privateKey, certificate, digest }: Signer,
): Buffer {
  const { tbsCertificate } = AsnConvert.parse(bytesOf(certificate), Certificate);
  // In the order of DER: by length.
  const signedAttrs = [
    attribute(id_contentType, AsnObjectIdentifierConverter.toASN(id_data).toBER()),
    attribute(id_signingTime, AsnConvert.serialize(new SigningTime(signedAt))),
    attribute(id_messageDigest, AsnConvert.serialize(octets(hash(content, digest)))),
  ];
  const digestAlgorithm = new DigestAlgorithmIdentifier({ algorithm: digestAlgorithms[digest] });
  const { algorithm } = signatureAlgorithm(privateKey, digest);
  const signer = new SignerInfo({
    version: CMSVersion.v1,
    sid: new SignerIdentifier({
      issuerAndSerialNumber: new IssuerAndSerialNumber({
        issuer: tbsCertificate.issuer,
        serialNumber: tbsCertificate.serialNumber,
      }),
    }),
    digestAlgorithm,
    signedAttrs,
    signatureAlgorithm: new SignatureAlgorithmIdentifier({ algorithm }),
    signature: new OctetString(),
  });
  // What is signed is the set of attributes, under the tag of a set (RFC 5652, 5.4).
  const attributes = new UnprotectedAttributes(signedAttrs);
  const signature = createSign(digest).update(Buffer.from(AsnConvert.serialize(attributes)));
  signer.signature = octets(signature.sign(privateKey));
  const data = new SignedData({
    version: CMSVersion.v1,
    encapContentInfo: new EncapsulatedContentInfo({
      eContentType: id_data,
      eContent: new EncapsulatedContent({ single: octets(content) }),
    }),
  });
  data.digestAlgorithms.push(digestAlgorithm);
  data.signerInfos.push(signer);
  const wrapped = new ContentInfo({
    contentType: id_signedData,
    content: AsnConvert.serialize(data),
  });
  return Buffer.from(AsnConvert.serialize(wrapped));
}

function attribute(attrType: string, value: ArrayBuffer): Attribute {
  return new Attribute({ attrType, attrValues: [value] });
}

function hash(content: Buffer, digest: Digest): Buffer {
  return createHash(digest).update(content).digest();
}
