/** Tags of an image that muster builds, and of whatever a build makes on the way. */
export const imageTagKeys = {
  /** base or worker. */
  layer: 'muster:layer',
  /** Id of the build, by which everything that it made is found. */
  build: 'muster:build',
  base: 'muster:base',
  baseImage: 'muster:base-image',
  architecture: 'muster:architecture',
  workerKind: 'muster:worker-kind',
  workerVersion: 'muster:worker-version',
  gitCommit: 'muster:git-commit',
  /** ISO 8601, UTC. */
  builtAt: 'muster:built-at',
} as const;

export type ImageLayer = 'base' | 'worker';

/** SSM parameter that says who builds a pool's image; there is one while someone does. */
export function imageBuildLockName(fleet: string, poolId: string): string {
  return `/muster/${fleet}/image-build/${poolId}`;
}

/** SSM parameter, in the fleet's home region, that says who deploys an image; there is one while someone does. */
export function imageDeployLockName(fleet: string, poolId: string): string {
  return `/muster/${fleet}/image-deployment/${poolId}`;
}
