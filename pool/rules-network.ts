/** What must hold of where a pool's workers stand. */
import type { FleetDraft, PoolDraft } from './draft.ts';
import type { Finding, Path } from './finding.ts';
import { nearest, suggestion } from './nearest.ts';
import { repeated } from './repeated.ts';

type RegionDraft = NonNullable<NonNullable<FleetDraft['regions']>[string]>;
type NetworkDraft = NonNullable<PoolDraft['network']>;

/** `regions` are those of the pool, of which a draft may lack some. */
export function workerNetworkFindings(
  pool: PoolDraft,
  path: Path,
  regions: readonly string[],
  drafts: Readonly<Record<string, RegionDraft | undefined>>,
): Finding[] {
  const known = regions.flatMap((name) => {
    const region = drafts[name];
    return region === undefined ? [] : [{ name, region }];
  });
  const groups = namedGroupFindings(pool, path, known);
  const { network } = pool;
  if (network === undefined) return groups;
  const at = [...path, 'network'];
  return [
    ...groups,
    ...subnetFindings(network, [...at, 'subnets'], known),
    ...zoneFindings(network, [...at, 'zones'], regions),
    ...addressFindings(pool, network, [...at, 'elasticIps'], known),
    ...egressFindings(network, [...at, 'egress'], regions),
  ];
}

/** A worker that cannot reach AWS cannot register, log or end. */
function egressFindings(
  { egress }: NetworkDraft,
  path: Path,
  regions: readonly string[],
): Finding[] {
  if (egress === undefined) return [];
  const rules = egress.filter((rule) => rule !== undefined);
  if (rules.length < egress.length) return [];
  const reachesAws = rules.some(({ port, protocol }) => port === 443 && protocol !== 'udp');
  const unreachable: Finding[] = reachesAws
    ? []
    : [
        {
          path,
          at: 'value',
          message:
            'got no rule for tcp 443, over which workers reach AWS; allowed: with a rule for it, ' +
            'such as { to: 0.0.0.0/0, port: 443 }',
        },
      ];
  if (regions.length < 2) return unreachable;
  const ofOneRegion = rules.flatMap(({ to }, index): Finding[] => {
    if (to === undefined || !/^(sg|pl)-/.test(to)) return [];
    const message = `got ${to}, which belongs to one region, for a pool in ${regions.join(', ')}; allowed: only with one region; make a pool for each`;
    return [{ path: [...path, index, 'to'], at: 'value', message }];
  });
  return [...unreachable, ...ofOneRegion];
}

interface KnownRegion {
  readonly name: string;
  readonly region: RegionDraft;
}

/** The fleet may launch into a group by its id, or into any of a VPC that it knows. */
function namedGroupFindings(
  { access }: PoolDraft,
  path: Path,
  regions: readonly KnownRegion[],
): Finding[] {
  const made = regions.find(({ region }) => region.network !== undefined);
  if (made === undefined) return [];
  return (access?.securityGroups ?? []).flatMap((group, index): Finding[] => {
    if (group === undefined || group.startsWith('sg-')) return [];
    const message = `got ${JSON.stringify(group)} for ${made.name}, whose network is made; allowed: an id`;
    return [{ path: [...path, 'access', 'securityGroups', index], at: 'value', message }];
  });
}

const idsOf = (ids: RegionDraft['subnets']) => (ids ?? []).filter((id) => id !== undefined);

function subnetFindings(
  { subnets }: NetworkDraft,
  path: Path,
  regions: readonly KnownRegion[],
): Finding[] {
  if (subnets === undefined) return [];
  const made = regions.filter(({ region }) => region.network !== undefined);
  if (made.length > 0 && subnets !== 'public') {
    const names = made.map(({ name }) => name).join(', ');
    const message = `got a choice of subnets in ${names}, whose network is made; allowed: public`;
    return [{ path, at: 'value', message }];
  }
  const own = regions.filter(({ region }) => region.network === undefined);
  if (typeof subnets === 'string') {
    const key = subnets === 'public' ? 'publicSubnets' : 'subnets';
    return own
      .filter(({ region }) => region[key] === undefined)
      .map(({ name }): Finding => {
        const message = `got ${subnets}, but regions.${name} has no ${key}; allowed: declare them there`;
        return { path, at: 'value', message };
      });
  }
  return listedSubnetFindings(
    subnets.flatMap((value, index) =>
      value === undefined ? [] : [{ path: [...path, index], value }],
    ),
    path,
    own,
  );
}

