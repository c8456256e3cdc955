import { compareText } from './compare-text.ts';
import type { Fleet, Region } from './pool.ts';

/**
 * The region of what a fleet has once: its roles' stack, its metrics, alarms and scaler. The first by
 * name, so that the order of the file changes nothing.
 *
 * @throws Error when the fleet has no region.
 */
export function homeRegion({ name, regions }: Pick<Fleet, 'name' | 'regions'>): Region {
  const [first] = [...regions].sort((left, right) => compareText(left.name, right.name));
  if (first === undefined) throw new Error(`fleet ${name} has no region: declare one`);
  return first;
}
