/** What a fleet owns in an account: how each kind of it is found, and how it goes. */
import type { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import type { EC2Client, Tag } from '@aws-sdk/client-ec2';
import type { IAMClient } from '@aws-sdk/client-iam';
import { tagKeys } from '../pool/names.ts';
import type { clientConfiguration } from '../scaler/aws/client-configuration.ts';

/** Where resources are looked for. */
export interface Place {
  readonly fleet: string;
  readonly region: string;
  readonly autoScaling: AutoScalingClient;
  readonly ec2: EC2Client;
  readonly iam: IAMClient;
  /** For clients of other services. */
  readonly configuration: ReturnType<typeof clientConfiguration>;
}

export interface FoundResource {
  /** What AWS knows it by. */
  readonly id: string;
  /** Its name, where it has one that is not its id. */
  readonly name: string | null;
  /** Why it is not removed; null: it is the fleet's own. */
  readonly kept: string | null;
}

export interface ResourceKind {
  readonly name: string;
  /** Whether it goes some time after AWS was told to remove it, and others wait for that. */
  readonly endsLater?: boolean;
  /** All that is marked as the fleet's, wholly or partly. @throws what the SDK throws */
  list(place: Place, abortSignal: AbortSignal): Promise<FoundResource[]>;
  /** @throws what the SDK throws */
  remove(place: Place, id: string, abortSignal: AbortSignal): Promise<unknown>;
}

/** Filters of EC2 for what may be marked as a fleet's. */
export const markedFilters = [{ Name: 'tag-key', Values: Object.values(marks()) }];

function marks(): readonly string[] {
  return [tagKeys.fleet, tagKeys.pool, tagKeys.usedBy];
}

export type Marks = readonly Pick<Tag, 'Key' | 'Value'>[];

/**
 * How something is marked: `whole` by the fleet's tag. `part` without it, but by the name of the
 * fleet's own, by a use of the fleet's, or by a pool of a fleet that is not told. `none`: not, or as another fleet's.
 */
export function markOf(
  fleet: string,
  tags: Marks = [],
  isNamedSo = false,
): 'whole' | 'none' | { readonly part: string } {
  const tagValue = (key: string) => tags.find(({ Key }) => Key === key)?.Value;
  const of = tagValue(tagKeys.fleet);
  if (of !== undefined) return of === fleet ? 'whole' : 'none';
  const user = tagValue(tagKeys.usedBy);
  if (user?.startsWith(`${fleet}_`)) {
    return { part: `not the fleet's: only lent to it, by the tag ${tagKeys.usedBy}` };
  }
  const without = `without the tag ${tagKeys.fleet}`;
  if (isNamedSo) return { part: `named as the fleet's, but ${without}` };
  if (user === undefined && tagValue(tagKeys.pool) !== undefined) {
    return { part: `has the tag ${tagKeys.pool}, but is ${without}` };
  }
  return 'none';
}

/**
 * One resource, or none where nothing marks it.
 * @param inUse why it must stay although it is the fleet's; null: nothing
 */
export function found(
  place: Pick<Place, 'fleet'>,
  of: {
    readonly id: string | undefined;
    readonly name?: string | undefined;
    readonly tags: Marks | undefined;
    readonly isNamedSo?: boolean;
    readonly inUse?: string | null;
  },
): FoundResource[] {
  const mark = markOf(place.fleet, of.tags, of.isNamedSo);
  if (mark === 'none' || of.id === undefined) return [];
  const kept = mark === 'whole' ? (of.inUse ?? null) : mark.part;
  return [{ id: of.id, name: of.name ?? null, kept }];
}
