import { homeRegion } from '../pool/home-region.ts';
import { fleetWideName } from '../pool/names.ts';
import type { Fleet } from '../pool/pool.ts';
import { accountIdReference, partitionOf } from './arns.ts';
import { hasFleetTag, type Limit } from './policy-limits.ts';

/** The table that the scaler's stack makes; nothing where the scaler runs elsewhere, with a file. */
export function stateTableLimits(fleet: Fleet): Limit[] {
  if (fleet.infrastructure.scaler === null) return [];
  const table = `table/${fleetWideName(fleet.name, 'state')}`;
  return [{ Sid: 'StateTable', Resource: [`${inHomeRegion(fleet, 'dynamodb')}:${table}`] }];
}

/** The declared key, or the fleet's own. */
export function stateKeyLimits(fleet: Fleet): Limit[] {
  const host = fleet.infrastructure.scaler;
  if (host === null) return [];
  if (host.kmsKeyArn !== null) return [{ Sid: 'StateKey', Resource: [host.kmsKeyArn] }];
  const keys = `${inHomeRegion(fleet, 'kms')}:key/*`;
  return [{ Sid: 'StateKey', Resource: [keys], Condition: hasFleetTag(fleet) }];
}

function inHomeRegion(fleet: Fleet, service: string): string {
  const { name } = homeRegion(fleet);
  return `arn:${partitionOf(name)}:${service}:${name}:${accountIdReference}`;
}
