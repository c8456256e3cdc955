import type { SqsDeclaration } from '../pool/queues/sqs.ts';

/** Resolved by Terraform; the shared stack declares the data source under this name. */
export const accountIdReference = `\${data.aws_caller_identity.account.account_id}`;

/** The set of AWS regions that a region's ARNs belong to. */
export function partitionOf(region: string): 'aws' | 'aws-cn' | 'aws-us-gov' {
  if (region.startsWith('cn-')) return 'aws-cn';
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}

/** EC2's name as a service that takes on a role; China's partition has its own. */
export function ec2ServicePrincipal(region: string): string {
  return partitionOf(region) === 'aws-cn' ? 'ec2.amazonaws.com.cn' : 'ec2.amazonaws.com';
}

/**
 * ARN of an SQS queue, from its URL `https://HOST/ACCOUNT/NAME`.
 *
 * @throws Error when the URL's path is not an account id and a queue name.
 */
export function queueArn({ url, region }: SqsDeclaration): string {
  const [account, name, ...rest] = new URL(url).pathname.split('/').filter(Boolean);
  if (account === undefined || name === undefined || rest.length > 0) {
    throw new Error(
      `queue URL ${url} names no queue: expected https://HOST/ACCOUNT-ID/QUEUE-NAME, as SQS gives it`,
    );
  }
  return `arn:${partitionOf(region)}:sqs:${region}:${account}:${name}`;
}

/** ARN of an SSM parameter; those below `/aws/` are public and belong to no account. */
export function parameterArn(region: string, name: string): string {
  const account = name.startsWith('/aws/') ? '' : accountIdReference;
  return `arn:${partitionOf(region)}:ssm:${region}:${account}:parameter/${name.replace(/^\//, '')}`;
}

/**
 * ARN of a secret, by its name or as it is. Secrets Manager ends each ARN in a hyphen and six characters of
 * its own, which a name does not tell (Secrets Manager user guide, "Resources").
 */
export function secretArn(region: string, name: string): string {
  if (name.startsWith('arn:')) return name;
  const place = `arn:${partitionOf(region)}:secretsmanager:${region}:${accountIdReference}`;
  return `${place}:secret:${name}-??????`;
}
