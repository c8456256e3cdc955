import type { UnixSeconds } from '../pool/units.ts';
import type { LaunchFailure, Override } from '../scaler/decide/observation.ts';
import { allocate, type Candidate, pricePerWeight } from './allocation.ts';
import type { GroupDeclaration } from './group-declaration.ts';
import type { Market } from './market.ts';
import { refusalNow } from './simulated-offering.ts';

/** What a group launches by. */
export interface LaunchBasis {
  readonly at: UnixSeconds;
  readonly declaration: Pick<GroupDeclaration, 'region' | 'market' | 'allocation'>;
  readonly market: Pick<Market, 'find'>;
  readonly overrides: readonly Override[];
  /** USD per weighted unit and hour; null: no cap. Only spot has one. */
  readonly spotMaxPrice: number | null;
}

export interface ZoneChoice {
  /** null: nothing can be had there. */
  readonly chosen: Candidate | null;
  /** Then each of the overrides that the zone knows is a launch that failed. */
  readonly failures: readonly LaunchFailure[];
}

/** What a group launches next in a zone, by its allocation strategy. */
export function chooseInZone(zone: string, basis: LaunchBasis): ZoneChoice {
  const { declaration, market, overrides, spotMaxPrice } = basis;
  const cap = declaration.market === 'spot' ? spotMaxPrice : null;
  const candidates: Candidate[] = [];
  const dear: Candidate[] = [];
  for (const { instanceType, weight } of overrides) {
    const offering = market.find(zone, instanceType, declaration.market);
    if (offering === undefined) continue;
    const candidate = { offering, weight };
    const affordable = cap === null || pricePerWeight(candidate) <= cap;
    (affordable ? candidates : dear).push(candidate);
  }
  const chosen = allocate(declaration.allocation, candidates);
  if (chosen !== null) return { chosen, failures: [] };
  const failures = [
    ...dear.map((candidate) => failed(candidate, 'price-rejected', basis)),
    ...candidates.map((candidate) => failed(candidate, refusalNow(candidate.offering)!, basis)),
  ];
  return { chosen, failures };
}

function failed(
  { offering: { instanceType, zone } }: Candidate,
  cause: LaunchFailure['cause'],
  { at, declaration: { region, market } }: LaunchBasis,
): LaunchFailure {
  // A quota is the region's, so it is no zone's fault.
  return { at, region, market, instanceType, zone: cause === 'quota' ? null : zone, cause };
}
