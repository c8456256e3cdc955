import type {
  AvailabilityZone,
  DescribeAvailabilityZonesRequest,
  DescribeAvailabilityZonesResult,
  DescribeInstanceTypeOfferingsRequest,
  DescribeInstanceTypeOfferingsResult,
  DescribeInstanceTypesRequest,
  DescribeInstanceTypesResult,
  DescribeSpotPriceHistoryRequest,
  DescribeSpotPriceHistoryResult,
  InstanceTypeInfo,
  SpotPrice,
} from '@aws-sdk/client-ec2';
import { findInstanceType, type InstanceType, instanceTypes } from '../../pool/catalogue.ts';
import { dateOf } from '../account.ts';
import { filtered } from '../filters.ts';
import { AwsError } from '../protocol/aws-error.ts';
import { pageOf } from '../protocol/page.ts';
import type { CloudRegion } from '../region.ts';
import { priceIn } from '../region-market.ts';
import { zoneId } from '../zones.ts';
import { invalidToken } from './answers.ts';

type TypeName = NonNullable<SpotPrice['InstanceType']>;

const product = 'Linux/UNIX';
/** What of a type's facts is not known here is left out of its description. */
const untagged = { tags: new Map<string, string>() };

export const marketOperations = {
  /** Latest first. From a start time on, each price that held then or later, as AWS gives it. */
  DescribeSpotPriceHistory(
    region: CloudRegion,
    input: DescribeSpotPriceHistoryRequest,
  ): DescribeSpotPriceHistoryResult {
    const {
      InstanceTypes,
      ProductDescriptions,
      AvailabilityZone: zone,
      StartTime,
      EndTime,
    } = input;
    const now = region.account.clock.now();
    const from = (StartTime?.getTime() ?? 0) / 1000;
    const to = Math.min(now, (EndTime?.getTime() ?? Number.POSITIVE_INFINITY) / 1000);
    const types = InstanceTypes ?? [...instanceTypes().keys()];
    const zones = region.zones.filter((each) => zone === undefined || each === zone);
    const entries = types.flatMap((type) =>
      zones.flatMap((each) => pricesOf(region, type, each, from, to)),
    );
    const wanted = ProductDescriptions?.some((name) => !name.startsWith(product)) ? [] : entries;
    const found = filtered(wanted, input.Filters, ({ price }, name) => {
      switch (name) {
        case 'availability-zone':
          return [price.AvailabilityZone];
        case 'instance-type':
          return [price.InstanceType];
        case 'product-description':
          return [price.ProductDescription];
        case 'spot-price':
          return [price.SpotPrice];
        case 'timestamp':
          return [price.Timestamp?.toISOString()];
        default:
          return null;
      }
    });
    found.sort((one, other) => other.at - one.at);
    const page = pageOf(
      found,
      input.NextToken || undefined,
      input.MaxResults || 1000,
      invalidToken,
    );
    return { SpotPriceHistory: page.items.map(({ price }) => price), NextToken: page.next ?? '' };
  },

  DescribeInstanceTypes(
    region: CloudRegion,
    input: DescribeInstanceTypesRequest,
  ): DescribeInstanceTypesResult {
    const named = input.InstanceTypes?.map((name) => {
      const found = findInstanceType(name);
      if (found !== null && priceIn(name, region.name) !== null) return found;
      const message = `The following supplied instance types do not exist: [${name}]`;
      throw new AwsError('InvalidInstanceType', message);
    });
    const offered = [...instanceTypes().values()].filter(
      ({ name }) => priceIn(name, region.name) !== null,
    );
    const tagged = (named ?? offered).map((type) => ({ ...untagged, type }));
    const found = filtered(tagged, input.Filters, ({ type }, name) => typeValues(type, name));
    const page = pageOf(found, input.NextToken, input.MaxResults ?? 100, invalidToken);
    return {
      InstanceTypes: page.items.map(({ type }) => describeType(type)),
      NextToken: page.next,
    };
  },

  DescribeInstanceTypeOfferings(
    region: CloudRegion,
    input: DescribeInstanceTypeOfferingsRequest,
  ): DescribeInstanceTypeOfferingsResult {
    const { LocationType = 'region' } = input;
    const locations =
      LocationType === 'availability-zone'
        ? region.zones
        : LocationType === 'availability-zone-id'
          ? region.zones.map(zoneId)
          : [region.name];
    const all = [...instanceTypes().keys()]
      .filter((type) => priceIn(type, region.name) !== null)
      .flatMap((type) => locations.map((location) => ({ ...untagged, type, location })));
    const found = filtered(all, input.Filters, ({ type, location }, name) => {
      if (name === 'instance-type') return [type];
      return name === 'location' ? [location] : null;
    });
    const page = pageOf(found, input.NextToken, input.MaxResults ?? 1000, invalidToken);
    return {
      InstanceTypeOfferings: page.items.map(({ type, location }) => ({
        InstanceType: type as TypeName,
        LocationType,
        Location: location,
      })),
      NextToken: page.next,
    };
  },

  DescribeAvailabilityZones(
    region: CloudRegion,
    input: DescribeAvailabilityZonesRequest,
  ): DescribeAvailabilityZonesResult {
    const { ZoneNames, ZoneIds } = input;
    const missing = ZoneNames?.find((name) => !region.zones.includes(name));
    if (missing !== undefined) {
      throw new AwsError('InvalidParameterValue', `Invalid availability zone: [${missing}]`);
    }
    const all = region.zones
      .filter((zone) => ZoneNames?.includes(zone) ?? true)
      .filter((zone) => ZoneIds?.includes(zoneId(zone)) ?? true)
      .map((zone) => ({ ...untagged, zone }));
    const found = filtered(all, input.Filters, ({ zone }, name) => zoneValues(region, zone, name));
    return { AvailabilityZones: found.map(({ zone }) => describeZone(region, zone)) };
  },
};

