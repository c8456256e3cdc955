/** Addresses, security groups, and the network that a fleet made. */
import {
  DeleteInternetGatewayCommand,
  DeleteRouteTableCommand,
  DeleteSecurityGroupCommand,
  DeleteSubnetCommand,
  DeleteVpcCommand,
  DeleteVpcEndpointsCommand,
  DescribeAddressesCommand,
  DescribeInternetGatewaysCommand,
  DetachInternetGatewayCommand,
  paginateDescribeInternetGateways,
  paginateDescribeRouteTables,
  paginateDescribeSecurityGroups,
  paginateDescribeSubnets,
  paginateDescribeVpcEndpoints,
  paginateDescribeVpcs,
  ReleaseAddressCommand,
} from '@aws-sdk/client-ec2';
import { groupNamePrefix } from '../pool/names.ts';
import { collect } from '../scaler/aws/aws-call.ts';
import { found, markedFilters, type ResourceKind } from './fleet-resource.ts';
import { ownInstances } from './owned-compute.ts';

/** In one page. */
const pageSize = 200;
const marked = { Filters: markedFilters };

export const elasticIp: ResourceKind = {
  name: 'Elastic IP',
  async list(place, abortSignal) {
    const own = await ownInstances(place, abortSignal);
    // AWS does not page these.
    const { Addresses = [] } = await place.ec2.send(new DescribeAddressesCommand(marked), {
      abortSignal,
    });
    return Addresses.flatMap(({ AllocationId: id, PublicIp: name, InstanceId, Tags }) => {
      const isOthers = InstanceId ? !own.has(InstanceId) : false;
      const inUse = isOthers ? `bound to ${InstanceId}, which is not the fleet's` : null;
      return found(place, { id, name, tags: Tags, inUse });
    });
  },
  remove: ({ ec2 }, AllocationId, abortSignal) =>
    ec2.send(new ReleaseAddressCommand({ AllocationId }), { abortSignal }),
};

export const securityGroup: ResourceKind = {
  name: 'security group',
  async list(place, abortSignal) {
    const pages = paginateDescribeSecurityGroups(
      { client: place.ec2, pageSize },
      {},
      { abortSignal },
    );
    const groups = await collect(pages, ({ SecurityGroups }) => SecurityGroups);
    return groups
      .filter(({ GroupName }) => GroupName !== 'default') // It goes with its VPC.
      .flatMap(({ GroupId: id, GroupName: name = '', Tags }) => {
        const isNamedSo = name.startsWith(`muster_${groupNamePrefix(place.fleet)}`);
        return found(place, { id, name, tags: Tags, isNamedSo });
      });
  },
  remove: ({ ec2 }, GroupId, abortSignal) =>
    ec2.send(new DeleteSecurityGroupCommand({ GroupId }), { abortSignal }),
};

export const vpcEndpoint: ResourceKind = {
  name: 'VPC endpoint',
  endsLater: true,
  async list(place, abortSignal) {
    const config = { client: place.ec2, pageSize };
    const pages = paginateDescribeVpcEndpoints(config, marked, { abortSignal });
    const endpoints = await collect(pages, ({ VpcEndpoints }) => VpcEndpoints);
    return endpoints
      .filter(({ State = '' }) => State.toLowerCase() !== 'deleted')
      .flatMap(({ VpcEndpointId: id, ServiceName: name, Tags }) =>
        found(place, { id, name, tags: Tags }),
      );
  },
  remove: ({ ec2 }, id, abortSignal) =>
    ec2.send(new DeleteVpcEndpointsCommand({ VpcEndpointIds: [id] }), { abortSignal }),
};

export const subnet: ResourceKind = {
  name: 'subnet',
  async list(place, abortSignal) {
    const config = { client: place.ec2, pageSize };
    const pages = paginateDescribeSubnets(config, marked, { abortSignal });
    const subnets = await collect(pages, ({ Subnets }) => Subnets);
    return subnets.flatMap(({ SubnetId: id, Tags }) => found(place, { id, tags: Tags }));
  },
  remove: ({ ec2 }, SubnetId, abortSignal) =>
    ec2.send(new DeleteSubnetCommand({ SubnetId }), { abortSignal }),
};

export const routeTable: ResourceKind = {
  name: 'route table',
  async list(place, abortSignal) {
    const config = { client: place.ec2, pageSize: 100 };
    const pages = paginateDescribeRouteTables(config, marked, { abortSignal });
    const tables = await collect(pages, ({ RouteTables }) => RouteTables);
    return tables.flatMap(({ RouteTableId: id, Tags }) => found(place, { id, tags: Tags }));
  },
  remove: ({ ec2 }, RouteTableId, abortSignal) =>
    ec2.send(new DeleteRouteTableCommand({ RouteTableId }), { abortSignal }),
};

export const internetGateway: ResourceKind = {
  name: 'internet gateway',
  async list(place, abortSignal) {
    const config = { client: place.ec2, pageSize };
    const pages = paginateDescribeInternetGateways(config, marked, { abortSignal });
    const gateways = await collect(pages, ({ InternetGateways }) => InternetGateways);
    return gateways.flatMap(({ InternetGatewayId: id, Tags }) => found(place, { id, tags: Tags }));
  },
  async remove({ ec2 }, InternetGatewayId, abortSignal) {
    const { InternetGateways: [described] = [] } = await ec2.send(
      new DescribeInternetGatewaysCommand({ InternetGatewayIds: [InternetGatewayId] }),
      { abortSignal },
    );
    for (const { VpcId } of described?.Attachments ?? []) {
      await ec2.send(new DetachInternetGatewayCommand({ InternetGatewayId, VpcId }), {
        abortSignal,
      });
    }
    await ec2.send(new DeleteInternetGatewayCommand({ InternetGatewayId }), { abortSignal });
  },
};

export const vpc: ResourceKind = {
  name: 'VPC',
  async list(place, abortSignal) {
    const config = { client: place.ec2, pageSize };
    const pages = paginateDescribeVpcs(config, marked, { abortSignal });
    const networks = await collect(pages, ({ Vpcs }) => Vpcs);
    return networks.flatMap(({ VpcId: id, Tags }) => found(place, { id, tags: Tags }));
  },
  remove: ({ ec2 }, VpcId, abortSignal) =>
    ec2.send(new DeleteVpcCommand({ VpcId }), { abortSignal }),
};
