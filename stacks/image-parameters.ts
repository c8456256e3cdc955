import type { Architecture, Fleet } from '../pool/pool.ts';
import { architecturesOf, imageParameterNames } from './image.ts';

export interface ImageParameter {
  readonly name: string;
  readonly architecture: Architecture;
}

/**
 * The SSM parameters of image ids that the fleet's pools read in a region, sorted by name. AWS's own,
 * below `/aws/`, are not among them.
 */
export function ownImageParameters(fleet: Fleet, region: string): ImageParameter[] {
  const found = fleet.pools
    .filter(({ regions }) => regions.includes(region))
    .flatMap((pool) => {
      const architectures = architecturesOf(pool);
      return imageParameterNames(pool).map((name, index) => ({
        name,
        architecture: architectures[index] ?? ('x86_64' as const),
      }));
    })
    .filter(({ name }) => !name.startsWith('/aws/'));
  const byName = new Map(found.map((parameter) => [parameter.name, parameter]));
  return [...byName.values()].sort((left, right) => (left.name < right.name ? -1 : 1));
}
