import type {
  LaunchTemplateBlockDeviceMappings,
  LaunchTemplateBlockDeviceMappingsEbs,
} from '@cdktf/provider-aws/lib/launch-template/index.js';
import type { Pool, VolumePerformance } from '../pool/pool.ts';
import { dataDevice } from './user-data.ts';

/** The volumes that are made with each worker, its root first. */
export function volumeMappings(
  { disk, storage }: Pool,
  rootDevice: string,
): LaunchTemplateBlockDeviceMappings[] {
  const common = {
    encrypted: 'true',
    ...(storage.kmsKeyArn === null ? {} : { kmsKeyId: storage.kmsKeyArn }),
  };
  const own = (deviceName: string, volumeSize: number, performance: VolumePerformance) => ({
    deviceName,
    ebs: {
      volumeType: 'gp3',
      volumeSize,
      ...asked(performance),
      ...common,
      deleteOnTermination: 'true',
    },
  });
  return [
    own(rootDevice, disk.root, storage.root),
    ...(disk.data === null ? [] : [own(dataDevice, disk.data, storage.data)]),
    ...storage.volumes.map((volume) => ({
      deviceName: volume.device,
      ebs: {
        volumeType: volume.type,
        ...(volume.size === null ? {} : { volumeSize: volume.size }),
        ...(volume.snapshotId === null ? {} : { snapshotId: volume.snapshotId }),
        ...asked(volume),
        ...common,
        deleteOnTermination: String(volume.deleteOnTermination),
      },
    })),
  ];
}

function asked({
  iops,
  throughput,
}: VolumePerformance): Pick<LaunchTemplateBlockDeviceMappingsEbs, 'iops' | 'throughput'> {
  return {
    ...(iops === null ? {} : { iops }),
    ...(throughput === null ? {} : { throughput }),
  };
}
