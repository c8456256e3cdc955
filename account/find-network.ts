/** The networks of an account in one region, to start a declaration from. */
import { EC2Client, paginateDescribeSubnets, paginateDescribeVpcs } from '@aws-sdk/client-ec2';
import { compareText } from '../pool/compare-text.ts';
import { collect } from '../scaler/aws/aws-call.ts';
import { clientConfiguration } from '../scaler/aws/client-configuration.ts';
import { personCall } from './person-call.ts';

export interface FoundNetwork {
  readonly vpcId: string;
  readonly isDefault: boolean;
  /** Id of the account that owns it. */
  readonly accountId: string;
  /** The `Name` tag; null: none. */
  readonly name: string | null;
  /** Sorted by zone. */
  readonly subnets: readonly FoundSubnet[];
}

export interface FoundSubnet {
  readonly id: string;
  readonly zone: string;
  /** Whether what starts there gets a public IP. */
  readonly publicIp: boolean;
}

/**
 * All VPCs, the default one first, then by id.
 * @throws CloudError
 */
export async function findNetworks(region: string, signal: AbortSignal): Promise<FoundNetwork[]> {
  const client = new EC2Client(clientConfiguration({ kind: 'default' }, region));
  const config = { client, pageSize: 200 };
  try {
    const vpcs = await personCall(`listing VPCs in ${region}`, signal, (abortSignal) =>
      collect(paginateDescribeVpcs(config, {}, { abortSignal }), ({ Vpcs }) => Vpcs),
    );
    const subnets = await personCall(`listing subnets in ${region}`, signal, (abortSignal) =>
      collect(paginateDescribeSubnets(config, {}, { abortSignal }), ({ Subnets }) => Subnets),
    );
    return vpcs
      .map(
        ({ VpcId: vpcId = '', IsDefault: isDefault = false, OwnerId: accountId = '', Tags }) => ({
          vpcId,
          isDefault,
          accountId,
          name: Tags?.find(({ Key }) => Key === 'Name')?.Value ?? null,
          subnets: subnets
            .filter((subnet) => subnet.VpcId === vpcId)
            .map(({ SubnetId: id = '', AvailabilityZone: zone = '', MapPublicIpOnLaunch }) => ({
              id,
              zone,
              publicIp: MapPublicIpOnLaunch ?? false,
            }))
            .sort((a, b) => compareText(a.zone, b.zone) || compareText(a.id, b.id)),
        }),
      )
      .sort((a, b) => Number(b.isDefault) - Number(a.isDefault) || compareText(a.vpcId, b.vpcId));
  } finally {
    client.destroy();
  }
}
