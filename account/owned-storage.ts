/** Volumes, and images with their snapshots. */
import {
  DeleteSnapshotCommand,
  DeleteVolumeCommand,
  DeregisterImageCommand,
  paginateDescribeImages,
  paginateDescribeSnapshots,
  paginateDescribeVolumes,
} from '@aws-sdk/client-ec2';
import { collect } from '../scaler/aws/aws-call.ts';
import { found, markedFilters, type ResourceKind } from './fleet-resource.ts';
import { ownInstances } from './owned-compute.ts';

export const volume: ResourceKind = {
  name: 'volume',
  async list(place, abortSignal) {
    const own = await ownInstances(place, abortSignal);
    const pages = paginateDescribeVolumes(
      { client: place.ec2, pageSize: 500 },
      { Filters: markedFilters },
      { abortSignal },
    );
    const volumes = await collect(pages, ({ Volumes }) => Volumes);
    return volumes.flatMap(({ VolumeId: id, Tags, Attachments = [] }) => {
      const other = Attachments.find(({ InstanceId = '' }) => !own.has(InstanceId))?.InstanceId;
      const inUse = other === undefined ? null : `attached to ${other}, which is not the fleet's`;
      return found(place, { id, tags: Tags, inUse });
    });
  },
  remove: ({ ec2 }, VolumeId, abortSignal) =>
    ec2.send(new DeleteVolumeCommand({ VolumeId }), { abortSignal }),
};

export const image: ResourceKind = {
  name: 'image',
  async list(place, abortSignal) {
    const pages = paginateDescribeImages(
      { client: place.ec2, pageSize: 1_000 },
      { Owners: ['self'], Filters: markedFilters },
      { abortSignal },
    );
    const images = await collect(pages, ({ Images }) => Images);
    return images.flatMap(({ ImageId: id, Name: name, Tags }) =>
      found(place, { id, name, tags: Tags }),
    );
  },
  // Its snapshots were made with it, and need not have its tags; AWS keeps those that others use.
  remove: ({ ec2 }, ImageId, abortSignal) =>
    ec2.send(new DeregisterImageCommand({ ImageId, DeleteAssociatedSnapshots: true }), {
      abortSignal,
    }),
};

/** Those that no image has, as a build that failed half-way leaves them, and those of images. */
export const snapshot: ResourceKind = {
  name: 'snapshot',
  async list(place, abortSignal) {
    const pages = paginateDescribeSnapshots(
      { client: place.ec2, pageSize: 1_000 },
      { OwnerIds: ['self'], Filters: markedFilters },
      { abortSignal },
    );
    const snapshots = await collect(pages, ({ Snapshots }) => Snapshots);
    return snapshots.flatMap(({ SnapshotId: id, Tags }) => found(place, { id, tags: Tags }));
  },
  remove: ({ ec2 }, SnapshotId, abortSignal) =>
    ec2.send(new DeleteSnapshotCommand({ SnapshotId }), { abortSignal }),
};
