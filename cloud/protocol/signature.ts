import { AwsError } from './aws-error.ts';

/** Who a request says it is from and for, by its AWS Signature Version 4. */
export interface CredentialScope {
  readonly accessKeyId: string;
  readonly region: string;
  /** Such as `ec2`, `autoscaling`, `sqs`. */
  readonly service: string;
}

const form =
  /^AWS4-HMAC-SHA256 Credential=([\w-]+)\/(\d{8})\/([a-z0-9-]+)\/([a-z0-9-]+)\/aws4_request, ?SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})$/;

/**
 * The scope of a well-formed signature; whether it is right is not checked, as there are no secrets.
 * @throws AwsError as AWS answers a request without one, or with one that it cannot read
 */
export function credentialScope(authorization: string | undefined): CredentialScope {
  if (authorization === undefined) {
    throw new AwsError(
      'MissingAuthenticationToken',
      'Request is missing Authentication Token',
      403,
    );
  }
  const match = form.exec(authorization);
  if (match === null) {
    throw new AwsError(
      'IncompleteSignature',
      'Authorization header is not AWS4-HMAC-SHA256 with Credential, SignedHeaders and Signature',
    );
  }
  const [, accessKeyId = '', , region = '', service = '', signedHeaders = ''] = match;
  if (!signedHeaders.split(';').includes('host')) {
    throw new AwsError('SignatureDoesNotMatch', 'the header host must be signed', 403);
  }
  return { accessKeyId, region, service };
}
