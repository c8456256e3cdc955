/**
 * A worker type is a pool: its definition as the declaration of one, in the words of `muster.yaml`.
 * So the same schema and rules judge it as a pool of the file, and the same text goes into git.
 */
import { createHash } from 'node:crypto';
import { findInstanceType } from './catalogue.ts';
import { identifier } from './schema-text.ts';
import type { Json, JsonObject, WorkerType } from './worker-type.ts';
import { diskOf } from './worker-type-disk.ts';
import { type LaunchCombination, launchCombinations } from './worker-type-launch-specification.ts';
import { queueFor, type WorkerTypeSettings } from './worker-type-settings.ts';

export interface WorkerTypeDeclaration {
  /** Its name in the file, and its id. */
  readonly name: string;
  /** As it stands under `pools` in the file. */
  readonly declaration: JsonObject;
  /** Regions of the definition that the fleet does not have. */
  readonly missingRegions: readonly string[];
  /** What the definition says and a pool has no place for, one sentence each. */
  readonly notUsed: readonly string[];
}

/** What a launch specification may say and a pool's launch template does not. */
const unusedKeys = [
  'AddressingType',
  'KernelId',
  'MonitoringEnabled',
  'NetworkInterfaces',
  'Placement',
  'RamdiskId',
] as const;

/**
 * Pools have shorter alphabets than worker types: a name that is no pool's gets one made from it, which
 * ends in a hash so that no two are the same.
 */
export function poolNameOf(workerType: string): string {
  if (identifier.safeParse(workerType).success) return workerType;
  const hash = createHash('sha256').update(workerType).digest('hex').slice(0, 8);
  const readable = workerType
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .replace(/^[^a-z]+/, '');
  return `${readable.slice(0, 28) || 'w'}-${hash}`;
}

/** @param fleetRegions the regions that the file declares; the pool is in those of its own among them */
export function workerTypeDeclaration(
  workerType: string,
  definition: WorkerType,
  settings: WorkerTypeSettings,
  fleetRegions: readonly string[],
): WorkerTypeDeclaration {
  const wanted = definition.regions.map(({ region }) => region);
  const regions = fleetRegions.filter((region) => wanted.includes(region));
  const combinations = launchCombinations(definition).filter(({ region }) =>
    regions.includes(region),
  );
  const common = commonLaunchSpec(combinations);
  const { disk, notUsed: unusedDisk } = diskOf(common);
  const instances = definition.instanceTypes.map(instanceOf);
  const zones = (definition.availabilityZones ?? [])
    .filter(({ region }) => regions.includes(region))
    .map(({ availabilityZone }) => availabilityZone);
  const network = {
    ...(zones.length > 0 && { zones }),
    ...subnetsOf(combinations),
  };
  return {
    name: poolNameOf(workerType),
    declaration: {
      description: definition.description.slice(0, 1_000),
      owner: /^[^\s@]+@[^\s@]+$/.test(definition.owner) ? definition.owner : settings.owner,
      queue: queueFor(settings, workerType),
      regions,
      capacity: { min: definition.minCapacity, max: definition.maxCapacity },
      scaling: { ratio: definition.scalingRatio },
      market: marketOf(definition),
      instances,
      image: { ids: imagesOf(combinations, instances) },
      ...(Object.keys(disk).length > 0 && { disk }),
      ...(Object.keys(network).length > 0 && { network }),
      ...accessOf(combinations, common),
      ...profileOf(common),
    },
    missingRegions: wanted.filter((region) => !regions.includes(region)),
    notUsed: [
      ...unusedKeys
        .filter((key) => combinations.some(({ launchSpec }) => launchSpec[key] !== undefined))
        .map((key) => `${key} of the launch specification is not used: pools have no such setting`),
      ...differencesOf(combinations),
      ...unusedDisk,
    ],
  };
}