function pricesOf(region: CloudRegion, type: string, zone: string, from: number, to: number) {
  const { prices = [] } = region.market.find(zone, type, 'spot') ?? {};
  return prices.flatMap(({ at, price }, index) => {
    const next = prices[index + 1]?.at ?? Number.POSITIVE_INFINITY;
    if (at > to || next <= from) return [];
    const entry: SpotPrice = {
      AvailabilityZone: zone,
      AvailabilityZoneId: zoneId(zone),
      InstanceType: type as TypeName,
      ProductDescription: product,
      SpotPrice: price.toFixed(6),
      Timestamp: dateOf(Math.floor(at)),
    };
    return [{ ...untagged, at, price: entry }];
  });
}

function describeType(type: InstanceType): InstanceTypeInfo {
  return {
    InstanceType: type.name as TypeName,
    CurrentGeneration: true,
    SupportedUsageClasses: ['on-demand', 'spot'],
    SupportedRootDeviceTypes: ['ebs'],
    SupportedVirtualizationTypes: ['hvm'],
    BareMetal: type.name.includes('metal'),
    ProcessorInfo: { SupportedArchitectures: [type.architecture] },
    VCpuInfo: { DefaultVCpus: type.virtualCpus },
    MemoryInfo: { SizeInMiB: type.memoryMebibytes },
    InstanceStorageSupported: type.localDisk !== null,
    ...(type.localDisk !== null && {
      InstanceStorageInfo: { TotalSizeInGB: Math.round(type.localDisk * 1.073741824) },
    }),
  };
}

function typeValues(type: InstanceType, name: string) {
  switch (name) {
    case 'instance-type':
      return [type.name];
    case 'processor-info.supported-architecture':
      return [type.architecture];
    case 'vcpu-info.default-vcpus':
      return [String(type.virtualCpus)];
    case 'memory-info.size-in-mib':
      return [String(type.memoryMebibytes)];
    case 'current-generation':
      return ['true'];
    case 'supported-usage-class':
      return ['on-demand', 'spot'];
    case 'bare-metal':
      return [String(type.name.includes('metal'))];
    case 'instance-storage-supported':
      return [String(type.localDisk !== null)];
    default:
      return null;
  }
}

function describeZone(region: CloudRegion, zone: string): AvailabilityZone {
  return {
    OptInStatus: 'opt-in-not-required',
    Messages: [],
    RegionName: region.name,
    ZoneName: zone,
    ZoneId: zoneId(zone),
    GroupName: `${region.name}-zg-1`,
    NetworkBorderGroup: region.name,
    ZoneType: 'availability-zone',
    State: 'available',
  };
}

function zoneValues(region: CloudRegion, zone: string, name: string) {
  switch (name) {
    case 'zone-name':
      return [zone];
    case 'zone-id':
      return [zoneId(zone)];
    case 'region-name':
    case 'network-border-group':
      return [region.name];
    case 'group-name':
      return [`${region.name}-zg-1`];
    case 'opt-in-status':
      return ['opt-in-not-required'];
    case 'state':
      return ['available'];
    case 'zone-type':
      return ['availability-zone'];
    default:
      return null;
  }
}
