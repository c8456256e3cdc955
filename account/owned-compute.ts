/** Groups, instances and what they are made from. */
import {
  DeleteAutoScalingGroupCommand,
  paginateDescribeAutoScalingGroups,
} from '@aws-sdk/client-auto-scaling';
import {
  CancelSpotInstanceRequestsCommand,
  DeleteKeyPairCommand,
  DeleteLaunchTemplateCommand,
  DescribeKeyPairsCommand,
  paginateDescribeInstances,
  paginateDescribeLaunchTemplates,
  paginateDescribeSpotInstanceRequests,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { groupNamePrefix } from '../pool/names.ts';
import { collect } from '../scaler/aws/aws-call.ts';
import {
  found,
  type Marks,
  markedFilters,
  markOf,
  type Place,
  type ResourceKind,
} from './fleet-resource.ts';

const runningStates = ['pending', 'running', 'stopping', 'stopped', 'shutting-down'];

/** Of all instances that a fleet marks and that have not ended. */
async function instances({ ec2: client }: Place, abortSignal: AbortSignal) {
  const Filters = [...markedFilters, { Name: 'instance-state-name', Values: runningStates }];
  const pages = paginateDescribeInstances(
    { client, pageSize: 1_000 },
    { Filters },
    { abortSignal },
  );
  const reservations = await collect(pages, ({ Reservations }) => Reservations);
  return reservations.flatMap(({ Instances = [] }) => Instances);
}

/** Ids of the instances that are the fleet's. */
export async function ownInstances(
  place: Place,
  abortSignal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const all = await instances(place, abortSignal);
  const own = all.filter(({ Tags }) => markOf(place.fleet, Tags) === 'whole');
  return new Set(own.map(({ InstanceId = '' }) => InstanceId));
}

export const group: ResourceKind = {
  name: 'auto scaling group',
  endsLater: true,
  async list(place, abortSignal) {
    const client = place.autoScaling;
    // All of them: one that lost its tag is known by its name alone.
    const pages = paginateDescribeAutoScalingGroups({ client, pageSize: 100 }, {}, { abortSignal });
    const groups = await collect(pages, ({ AutoScalingGroups }) => AutoScalingGroups);
    return groups.flatMap(({ AutoScalingGroupName: id, Tags }) =>
      found(place, { id, tags: Tags as Marks, isNamedSo: isNamedSo(place, id) }),
    );
  },
  remove: ({ autoScaling }, AutoScalingGroupName, abortSignal) =>
    autoScaling.send(
      new DeleteAutoScalingGroupCommand({ AutoScalingGroupName, ForceDelete: true }),
      {
        abortSignal,
      },
    ),
};

export const spotRequest: ResourceKind = {
  name: 'spot request',
  async list(place, abortSignal) {
    const own = await ownInstances(place, abortSignal);
    const Filters = [{ Name: 'state', Values: ['open', 'active'] }];
    const pages = paginateDescribeSpotInstanceRequests(
      { client: place.ec2, pageSize: 1_000 },
      { Filters },
      { abortSignal },
    );
    const requests = await collect(pages, ({ SpotInstanceRequests }) => SpotInstanceRequests);
    return requests.flatMap(({ SpotInstanceRequestId: id, InstanceId = '', Tags }) =>
      // Those of a group carry no tag; what they bought does.
      own.has(InstanceId) && id !== undefined
        ? [{ id, name: InstanceId, kept: null }]
        : found(place, { id, tags: Tags }),
    );
  },
  remove: ({ ec2 }, id, abortSignal) =>
    ec2.send(new CancelSpotInstanceRequestsCommand({ SpotInstanceRequestIds: [id] }), {
      abortSignal,
    }),
};

export const instance: ResourceKind = {
  name: 'instance',
  endsLater: true,
  async list(place, abortSignal) {
    const all = await instances(place, abortSignal);
    return all.flatMap(({ InstanceId: id, Tags }) => found(place, { id, tags: Tags }));
  },
  remove: ({ ec2 }, id, abortSignal) =>
    ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }), { abortSignal }),
};

export const launchTemplate: ResourceKind = {
  name: 'launch template',
  async list(place, abortSignal) {
    const pages = paginateDescribeLaunchTemplates(
      { client: place.ec2, pageSize: 200 },
      {},
      { abortSignal },
    );
    const templates = await collect(pages, ({ LaunchTemplates }) => LaunchTemplates);
    return templates.flatMap(({ LaunchTemplateId: id, LaunchTemplateName: name, Tags }) =>
      found(place, { id, name, tags: Tags, isNamedSo: isNamedSo(place, name) }),
    );
  },
  remove: ({ ec2 }, LaunchTemplateId, abortSignal) =>
    ec2.send(new DeleteLaunchTemplateCommand({ LaunchTemplateId }), { abortSignal }),
};

export const keyPair: ResourceKind = {
  name: 'key pair',
  async list(place, abortSignal) {
    // AWS does not page these.
    const { KeyPairs = [] } = await place.ec2.send(
      new DescribeKeyPairsCommand({ Filters: markedFilters }),
      { abortSignal },
    );
    return KeyPairs.flatMap(({ KeyName: id, Tags }) => found(place, { id, tags: Tags }));
  },
  remove: ({ ec2 }, KeyName, abortSignal) =>
    ec2.send(new DeleteKeyPairCommand({ KeyName }), { abortSignal }),
};

function isNamedSo({ fleet }: Place, name = ''): boolean {
  return name.startsWith(groupNamePrefix(fleet));
}