/** The provisioner took the highest price of the last 30 minutes, and twice that as its bid. */
function marketOf({ canUseSpot, canUseOndemand, minPrice, maxPrice }: WorkerType): Json {
  if (!canUseSpot) return 'on-demand';
  return {
    spot: { bid: { minPrice, maxPrice }, price: 'max' },
    onDemandAfter: canUseOndemand ? '5m' : 'never',
  };
}

function instanceOf({ instanceType, capacity, utility }: WorkerType['instanceTypes'][number]) {
  const architecture = architectureOf(instanceType);
  const known = findInstanceType(instanceType) !== null;
  return { type: instanceType, capacity, utility, ...(!known && { architecture }) };
}

/**
 * Of a type that the catalogue lacks, by its name: `a1`, and a `g` among what follows the generation,
 * are Graviton ("Instance type names", EC2 documentation).
 */
function architectureOf(instanceType: string): 'x86_64' | 'arm64' {
  const known = findInstanceType(instanceType)?.architecture;
  if (known !== undefined) return known;
  return /^(a1|[a-z]+\d+[a-z]*g[a-z]*)\./.test(instanceType) ? 'arm64' : 'x86_64';
}

/** By region and by the architectures that the types have. */
function imagesOf(
  combinations: readonly LaunchCombination[],
  instances: readonly { readonly type: string }[],
): JsonObject {
  const architectures = [...new Set(instances.map(({ type }) => architectureOf(type)))];
  return Object.fromEntries(
    combinations.map(({ region, launchSpec }) => [
      region,
      Object.fromEntries(
        architectures.map((architecture) => [architecture, launchSpec.ImageId ?? null]),
      ),
    ]),
  );
}

/** A pool has one launch template an architecture: the first combination's word counts for all. */
function commonLaunchSpec(combinations: readonly LaunchCombination[]): JsonObject {
  return combinations[0]?.launchSpec ?? {};
}

/** Keys in which regions may differ, since a pool says them by region. */
const regionalKeys = ['ImageId', 'SubnetId', 'SecurityGroupIds'];

function differencesOf(combinations: readonly LaunchCombination[]): string[] {
  const keys = new Set(combinations.flatMap(({ launchSpec }) => Object.keys(launchSpec)));
  const valuesOf = (key: string) => {
    const texts = combinations.map(({ launchSpec }) => JSON.stringify(launchSpec[key] ?? null));
    return new Set(texts).size;
  };
  const first = combinations[0];
  return [...keys]
    .filter((key) => !regionalKeys.includes(key) && valuesOf(key) > 1)
    .map(
      (key) =>
        `${key} differs between regions or instance types; a pool has one, that of ` +
        `${first?.instanceType} in ${first?.region}`,
    );
}

function subnetsOf(combinations: readonly LaunchCombination[]): { subnets?: string[] } {
  const ids = combinations.flatMap(({ launchSpec: { SubnetId } }) =>
    typeof SubnetId === 'string' ? [SubnetId] : [],
  );
  return ids.length === 0 ? {} : { subnets: [...new Set(ids)] };
}

function accessOf(
  combinations: readonly LaunchCombination[],
  common: JsonObject,
): { access?: JsonObject } {
  const groups = combinations.flatMap(({ launchSpec: { SecurityGroups, SecurityGroupIds } }) => [
    ...texts(SecurityGroups),
    ...texts(SecurityGroupIds),
  ]);
  const access = {
    ...(typeof common.KeyName === 'string' && { keyPair: common.KeyName }),
    ...(groups.length > 0 && { securityGroups: [...new Set(groups)] }),
  };
  return Object.keys(access).length === 0 ? {} : { access };
}

function profileOf({ IamInstanceProfile }: JsonObject): { instanceProfile?: string } {
  const { Name, Arn } = (IamInstanceProfile ?? {}) as { Name?: Json; Arn?: Json };
  const ofArn = typeof Arn === 'string' ? Arn.slice(Arn.lastIndexOf('/') + 1) : undefined;
  const name = typeof Name === 'string' ? Name : ofArn;
  return name === undefined ? {} : { instanceProfile: name };
}

function texts(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
