/** What an account allows, and what stands in it already. */
import { AutoScalingClient, DescribeAccountLimitsCommand } from '@aws-sdk/client-auto-scaling';
import { EC2Client, paginateDescribeLaunchTemplates } from '@aws-sdk/client-ec2';
import { GetAccountSummaryCommand, IAMClient, paginateListRoles } from '@aws-sdk/client-iam';
import { paginateListServiceQuotas, ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import { homeRegion } from '../pool/home-region.ts';
import { groupNamePrefix } from '../pool/names.ts';
import type { Fleet, Region } from '../pool/pool.ts';
import { collect } from '../scaler/aws/aws-call.ts';
import { clientConfiguration } from '../scaler/aws/client-configuration.ts';
import { describeGroups } from '../scaler/aws/describe-fleet.ts';
import { personCall } from './person-call.ts';

/** Something that is counted. */
export interface Counted {
  /** null: AWS does not tell. */
  readonly quota: number | null;
  /** What stands that is not the fleet's. */
  readonly others: number;
}

export interface RegionQuotas {
  readonly region: string;
  readonly groups: Counted;
  readonly launchTemplates: Counted;
  /** By code, of the service `ec2`. */
  readonly ec2: ReadonlyMap<string, number>;
}

export interface AccountQuotas {
  readonly regions: readonly RegionQuotas[];
  readonly roles: Counted;
}

/** Source: the launch templates quota in "Amazon EC2 endpoints and quotas", AWS General Reference. */
const launchTemplatesCode = 'L-FB451C26';

/** Changes nothing. @throws CloudError */
export async function readQuotas(fleet: Fleet, signal: AbortSignal): Promise<AccountQuotas> {
  const [roles, ...regions] = await Promise.all([
    readRoles(fleet, signal),
    ...fleet.regions.map((region) => readRegion(fleet, region, signal)),
  ]);
  return { roles, regions };
}

async function readRegion(
  fleet: Fleet,
  { name: region, credentials }: Region,
  signal: AbortSignal,
): Promise<RegionQuotas> {
  const configuration = clientConfiguration(credentials, region);
  const autoScaling = new AutoScalingClient(configuration);
  const ec2 = new EC2Client(configuration);
  const quotas = new ServiceQuotasClient(configuration);
  try {
    const limits = await personCall(
      `reading limits of groups in ${region}`,
      signal,
      (abortSignal) => autoScaling.send(new DescribeAccountLimitsCommand({}), { abortSignal }),
    );
    const own = await describeGroups(
      autoScaling,
      { fleet: fleet.name, region, caller: 'person' },
      signal,
    );
    const templates = await personCall(`listing launch templates in ${region}`, signal, (abort) =>
      collect(
        paginateDescribeLaunchTemplates({ client: ec2, pageSize: 200 }, {}, { abortSignal: abort }),
        ({ LaunchTemplates }) => LaunchTemplates,
      ),
    );
    const all = await personCall(`reading quotas of EC2 in ${region}`, signal, (abortSignal) =>
      collect(
        paginateListServiceQuotas(
          { client: quotas, pageSize: 100 },
          { ServiceCode: 'ec2' },
          { abortSignal },
        ),
        ({ Quotas }) => Quotas,
      ),
    );
    const byCode = new Map(all.map(({ QuotaCode = '', Value = 0 }) => [QuotaCode, Value]));
    const prefix = groupNamePrefix(fleet.name);
    const others = templates.filter(
      ({ LaunchTemplateName = '' }) => !LaunchTemplateName.startsWith(prefix),
    );
    return {
      region,
      groups: {
        quota: limits.MaxNumberOfAutoScalingGroups ?? null,
        others: (limits.NumberOfAutoScalingGroups ?? own.length) - own.length,
      },
      launchTemplates: { quota: byCode.get(launchTemplatesCode) ?? null, others: others.length },
      ec2: byCode,
    };
  } finally {
    for (const client of [autoScaling, ec2, quotas]) client.destroy();
  }
}

async function readRoles(fleet: Fleet, signal: AbortSignal): Promise<Counted> {
  const { name, credentials } = homeRegion(fleet);
  const client = new IAMClient(clientConfiguration(credentials, name));
  try {
    const { SummaryMap } = await personCall('reading limits of roles', signal, (abortSignal) =>
      client.send(new GetAccountSummaryCommand({}), { abortSignal }),
    );
    const all = await personCall('listing roles', signal, (abortSignal) =>
      collect(paginateListRoles({ client }, {}, { abortSignal }), ({ Roles }) => Roles),
    );
    const prefix = groupNamePrefix(fleet.name);
    const others = all.filter(({ RoleName = '' }) => !RoleName.startsWith(prefix));
    return { quota: SummaryMap?.RolesQuota ?? null, others: others.length };
  } finally {
    client.destroy();
  }
}
