import { accountId } from './account.ts';
import { AwsError } from './protocol/aws-error.ts';
import { pageOf } from './protocol/page.ts';
import type { CloudRegion } from './region.ts';

/** The two quotas that the simulated cloud knows, by AWS's codes; both count vCPUs. */
const quotas = [
  {
    code: 'L-34B43A08',
    name: 'All Standard (A, C, D, H, I, M, R, T, Z) Spot Instance Requests',
    market: 'spot',
  },
  {
    code: 'L-1216C47A',
    name: 'Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances',
    market: 'on-demand',
  },
] as const;

/** What is told where there is no limit: more than any account has. */
const unlimited = 1_000_000;

interface Asked {
  readonly ServiceCode?: string;
  readonly QuotaCode?: string;
  readonly NextToken?: string;
  readonly MaxResults?: number;
}

export const quotaOperations = {
  GetServiceQuota(region: CloudRegion, { ServiceCode, QuotaCode }: Asked) {
    const quota = quotas.find(({ code }) => ServiceCode === 'ec2' && code === QuotaCode);
    if (quota !== undefined) return { Quota: describe(region, quota) };
    throw new AwsError('NoSuchResourceException', 'The specified quota does not exist.');
  },

  ListServiceQuotas(region: CloudRegion, { ServiceCode, NextToken, MaxResults = 100 }: Asked) {
    const all = ServiceCode === 'ec2' ? quotas : [];
    const invalid = () => new AwsError('InvalidPaginationTokenException', 'The token is not valid');
    const page = pageOf(all, NextToken, MaxResults, invalid);
    return { Quotas: page.items.map((quota) => describe(region, quota)), NextToken: page.next };
  },
};

function describe(region: CloudRegion, { code, name, market }: (typeof quotas)[number]) {
  return {
    ServiceCode: 'ec2',
    ServiceName: 'Amazon Elastic Compute Cloud (Amazon EC2)',
    QuotaArn: `arn:aws:servicequotas:${region.name}:${accountId}:ec2/${code}`,
    QuotaCode: code,
    QuotaName: name,
    Value: region.market.quota(market).limit ?? unlimited,
    Unit: 'None',
    Adjustable: true,
    GlobalQuota: false,
  };
}
