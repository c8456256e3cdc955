/**
 * What must hold between the keys of a declaration. Each rule reads what is there and of the right
 * form, so a fault elsewhere silences none of them.
 */
import type { FleetDraft } from './draft.ts';
import type { Finding, Path } from './finding.ts';
import { repeated } from './repeated.ts';
import { keyFindings } from './rules-key.ts';
import { poolFindings } from './rules-pool.ts';
import { regionName } from './schema.ts';
import { identifier } from './schema-text.ts';

export function fleetFindings(fleet: FleetDraft): Finding[] {
  const regions = present(fleet.regions);
  const regionNames = Object.keys(fleet.regions ?? {});
  return [
    ...keyFindings(fleet.regions, ['regions'], regionName),
    ...keyFindings(fleet.pools, ['pools'], identifier),
    ...credentialFindings(fleet, []),
    ...regions.flatMap(([name, region]) => credentialFindings(region, ['regions', name])),
    ...networkFindings(fleet),
    ...poolIdFindings(fleet),
    ...present(fleet.pools).flatMap(([name, pool]) =>
      poolFindings(pool, ['pools', name], regionNames),
    ),
  ];
}

/** The entries of a mapping that are of the right form. */
export function present<Value>(
  entries: Readonly<Record<string, Value | undefined>> | undefined,
): [string, Value][] {
  return Object.entries(entries ?? {}).flatMap(([key, value]): [string, Value][] =>
    value === undefined ? [] : [[key, value]],
  );
}

function credentialFindings(
  { profile, assumeRole }: { readonly profile?: unknown; readonly assumeRole?: unknown },
  path: Path,
): Finding[] {
  if (profile === undefined || assumeRole === undefined) return [];
  const message = 'got profile and assumeRole; allowed: one of them';
  return [{ path: [...path, 'assumeRole'], at: 'key', message }];
}

/** VPCs and subnets belong to one region, so one that is named in two is wrong in one of them. */
function networkFindings(fleet: FleetDraft): Finding[] {
  const regions = present(fleet.regions);
  const vpcs = regions.flatMap(([name, { vpc }]) =>
    vpc === undefined ? [] : [{ path: ['regions', name, 'vpc'], value: vpc }],
  );
  const subnets = regions.flatMap(([name, region]) =>
    (region.subnets ?? []).flatMap((value, index) =>
      value === undefined ? [] : [{ path: ['regions', name, 'subnets', index], value }],
    ),
  );
  return [
    ...repeated(vpcs, 'a VPC of this region'),
    ...repeated(subnets, 'each subnet once, in its own region'),
  ];
}

/** Ids name resources, so two pools cannot share one. A pool without an id goes by its name. */
function poolIdFindings(fleet: FleetDraft): Finding[] {
  const pools = present(fleet.pools);
  const unnamed = pools.filter(([, { id }]) => id === undefined);
  const named = pools.filter(([, { id }]) => id !== undefined);
  return repeated(
    [
      ...unnamed.map(([name]) => ({ path: ['pools', name], value: name })),
      ...named.map(([name, { id = '' }]) => ({ path: ['pools', name, 'id'], value: id })),
    ],
    'an id that no other pool has',
  );
}
