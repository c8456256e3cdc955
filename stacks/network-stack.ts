import { DataAwsAvailabilityZones } from '@cdktf/provider-aws/lib/data-aws-availability-zones/index.js';
import { DefaultSecurityGroup } from '@cdktf/provider-aws/lib/default-security-group/index.js';
import { InternetGateway } from '@cdktf/provider-aws/lib/internet-gateway/index.js';
import { RouteTable } from '@cdktf/provider-aws/lib/route-table/index.js';
import { RouteTableAssociation } from '@cdktf/provider-aws/lib/route-table-association/index.js';
import { Subnet } from '@cdktf/provider-aws/lib/subnet/index.js';
import { Vpc } from '@cdktf/provider-aws/lib/vpc/index.js';
import { VpcEndpoint } from '@cdktf/provider-aws/lib/vpc-endpoint/index.js';
import { TerraformIterator, TerraformOutput } from 'cdktf';
import type { Construct } from 'constructs';
import type { Fleet, Network, Region } from '../pool/pool.ts';
import { FleetStack } from './fleet-stack.ts';
import { fleetTags, type Tags } from './tags.ts';

/** Letters that a zone's name may end in; each has a sixteenth of the network's range of its own. */
const zoneLetters = [...'abcdefghijklmnop'];
const bitsForZone = Math.log2(zoneLetters.length);

/** Reached over a gateway in the route table, which costs nothing and needs no address. */
const gatewayServices = ['s3', 'dynamodb'] as const;

/**
 * A VPC for a region in which the fleet has none: a public subnet in every zone, a way to the
 * internet, and gateways to S3 and DynamoDB. There is no NAT: each worker has an address of its own.
 *
 * The zones are those that the account has when Terraform plans. A zone's range follows from the
 * letter at the end of its name alone, so a zone that AWS adds is a subnet more and changes no other.
 *
 * Outputs: `vpc_id`; `subnet_ids`, by zone.
 */
export class NetworkStack extends FleetStack {
  constructor(scope: Construct, fleet: Fleet, region: Region, network: CreatedNetwork) {
    super(scope, networkStackName(fleet, region), {
      fleet,
      region: region.name,
      credentials: region.credentials,
    });
    const tags = fleetTags(fleet);
    const vpc = new Vpc(this, 'vpc', {
      cidrBlock: network.cidr,
      enableDnsSupport: true,
      enableDnsHostnames: true,
      tags,
    });
    // The group that AWS makes with each VPC lets its members reach each other: it is emptied.
    const unused = new DefaultSecurityGroup(this, 'default', { vpcId: vpc.id, tags });
    for (const rules of ['ingress', 'egress']) unused.addOverride(rules, []);
    const internet = new InternetGateway(this, 'internet', { vpcId: vpc.id, tags });
    const routes = new RouteTable(this, 'public', {
      vpcId: vpc.id,
      route: [{ cidrBlock: '0.0.0.0/0', gatewayId: internet.id }],
      tags,
    });
    this.addSubnets(network, { vpcId: vpc.id, routeTableId: routes.id, tags });
    for (const service of gatewayServices) {
      new VpcEndpoint(this, service, {
        vpcId: vpc.id,
        serviceName: `com.amazonaws.${region.name}.${service}`,
        vpcEndpointType: 'Gateway',
        routeTableIds: [routes.id],
        tags,
      });
    }
    new TerraformOutput(this, 'vpc_id', { description: 'The VPC', value: vpc.id });
  }

  private addSubnets(
    { cidr }: CreatedNetwork,
    { vpcId, routeTableId, tags }: { vpcId: string; routeTableId: string; tags: Tags },
  ): void {
    // No filter on the state: a zone that is impaired for an hour keeps its subnet.
    const zones = new DataAwsAvailabilityZones(this, 'zones', {
      filter: [
        { name: 'zone-type', values: ['availability-zone'] },
        { name: 'opt-in-status', values: ['opt-in-not-required'] },
      ],
    });
    const each = TerraformIterator.fromList(zones.names);
    const letters = JSON.stringify(zoneLetters);
    const letter = 'substr(each.value, length(each.value) - 1, 1)';
    const subnets = new Subnet(this, 'zone', {
      forEach: each,
      vpcId,
      availabilityZone: each.value,
      cidrBlock: `\${cidrsubnet("${cidr}", ${bitsForZone}, index(${letters}, ${letter}))}`,
      // There is no NAT: without an address a worker reaches nothing but S3 and DynamoDB.
      mapPublicIpOnLaunch: true,
      tags,
    });
    new RouteTableAssociation(this, 'zone-routes', {
      forEach: each,
      subnetId: `\${${subnets.fqn}[each.key].id}`,
      routeTableId,
    });
    new TerraformOutput(this, 'subnet_ids', {
      description: 'Subnets by zone',
      value: `\${{for zone, subnet in ${subnets.fqn} : zone => subnet.id}}`,
    });
  }
}

export type CreatedNetwork = Extract<Network, { readonly kind: 'created' }>;

export function networkStackName(fleet: Fleet, region: Region): string {
  return `${fleet.name}-${region.name}-network`;
}
