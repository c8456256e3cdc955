/**
 * What must hold between the keys of a declaration. Each rule reads what is there and of the right
 * form, so a fault elsewhere silences none of them.
 */
import { isIP } from 'node:net';
import { compareText } from './compare-text.ts';
import type { FleetDraft } from './draft.ts';
import type { Finding, Path } from './finding.ts';
import { noticeTarget } from './notice-target.ts';
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
    ...alarmFindings(fleet),
    ...openApiFindings(fleet),
    ...addressFindings(fleet),
    ...poolIdFindings(fleet),
    ...present(fleet.pools).flatMap(([name, pool]) =>
      poolFindings(pool, ['pools', name], regionNames, fleet.regions ?? {}),
    ),
    ...lentFindings(fleet),
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

/** A region names its VPC and subnets, or has them made. */
function networkWayFindings(
  name: string,
  region: NonNullable<NonNullable<FleetDraft['regions']>[string]>,
): Finding[] {
  const path = ['regions', name];
  const keys = ['vpc', 'subnets', 'publicSubnets'] as const;
  const given = keys.filter((key) => Object.hasOwn(region, key));
  if (Object.hasOwn(region, 'network')) {
    return given.map((key): Finding => {
      const message = `got ${key} and network; allowed: vpc with subnets, or network`;
      return { path: [...path, key], at: 'key', message };
    });
  }
  const allowed = 'vpc with subnets, or network: create to have both made';
  if (given.length === 0)
    return [{ path, at: 'value', message: `no network; allowed: ${allowed}` }];
  return given.length > 1 && given[0] === 'vpc'
    ? []
    : [{ path, at: 'value', message: `got ${given.join(' and ')} alone; allowed: ${allowed}` }];
}

/** VPCs and subnets belong to one region, so one that is named in two is wrong in one of them. */
function networkFindings(fleet: FleetDraft): Finding[] {
  const regions = present(fleet.regions);
  const wayFindings = regions.flatMap(([name, region]) => networkWayFindings(name, region));
  const vpcs = regions.flatMap(([name, { vpc }]) =>
    vpc === undefined ? [] : [{ path: ['regions', name, 'vpc'], value: vpc }],
  );
  const subnets = regions.flatMap(([name, region]) =>
    (['subnets', 'publicSubnets'] as const).flatMap((key) =>
      (region[key] ?? []).flatMap((value, index) =>
        value === undefined ? [] : [{ path: ['regions', name, key, index], value }],
      ),
    ),
  );
  return [
    ...wayFindings,
    ...repeated(vpcs, 'a VPC of this region'),
    ...repeated(subnets, 'each subnet once, in its own region'),
  ];
}

/** What one worker has at a time, two pools cannot share. */
function lentFindings(fleet: FleetDraft): Finding[] {
  const pools = present(fleet.pools);
  const addresses = pools.flatMap(([name, { network }]) =>
    typeof network?.elasticIps !== 'object'
      ? []
      : network.elasticIps.flatMap((value, index) =>
          value === undefined
            ? []
            : [{ path: ['pools', name, 'network', 'elasticIps', index], value }],
        ),
  );
  const volumes = pools.flatMap(([name, { disk }]) =>
    (disk?.existing ?? []).flatMap((volume, index) =>
      volume?.id === undefined
        ? []
        : [{ path: ['pools', name, 'disk', 'existing', index, 'id'], value: volume.id }],
    ),
  );
  return [
    ...repeated(addresses, 'each Elastic IP in one pool'),
    ...repeated(volumes, 'each volume in one pool'),
  ];
}

/** An instance of its own hears workers over the network, where the scaler asks for a token. */
function openApiFindings({ scaler, heartbeat }: FleetDraft): Finding[] {
  const inAws = scaler !== undefined && scaler !== 'elsewhere';
  if (!inAws || heartbeat === undefined || Object.hasOwn(heartbeat, 'tokenParameter')) return [];
  const message = 'no tokenParameter; allowed: with scaler: aws, heartbeats that bear a token';
  return [{ path: ['heartbeat'], at: 'value', message }];
}

/** The zone is for the host that workers send their heartbeats to. */
function addressFindings({ scaler, heartbeat }: FleetDraft): Finding[] {
  if (scaler === undefined || typeof scaler === 'string' || !scaler.addressZone) return [];
  const host = heartbeat?.url === undefined ? null : new URL(heartbeat.url).hostname;
  if (host !== null && isIP(host.replace(/^\[|\]$/g, '')) === 0) return [];
  const got = host === null ? 'without heartbeat' : `with the address ${host}`;
  const message = `got a zone ${got}; allowed: with a heartbeat.url that names a host`;
  return [{ path: ['scaler', 'addressZone'], at: 'value', message }];
}

/** CloudWatch tells topics of the alarm's own region only, and alarms stand in the home region. */
function alarmFindings({ monitoring, regions }: FleetDraft): Finding[] {
  const [home] = Object.keys(regions ?? {}).sort(compareText);
  if (home === undefined) return [];
  return (monitoring?.notify ?? []).flatMap((text, index): Finding[] => {
    const target = text === undefined ? null : noticeTarget(text);
    if (target?.kind !== 'topic' || target.region === home) return [];
    const message = `got a topic in ${target.region}; allowed: one in ${home}, where alarms stand`;
    return [{ path: ['monitoring', 'notify', index], at: 'value', message }];
  });
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
