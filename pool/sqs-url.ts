/** What the URL of an SQS queue says about where the queue is. */

export type SqsUrl =
  /** `region` is null when the host is not one of AWS's, such as a local endpoint. */
  | { readonly ok: true; readonly region: string | null }
  | { readonly ok: false; readonly problem: string };

export const sqsUrlForm = 'https://sqs.REGION.amazonaws.com/ACCOUNT/NAME';

/**
 * Hosts of SQS, from the service endpoints page of the AWS General Reference and the VPC endpoint
 * names of AWS PrivateLink. The legacy host without a region is us-east-1.
 */
const awsHosts: readonly RegExp[] = [
  /^(?:[a-z0-9-]+\.)?sqs(?:-fips)?\.([a-z0-9-]+)\.(?:vpce\.)?amazonaws\.com(?:\.cn)?$/,
  /^sqs(?:-fips)?\.([a-z0-9-]+)\.api\.aws$/,
  /^([a-z0-9-]+)\.queue\.amazonaws\.com(?:\.cn)?$/,
];

/** Does not throw, whatever the text. */
export function readSqsUrl(text: string): SqsUrl {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) return refused('is no URL');
  if (url.username || url.password) return refused('carries credentials');
  if (url.search || url.hash) return refused('has more than a host and a path');
  if (!/^\/\d{12}\/([\w-]{1,80}|[\w-]{1,75}\.fifo)$/.test(url.pathname)) {
    return refused('does not end in a 12-digit account and the name of a queue');
  }
  if (!/(^|\.)(amazonaws\.com|amazonaws\.com\.cn|api\.aws)$/.test(url.hostname)) {
    return { ok: true, region: null };
  }
  if (url.protocol === 'http:') return refused('is not https');
  if (url.hostname === 'queue.amazonaws.com') return { ok: true, region: 'us-east-1' };
  for (const host of awsHosts) {
    const region = host.exec(url.hostname)?.[1];
    if (region !== undefined) return { ok: true, region };
  }
  return refused(`has the host ${url.hostname}, which is not that of SQS`);
}

function refused(problem: string): SqsUrl {
  return { ok: false, problem: `${problem}; allowed: ${sqsUrlForm}` };
}