function listedSubnetFindings(
  listed: readonly { readonly path: Path; readonly value: string }[],
  path: Path,
  regions: readonly KnownRegion[],
): Finding[] {
  const chosen = listed.map(({ value }) => value);
  const all = regions.flatMap(({ region }) => [
    ...idsOf(region.subnets),
    ...idsOf(region.publicSubnets),
  ]);
  const ofRegion = regions.map(({ name, region }) => ({
    name,
    closed: idsOf(region.subnets).filter((id) => chosen.includes(id)),
    open: idsOf(region.publicSubnets).filter((id) => chosen.includes(id)),
  }));
  return [
    ...repeated(listed, 'each subnet once'),
    ...listed
      .filter(({ value }) => !all.includes(value))
      .map(({ path: at, value }): Finding => {
        const fix = suggestion(nearest(value, all));
        const message = `got ${value}; allowed: a subnet of the pool's regions (${all.join(', ')})${fix}`;
        return { path: at, at: 'value', message };
      }),
    ...ofRegion
      .filter(({ closed, open }) => closed.length + open.length === 0)
      .map(({ name }): Finding => {
        const message = `got no subnet in ${name}; allowed: at least one in each region of the pool`;
        return { path, at: 'value', message };
      }),
    ...ofRegion
      .filter(({ closed, open }) => closed.length > 0 && open.length > 0)
      .map(({ name, closed, open }): Finding => {
        const message =
          `got ${closed[0]}, which is private, and ${open[0]}, which is public, in ${name}; ` +
          'allowed: one kind; make a pool for each';
        return { path, at: 'value', message };
      }),
  ];
}

function zoneFindings({ zones }: NetworkDraft, path: Path, regions: readonly string[]): Finding[] {
  const places = (zones ?? []).flatMap((value, index) =>
    value === undefined ? [] : [{ path: [...path, index], value }],
  );
  if (places.length === 0) return [];
  const whole = places.filter(({ value }) => value.length > 1);
  const hasLetter = whole.length < places.length;
  const bare = regions.filter(
    (region) => !hasLetter && !whole.some(({ value }) => value.slice(0, -1) === region),
  );
  return [
    ...repeated(places, 'each zone once'),
    ...whole
      .filter(({ value }) => !regions.includes(value.slice(0, -1)))
      .map(({ path: at, value }): Finding => {
        const message = `got ${value}; allowed: a zone of the pool's regions (${regions.join(', ')})`;
        return { path: at, at: 'value', message };
      }),
    ...bare.map((region): Finding => {
      const message = `got no zone in ${region}; allowed: one in each region of the pool, or a letter`;
      return { path, at: 'value', message };
    }),
  ];
}

function addressFindings(
  pool: PoolDraft,
  network: NetworkDraft,
  path: Path,
  regions: readonly KnownRegion[],
): Finding[] {
  const { elasticIps } = network;
  if (elasticIps === undefined) return [];
  const findings: Finding[] = regions
    .filter(({ region }) => !inPublicSubnets(network, region))
    .map(({ name }) => {
      const message =
        `got Elastic IPs for workers in private subnets of ${name}, where they reach nothing; ` +
        'allowed: with network.subnets: public';
      return { path, at: 'key', message };
    });
  const given = typeof elasticIps === 'number' ? [] : elasticIps;
  if (given.length > 0 && regions.length > 1) {
    const message =
      `got addresses, which are of one region, for a pool in ${regions.map(({ name }) => name).join(', ')}; ` +
      'allowed: how many to make in each region, or only with one region';
    findings.push({ path, at: 'value', message });
  }
  return [...findings, ...countFindings(pool, path)];
}

function inPublicSubnets({ subnets }: NetworkDraft, region: RegionDraft): boolean {
  if (region.network !== undefined) return true;
  if (subnets === 'public') return true;
  if (subnets === 'private') return false;
  const open = idsOf(region.publicSubnets);
  return subnets === undefined
    ? region.subnets === undefined
    : subnets.some((id) => id !== undefined && open.includes(id));
}

/** A worker without an address does not come up, so there is one for each that may be wanted. */
function countFindings({ network, instances, capacity }: PoolDraft, path: Path): Finding[] {
  const { elasticIps } = network ?? {};
  const count = typeof elasticIps === 'number' ? elasticIps : (elasticIps?.length ?? 0);
  const slots = (instances ?? []).flatMap((instance) => instance?.capacity ?? []);
  const max = capacity?.max;
  if (max === undefined || slots.length === 0) return [];
  const least = Math.min(...slots);
  const workers = Math.ceil(max / least);
  if (count >= workers) return [];
  const message =
    `got ${count} for up to ${workers} workers (capacity.max ${max}, the smallest has ${least}); ` +
    `allowed: at least ${workers}, or a lower max`;
  return [{ path, at: 'value', message }];
}
