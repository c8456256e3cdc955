/** What of a fleet fits into an account. Pure. */
import { findInstanceType } from '../pool/catalogue.ts';
import { marketsOf } from '../pool/markets.ts';
import type { MarketName } from '../pool/names.ts';
import type { Fleet, InstanceChoice, Pool } from '../pool/pool.ts';
import type { AccountQuotas, Counted, RegionQuotas } from './read-quotas.ts';

export interface QuotaFinding {
  /** `no`: it does not fit. `maybe`: it depends on the types that are chosen. */
  readonly fits: 'yes' | 'maybe' | 'no' | 'unknown';
  /** Such as `eu-west-1: auto scaling groups: needs 2, others have 3, quota 500`. */
  readonly text: string;
}

/**
 * Quotas in vCPUs by family of instance types. Sources: "Amazon EC2 instance type quotas" in the
 * Amazon EC2 Instance Types Guide for which letters are in which; Service Quotas for the codes.
 */
const virtualCpuQuotas: readonly {
  readonly families: RegExp;
  readonly name: string;
  readonly codes: Readonly<Record<MarketName, string>>;
}[] = [
  {
    families: /^(g|gr|vt)$/,
    name: 'G and VT',
    codes: { spot: 'L-3819A6DF', 'on-demand': 'L-DB2E81BA' },
  },
  { families: /^p$/, name: 'P', codes: { spot: 'L-7212CCBC', 'on-demand': 'L-417A185B' } },
  { families: /^x$/, name: 'X', codes: { spot: 'L-E3A00192', 'on-demand': 'L-7295265B' } },
  { families: /^inf$/, name: 'Inf', codes: { spot: 'L-B5D1601B', 'on-demand': 'L-1945791B' } },
  { families: /^f$/, name: 'F', codes: { spot: 'L-88CF9481', 'on-demand': 'L-74FC7D96' } },
  {
    families: /^([acdhimrtz]|im|is)$/,
    name: 'Standard (A, C, D, H, I, M, R, T, Z)',
    codes: { spot: 'L-34B43A08', 'on-demand': 'L-1216C47A' },
  },
];

/** In the order of the fleet's regions; what fits too. */
export function quotaFindings(fleet: Fleet, quotas: AccountQuotas): QuotaFinding[] {
  const roles = fleet.pools.filter(({ instanceProfile }) => instanceProfile === null).length;
  return [
    ...quotas.regions.flatMap((of) => regionFindings(fleet, of)),
    counted('roles of workers', roles, quotas.roles),
  ];
}

function regionFindings(fleet: Fleet, quotas: RegionQuotas): QuotaFinding[] {
  const { region } = quotas;
  const pools = fleet.pools.filter(({ regions }) => regions.includes(region));
  const groups = pools.reduce((sum, pool) => sum + marketsOf(pool).length, 0);
  const templates = pools.reduce(
    (sum, { instances }) => sum + new Set(instances.map(({ architecture }) => architecture)).size,
    0,
  );
  return [
    counted(`${region}: auto scaling groups`, groups, quotas.groups),
    counted(`${region}: launch templates`, templates, quotas.launchTemplates),
    ...(['spot', 'on-demand'] as const).flatMap((market) =>
      virtualCpuFindings(pools, market, quotas),
    ),
  ];
}

function counted(what: string, needed: number, { quota, others }: Counted): QuotaFinding {
  const needs = `${what}: needs ${needed}, others have ${others}`;
  if (quota === null) return { fits: 'unknown', text: `${needs}, quota not known` };
  return { fits: needed + others <= quota ? 'yes' : 'no', text: `${needs}, quota ${quota}` };
}

/**
 * All pools at their maximum, each at once in one market: with the types that have the fewest vCPUs a
 * slot, and with those that have the most.
 */
function virtualCpuFindings(
  all: readonly Pool[],
  market: MarketName,
  { region, ec2 }: RegionQuotas,
): QuotaFinding[] {
  const pools = all.filter((pool) => marketsOf(pool).includes(market));
  const findings: QuotaFinding[] = [];
  for (const { families, name, codes } of virtualCpuQuotas) {
    let least = 0;
    let most = 0;
    for (const pool of pools) {
      const inFamily = (type: string) => families.test(familyOf(type));
      const needs = pool.instances
        .filter(({ type }) => inFamily(type))
        .flatMap((choice) => virtualCpusAtMaximum(pool, choice));
      if (needs.length === 0) continue;
      most += Math.max(...needs);
      // A pool that has types of other families too may do without these.
      if (pool.instances.every(({ type }) => inFamily(type))) least += Math.min(...needs);
    }
    if (most === 0) continue;
    const quota = ec2.get(codes[market]) ?? null;
    const range = least === most ? `${most}` : `${least} to ${most}`;
    const text = `${region}: ${market} vCPUs, ${name}: pools at their maximum need ${range}`;
    if (quota === null) findings.push({ fits: 'unknown', text: `${text}, quota not known` });
    else {
      const fits = most <= quota ? 'yes' : least <= quota ? 'maybe' : 'no';
      findings.push({ fits, text: `${text}, quota ${quota} (${codes[market]})` });
    }
  }
  const unknown = pools
    .flatMap(({ instances }) => instances.map(({ type }) => type))
    .filter((type) => !isCounted(type));
  if (unknown.length > 0) {
    const types = [...new Set(unknown)].sort().join(', ');
    findings.push({
      fits: 'unknown',
      text: `${region}: ${market} vCPUs of ${types} are not counted`,
    });
  }
  return findings;
}

function familyOf(type: string): string {
  return /^[a-z]+/.exec(type)?.[0] ?? '';
}

function isCounted(type: string): boolean {
  const isKnown = findInstanceType(type) !== null;
  return isKnown && virtualCpuQuotas.some(({ families }) => families.test(familyOf(type)));
}

/** None where the catalogue does not have the type. */
function virtualCpusAtMaximum(pool: Pool, { type, capacity }: InstanceChoice): number[] {
  const facts = findInstanceType(type);
  if (facts === null) return [];
  // Of several regions each has a share at most.
  const share = pool.regions.length > 1 ? pool.placement.regionShare : 1;
  const slots = Math.ceil(pool.capacity.max * share);
  return [Math.ceil(slots / capacity) * facts.virtualCpus];
}
