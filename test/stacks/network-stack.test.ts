import { describe, expect, it } from 'vitest';
import { parseFleet } from '../../pool/load.ts';
import { tagKeys } from '../../pool/names.ts';
import { scalerStatements } from '../../stacks/scaler-policy.ts';
import { smallest } from './declarations.ts';
import { blocksOf, reference, synthesise } from './synthesise.ts';

const given = 'eu-west-1: { vpc: vpc-0a1b2c3d, subnets: [subnet-0a1b2c3d, subnet-0b2c3d4e] }';
const fleetWith = (region: string) => parseFleet(smallest.replace(given, region), 'created.yaml');
const fleet = fleetWith('eu-west-1: { network: { cidr: 10.7.0.0/18 } }');
const stacks = synthesise(fleet);
const network = stacks['ci-eu-west-1-network'];
const region = stacks['ci-eu-west-1'];

describe('a created network', () => {
  it('has a public subnet in every zone, whose range follows from the zone alone', () => {
    expect(network?.resource.aws_vpc).toMatchObject({ vpc: { cidr_block: '10.7.0.0/18' } });
    const [subnet, ...others] = blocksOf(network, 'aws_subnet');
    expect(others).toEqual([]);
    expect(subnet).toMatchObject({
      for_each: reference('toset(data.aws_availability_zones.zones.names)'),
      availability_zone: reference('each.value'),
      map_public_ip_on_launch: true,
    });
    const letters = [...'abcdefghijklmnop'].map((letter) => `"${letter}"`).join(',');
    expect(subnet?.cidr_block).toBe(
      reference(
        `cidrsubnet("10.7.0.0/18", 4, index([${letters}], substr(each.value, length(each.value) - 1, 1)))`,
      ),
    );
    // A state would take the subnet of an impaired zone away.
    expect(network?.data.aws_availability_zones?.zones).not.toHaveProperty('state');
  });

  it('leads to the internet, and to S3 and DynamoDB without it', () => {
    expect(blocksOf(network, 'aws_route_table')).toMatchObject([
      {
        route: [
          { cidr_block: '0.0.0.0/0', gateway_id: reference('aws_internet_gateway.internet.id') },
        ],
      },
    ]);
    expect(blocksOf(network, 'aws_route_table_association')).toMatchObject([
      { subnet_id: reference('aws_subnet.zone[each.key].id') },
    ]);
    const endpoints = blocksOf(network, 'aws_vpc_endpoint');
    expect(endpoints.map(({ service_name }) => service_name).sort()).toEqual([
      'com.amazonaws.eu-west-1.dynamodb',
      'com.amazonaws.eu-west-1.s3',
    ]);
    for (const endpoint of endpoints) {
      expect(endpoint.vpc_endpoint_type).toBe('Gateway');
      expect(endpoint.route_table_ids).toEqual([reference('aws_route_table.public.id')]);
    }
    expect(network?.resource).not.toHaveProperty('aws_nat_gateway');
  });

  it('lets nobody in through the group that AWS makes', () => {
    expect(blocksOf(network, 'aws_default_security_group')).toMatchObject([
      { ingress: [], egress: [] },
    ]);
  });

  it('is found by the stack of its region', () => {
    expect(region?.data.aws_vpc).toMatchObject({ network: { tags: { [tagKeys.fleet]: 'ci' } } });
    const subnets = reference('data.aws_subnets.network-subnets.ids');
    for (const group of blocksOf(region, 'aws_autoscaling_group')) {
      expect(group.vpc_zone_identifier).toBe(subnets);
    }
    expect(blocksOf(region, 'aws_security_group')).toMatchObject([
      { vpc_id: reference('data.aws_vpc.network.id') },
    ]);
  });

  it('may be launched in, by the tag of its subnets', () => {
    const statements = scalerStatements(fleet);
    const bySid = (sid: string) => statements.filter(({ Sid }) => Sid === sid);
    for (const sid of ['LaunchTemplates', 'FleetTemplates']) {
      expect(bySid(sid)).toMatchObject([
        {
          Resource: expect.arrayContaining([expect.stringMatching(/:subnet\/\*$/)]),
          Condition: { StringEquals: { [`aws:ResourceTag/${tagKeys.fleet}`]: 'ci' } },
        },
      ]);
    }
    expect(bySid('LaunchSubnets')).toEqual([]);
  });

  it('is made for a region without a VPC only', () => {
    expect(Object.keys(synthesise(fleetWith(given)))).not.toContain('ci-eu-west-1-network');
    expect(
      synthesise(fleetWith('eu-west-1: { network: create }'))['ci-eu-west-1-network'],
    ).toMatchObject({ resource: { aws_vpc: { vpc: { cidr_block: '10.0.0.0/16' } } } });
  });
});
