/** A pool's volumes, from the block devices and other disk settings of a launch specification of EC2. */
import { type VolumeType, volumeLimits } from './schema-disk.ts';
import type { Json, JsonObject } from './worker-type.ts';

/** What images call their root volume. */
const rootDevices = ['/dev/sda', '/dev/sda1', '/dev/xvda'];

/** @returns `disk` as a pool of the file has it, and what it has no place for */
export function diskOf({ BlockDeviceMappings, EbsOptimized }: JsonObject): {
  readonly disk: JsonObject;
  readonly notUsed: readonly string[];
} {
  const notUsed: string[] = [];
  const volumes: JsonObject[] = [];
  let root: Json | null = null;
  for (const mapping of Array.isArray(BlockDeviceMappings) ? BlockDeviceMappings : []) {
    const { DeviceName, VirtualName, Ebs, NoDevice } = (mapping ?? {}) as JsonObject;
    const device = typeof DeviceName === 'string' ? DeviceName : 'a device without a name';
    // Disks of the host are there without being asked for on every type that still starts.
    if (typeof VirtualName === 'string') continue;
    if (NoDevice !== undefined) {
      notUsed.push(`NoDevice of ${device} is not used: an image's own volumes stay`);
    } else if (rootDevices.includes(device)) {
      root = rootOf(device, (Ebs ?? {}) as JsonObject, notUsed);
    } else {
      volumes.push(volumeOf(device, (Ebs ?? {}) as JsonObject, notUsed));
    }
  }
  return {
    disk: {
      ...(root !== null && { root }),
      ...(volumes.length > 0 && { volumes }),
      ...(typeof EbsOptimized === 'boolean' && { ebsOptimized: EbsOptimized }),
    },
    notUsed,
  };
}

/** Root volumes of a pool are gp3, which is faster than what definitions ask for and costs less. */
function rootOf(device: string, ebs: JsonObject, notUsed: string[]): Json | null {
  for (const key of Object.keys(ebs)) {
    if (['VolumeSize', 'DeleteOnTermination', 'Encrypted', 'VolumeType'].includes(key)) continue;
    notUsed.push(`${key} of ${device} is not used: the root volume is an encrypted gp3`);
  }
  return typeof ebs.VolumeSize === 'number' ? `${ebs.VolumeSize}GiB` : null;
}

function volumeOf(device: string, ebs: JsonObject, notUsed: string[]): JsonObject {
  const { VolumeSize, SnapshotId, VolumeType, Iops, Throughput, DeleteOnTermination } = ebs;
  const known = typeof VolumeType === 'string' && Object.hasOwn(volumeLimits, VolumeType);
  const type = (known ? VolumeType : 'gp3') as VolumeType;
  const { iops, throughput } = volumeLimits[type];
  if (Iops !== undefined && iops === null) {
    notUsed.push(`Iops of ${device} is not used: ${type} takes none`);
  }
  return {
    device,
    type,
    ...(typeof VolumeSize === 'number' && { size: `${VolumeSize}GiB` }),
    ...(typeof SnapshotId === 'string' && { snapshot: SnapshotId }),
    ...(typeof Iops === 'number' && iops !== null && { iops: Iops }),
    ...(typeof Throughput === 'number' && throughput && { throughput: Throughput }),
    ...(typeof DeleteOnTermination === 'boolean' && { deleteOnTermination: DeleteOnTermination }),
  };
}
