/** What must hold of the instance types of a pool. */
import { findInstanceType, nearestInstanceType } from './catalogue.ts';
import type { PoolDraft } from './draft.ts';
import type { Finding, Path } from './finding.ts';
import { suggestion } from './nearest.ts';
import { repeated } from './repeated.ts';

type InstanceDraft = NonNullable<NonNullable<PoolDraft['instances']>[number]>;

interface Place {
  readonly path: Path;
  readonly type: string;
  readonly instance: InstanceDraft;
}

export function instanceFindings({ instances }: PoolDraft, path: Path): Finding[] {
  const places = (instances ?? []).flatMap((instance, index): Place[] =>
    instance?.type === undefined
      ? []
      : [{ path: [...path, 'instances', index], type: instance.type, instance }],
  );
  return [
    ...repeated(
      places.map((place) => ({ path: [...place.path, 'type'], value: place.type })),
      'each type once',
    ),
    ...places.flatMap(architectureFindings),
    ...utilityFindings(places),
  ];
}

function architectureFindings({ path, type, instance: { architecture } }: Place): Finding[] {
  const facts = findInstanceType(type);
  if (facts === null && architecture === undefined) {
    const allowed = 'a type of the catalogue, or any type with its architecture declared';
    const fix = suggestion(nearestInstanceType(type));
    const message = `got ${type}, which is not in the catalogue; allowed: ${allowed}${fix}`;
    return [{ path: [...path, 'type'], at: 'value', message }];
  }
  if (facts === null || architecture === undefined || architecture === facts.architecture) {
    return [];
  }
  const message = `got ${architecture}; allowed: ${facts.architecture}, as ${type} has`;
  return [{ path: [...path, 'architecture'], at: 'value', message }];
}

/**
 * Utilities only mean something against each other: those of one pool are all declared or all the
 * catalogue's, so that they are on one scale.
 */
function utilityFindings(places: readonly Place[]): Finding[] {
  const declares = ({ instance }: Place) => Object.hasOwn(instance, 'utility');
  const declaring = places.find(declares);
  return places.flatMap((place): Finding[] => {
    const { path, type, instance } = place;
    const facts = findInstanceType(type);
    const isUnknown = facts === null && instance.architecture === undefined;
    if (declares(place) || isUnknown) return [];
    const at = { path: [...path, 'utility'], at: 'value' } as const;
    if (declaring !== undefined) {
      const message =
        `missing, while ${declaring.type} has one; ` +
        "allowed: a utility for every type of the pool, or for none (then the catalogue's)";
      return [{ ...at, message }];
    }
    if ((facts?.clangMultiScore ?? null) !== null) return [];
    const message =
      `missing, and the catalogue has no score of ${type}; ` +
      'allowed: a utility for every type of the pool';
    return [{ ...at, message }];
  });
}
