/** The form of a worker's volumes. */
import * as z from 'zod';
import { list, mapping, size, text, trueOrFalse, wholeNumber, words } from './schema-parts.ts';
import { awsId, kmsKeyArn } from './schema-text.ts';

/** Largest gp3 volume that every region has, in GiB. */
const maximumVolume = 16_384;

/** What a kind of volume can do. Source: EBS volume types, Amazon EBS user guide. */
export interface VolumeLimits {
  /** GiB. */
  readonly size: { readonly least: number; readonly most: number };
  /** Operations a second that may be asked for; null: they follow from the size. */
  readonly iops: { readonly least: number; readonly most: number; readonly perGib: number } | null;
  /** Whether a rate in MiB/s may be asked for. */
  readonly throughput: boolean;
}

/**
 * Those limits that every region and both major versions of the Terraform provider know; newer, higher
 * ones of gp3 are left out.
 */
export const volumeLimits = {
  gp3: {
    size: { least: 1, most: maximumVolume },
    iops: { least: 3_000, most: 16_000, perGib: 500 },
    throughput: true,
  },
  gp2: { size: { least: 1, most: maximumVolume }, iops: null, throughput: false },
  io1: {
    size: { least: 4, most: maximumVolume },
    iops: { least: 100, most: 64_000, perGib: 50 },
    throughput: false,
  },
  io2: {
    size: { least: 4, most: maximumVolume },
    iops: { least: 100, most: 64_000, perGib: 500 },
    throughput: false,
  },
  st1: { size: { least: 125, most: maximumVolume }, iops: null, throughput: false },
  sc1: { size: { least: 125, most: maximumVolume }, iops: null, throughput: false },
  standard: { size: { least: 1, most: 1_024 }, iops: null, throughput: false },
} as const satisfies Readonly<Record<string, VolumeLimits>>;

export type VolumeType = keyof typeof volumeLimits;

/** Of gp3: MiB/s for each operation a second at most, and what it has unless declared. */
export const gp3 = { throughputPerIops: 0.25, iops: 3_000, throughput: 125 } as const;

/** A volume that is made with a worker gets no more than this, in MiB/s. */
const throughput = wholeNumber(gp3.throughput, 1_000, 'MiB/s');
const iops = wholeNumber(100, 64_000, 'operations a second');

const volumeSize = size(1, maximumVolume);

/** A size alone, or with what a gp3 volume of it can be asked for. */
function ownVolume() {
  return z.union([
    volumeSize,
    mapping({
      size: volumeSize.describe('Size of the volume.'),
      iops: wholeNumber(volumeLimits.gp3.iops.least, volumeLimits.gp3.iops.most, 'of gp3, a second')
        .describe('Operations a second. Default: 3000, as gp3 has.')
        .optional(),
      throughput: throughput.describe('MiB/s. Default: 125, as gp3 has.').optional(),
    }),
  ]);
}

const volumeTypes = Object.keys(volumeLimits) as [VolumeType, ...VolumeType[]];

const newVolume = mapping({
  device: text(
    'a device name such as /dev/xvdb',
    /^\/dev\/(sd[a-z][0-9]{0,2}|xvd[a-z]{1,2})$/,
    32,
  ).describe('Name of the device at launch, such as /dev/xvdb.'),
  size: volumeSize.describe("Size of the volume. Default: the snapshot's.").optional(),
  snapshot: awsId('snap').describe('Snapshot that it is made from. Default: empty.').optional(),
  type: words(volumeTypes).describe('Kind of volume.').prefault('gp3'),
  iops: iops
    .describe(
      'Operations a second, of gp3, io1 and io2; io1 and io2 need them. Default: of gp3, 3000.',
    )
    .optional(),
  throughput: throughput.describe('MiB/s, of gp3 only. Default: 125.').optional(),
  deleteOnTermination: trueOrFalse()
    .describe('Whether it goes when its worker ends.')
    .prefault(true),
});

const existingVolume = mapping({
  id: awsId('vol').describe('The volume.'),
  mount: text('an absolute path such as /var/cache/builds', /^(\/[\w.-]+)+$/, 255).describe(
    'Where a worker mounts it.',
  ),
});

export const diskSchema = mapping({
  root: ownVolume()
    .describe('Root volume: a size, or a mapping with iops and throughput.')
    .prefault('20GiB'),
  data: ownVolume()
    .describe('A data volume: a size, or a mapping with iops and throughput. Default: none.')
    .optional(),
  ebsOptimized: trueOrFalse()
    .describe(
      'Whether instances have bandwidth of their own for volumes. Default: as the type has.',
    )
    .optional(),
  kmsKey: kmsKeyArn
    .describe("KMS key that encrypts the volumes. Default: the account's own key for EBS.")
    .optional(),
  volumes: list(newVolume, 20, 'volumes')
    .describe('Further volumes that are made with each worker. Default: none.')
    .optional(),
  // One for each letter that is left for its device: k to z.
  existing: list(existingVolume, 16, 'volumes')
    .describe('Volumes that exist, for a pool of one worker at a time. Default: none.')
    .optional(),
});
