import { homeRegion } from '../pool/home-region.ts';
import { tagKeys } from '../pool/names.ts';
import type { Fleet } from '../pool/pool.ts';
import { accountIdReference, partitionOf } from './arns.ts';
import type { Statement } from './policy-document.ts';

/** What a statement is limited to; the actions come from the list of calls. */
export type Limit = Omit<Statement, 'Effect' | 'Action'>;

export const hasFleetTag = (fleet: Fleet) => ({
  StringEquals: { [`aws:ResourceTag/${tagKeys.fleet}`]: fleet.name },
});

/** EC2 resources of a type in any region of this account. */
export function inAccount(fleet: Fleet, type: string): string {
  return `${arn(fleet, 'ec2')}:${accountIdReference}:${type}/*`;
}

/** Start of an ARN in any region of the fleet. */
export function arn(fleet: Fleet, service: string): string {
  return `arn:${partitionOf(homeRegion(fleet).name)}:${service}:*`;
}

export function unique(values: readonly string[]): string[] {
  return [...new Set(values)].sort();
}
