/**
 * The cascade of a worker type's launch specifications, as the Taskcluster AWS provisioner had it:
 * what is general is replaced, key by key, by what the region says, then the zone, then the type.
 */
import type { Json, JsonObject, WorkerType } from './worker-type.ts';

/** Keys of a launch specification of EC2 RequestSpotInstances that a definition may hold. */
const allowedKeys = [
  'ImageId',
  'KeyName',
  'SecurityGroups',
  'SecurityGroupIds',
  'AddressingType',
  'BlockDeviceMappings',
  'EbsOptimized',
  'IamInstanceProfile',
  'KernelId',
  'MonitoringEnabled',
  'NetworkInterfaces',
  'Placement',
  'RamdiskId',
  'SubnetId',
] as const;

/** Everything that is wrong with the launch specifications of a definition; none: they are sound. */
export function launchSpecificationFaults(definition: WorkerType): string[] {
  const { regions, instanceTypes, availabilityZones = [] } = definition;
  return [
    ...levelFaults('launchSpec', definition.launchSpec),
    ...regions.flatMap(({ region, launchSpec }) => [
      ...levelFaults(`region ${region}`, launchSpec, 'region'),
      ...(typeof launchSpec.ImageId === 'string' && launchSpec.ImageId !== ''
        ? []
        : [`region ${region} has no ImageId; allowed: the id of an image of that region`]),
    ]),
    ...availabilityZones.flatMap(({ availabilityZone, region, launchSpec }) => [
      ...levelFaults(`zone ${availabilityZone}`, launchSpec),
      ...(availabilityZone.slice(0, -1) === region
        ? []
        : [`zone ${availabilityZone} is not of ${region}; allowed: the zone's own region`]),
      ...(regions.some((known) => known.region === region)
        ? []
        : [`zone ${availabilityZone} is in ${region}, which is not among the regions`]),
    ]),
    ...instanceTypes.flatMap(({ instanceType, launchSpec }) =>
      levelFaults(`instance type ${instanceType}`, launchSpec),
    ),
    ...twice(
      'region',
      regions.map(({ region }) => region),
    ),
    ...twice(
      'zone',
      availabilityZones.map(({ availabilityZone }) => availabilityZone),
    ),
    ...twice(
      'instance type',
      instanceTypes.map(({ instanceType }) => instanceType),
    ),
    ...mergedFaults(definition),
  ];
}

function levelFaults(where: string, launchSpec: JsonObject, kind = ''): string[] {
  return Object.keys(launchSpec).flatMap((key) => {
    if (key === 'ImageId' && kind !== 'region') {
      return [`${where} has an ImageId; allowed: in the launchSpec of a region only`];
    }
    if (key === 'InstanceType') {
      return [`${where} has an InstanceType; allowed: as instanceType of an entry only`];
    }
    if (key === 'UserData') return [`${where} has UserData; allowed: userData beside launchSpec`];
    if ((allowedKeys as readonly string[]).includes(key)) return [];
    return [`${where} has the key ${key}; allowed: ${allowedKeys.join(', ')}`];
  });
}

function twice(what: string, names: readonly string[]): string[] {
  const repeated = names.filter((name, index) => names.indexOf(name) !== index);
  return [...new Set(repeated)].map((name) => `${what} ${name} is there twice; allowed: once`);
}

/** EC2 takes security groups by name in a default VPC only, where no subnet may be named. */
function mergedFaults(definition: WorkerType): string[] {
  const faults = launchCombinations(definition).flatMap(({ region, instanceType, launchSpec }) =>
    launchSpec.SecurityGroups !== undefined && launchSpec.SubnetId !== undefined
      ? [
          `${instanceType} in ${region} has SecurityGroups and SubnetId; ` +
            'allowed: SecurityGroupIds with SubnetId',
        ]
      : [],
  );
  return faults.slice(0, 5);
}

/** What the cascade gives for one region and type, in the order of the definition. */
export interface LaunchCombination {
  readonly region: string;
  readonly instanceType: string;
  readonly capacity: number;
  readonly launchSpec: JsonObject;
  readonly userData: JsonObject;
  readonly secrets: JsonObject;
}

