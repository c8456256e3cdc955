import type { Storage } from '../../pool/pool.ts';

/** Volumes of which nothing is declared but their size. */
export const plainStorage: Storage = {
  root: { iops: null, throughput: null },
  data: { iops: null, throughput: null },
  ebsOptimized: null,
  kmsKeyArn: null,
  volumes: [],
  attached: [],
};