/** @param zone takes in what the definition has for that zone; without it no zone's part is */
export function launchCombinations(definition: WorkerType, zone?: string): LaunchCombination[] {
  const { regions, instanceTypes, availabilityZones = [] } = definition;
  return regions.flatMap((region) => {
    const ofZone = availabilityZones.find(
      (known) => known.availabilityZone === zone && known.region === region.region,
    );
    return instanceTypes.map((type) => {
      const cascade = (part: 'launchSpec' | 'userData' | 'secrets') => ({
        ...definition[part],
        ...region[part],
        ...ofZone?.[part],
        ...type[part],
      });
      return {
        region: region.region,
        instanceType: type.instanceType,
        capacity: type.capacity,
        launchSpec: cascade('launchSpec'),
        userData: cascade('userData'),
        secrets: cascade('secrets'),
      };
    });
  });
}

/** What a worker read in its user data: the names are the old provisioner's. */
export interface UserDataDocument {
  readonly data: JsonObject;
  readonly capacity: number;
  readonly workerType: string;
  readonly provisionerId: string;
  readonly region: string;
  readonly availabilityZone: string;
  readonly instanceType: string;
  /** USD per hour; for a worker on demand, its price. */
  readonly spotBid: number;
  readonly price: number;
  /** ISO 8601. */
  readonly launchSpecGenerated: string;
  readonly lastModified: string;
  readonly provisionerBaseUrl: string;
  readonly taskclusterRootUrl: string;
  readonly securityToken: string;
}

/** One entry of the answer of getLaunchSpecs. */
export interface RenderedLaunchSpecification {
  readonly launchSpec: JsonObject;
  readonly secrets: JsonObject;
  readonly scopes: readonly string[];
  readonly userData: UserDataDocument;
  readonly securityToken: string;
  readonly workerType: string;
}

/** What a rendering takes beside the definition. */
export type RenderSettings = Pick<
  UserDataDocument,
  | 'workerType'
  | 'provisionerId'
  | 'launchSpecGenerated'
  | 'lastModified'
  | 'provisionerBaseUrl'
  | 'taskclusterRootUrl'
  | 'securityToken'
>;

/** Stands where a zone and a price would: nothing is launched by a preview. */
const previewZone = 'preview';
const previewPrice = 1;

/** By region, then instance type: what getLaunchSpecs answers. */
export function renderLaunchSpecifications(
  definition: WorkerType,
  settings: RenderSettings,
): Record<string, Record<string, RenderedLaunchSpecification>> {
  const rendered: Record<string, Record<string, RenderedLaunchSpecification>> = {};
  for (const combination of launchCombinations(definition)) {
    const { region, instanceType, secrets } = combination;
    const userData = userDataDocument(combination, settings, {
      availabilityZone: previewZone,
      spotBid: previewPrice,
      price: previewPrice,
    });
    const text = new TextEncoder().encode(JSON.stringify(userData));
    rendered[region] ??= {};
    rendered[region][instanceType] = {
      launchSpec: {
        ...combination.launchSpec,
        InstanceType: instanceType,
        Placement: {
          ...asObject(combination.launchSpec.Placement),
          AvailabilityZone: previewZone,
        },
        UserData: Buffer.from(text).toString('base64'),
      },
      secrets,
      scopes: [],
      userData,
      securityToken: settings.securityToken,
      workerType: settings.workerType,
    };
  }
  return rendered;
}

export function userDataDocument(
  {
    region,
    instanceType,
    capacity,
    userData,
  }: Pick<LaunchCombination, 'region' | 'instanceType' | 'capacity' | 'userData'>,
  settings: RenderSettings,
  launch: Pick<UserDataDocument, 'availabilityZone' | 'spotBid' | 'price'>,
): UserDataDocument {
  return { data: userData, capacity, region, instanceType, ...launch, ...settings };
}

function asObject(value: Json | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as JsonObject)
    : {};
}
