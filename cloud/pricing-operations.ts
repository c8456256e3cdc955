import { createHash } from 'node:crypto';
import type { GetProductsRequest, GetProductsResponse } from '@aws-sdk/client-pricing';
import { type InstanceType, instanceTypes } from '../pool/catalogue.ts';
import { AwsError } from './protocol/aws-error.ts';
import { pageOf } from './protocol/page.ts';
import type { CloudRegion } from './region.ts';
import { priceIn } from './region-market.ts';

/** Built-in on-demand prices stand for these regions; the price list has no others. */
const regions = ['us-east-1', 'us-east-2', 'us-west-2', 'eu-west-1', 'eu-central-1'];

/** Every product here is a plain Linux instance, so these filters leave it in or out as a whole. */
const common: Readonly<Record<string, string>> = {
  operatingSystem: 'Linux',
  tenancy: 'Shared',
  preInstalledSw: 'NA',
  capacitystatus: 'Used',
  servicecode: 'AmazonEC2',
  licenseModel: 'No License required',
};

export const pricingOperations = {
  /** Products in AWS's own form of a price list entry: a JSON text each. */
  GetProducts(region: CloudRegion, input: GetProductsRequest): GetProductsResponse {
    if (input.ServiceCode !== 'AmazonEC2') return { FormatVersion: 'aws_v1', PriceList: [] };
    const wanted = new Map<string, string>();
    for (const { Type, Field = '', Value = '' } of input.Filters ?? []) {
      if (Type !== 'TERM_MATCH' && Type !== 'EQUALS') {
        throw new AwsError(
          'InvalidParameterException',
          `the simulated cloud has filters of type TERM_MATCH only, not ${Type}`,
        );
      }
      wanted.set(Field, Value);
    }
    const products = [...instanceTypes().values()].flatMap((type) =>
      regions.flatMap((name) => productOf(type, name, wanted)),
    );
    const invalid = () => new AwsError('InvalidNextTokenException', 'The token is not valid');
    const page = pageOf(products, input.NextToken, input.MaxResults ?? 100, invalid);
    const at = region.account.now();
    return {
      FormatVersion: 'aws_v1',
      PriceList: page.items.map((product) => JSON.stringify(product(at))),
      NextToken: page.next,
    };
  },
};

function productOf(type: InstanceType, region: string, wanted: ReadonlyMap<string, string>) {
  const price = priceIn(type.name, region);
  if (price === null) return [];
  const attributes: Readonly<Record<string, string>> = {
    ...common,
    instanceType: type.name,
    regionCode: region,
    vcpu: String(type.virtualCpus),
    memory: `${type.memoryMebibytes / 1024} GiB`,
  };
  for (const [field, value] of wanted) if (attributes[field] !== value) return [];
  return [(at: Date) => entry(attributes, price, at)];
}

function entry(attributes: Readonly<Record<string, string>>, price: number, at: Date) {
  const sku = createHash('sha256').update(JSON.stringify(attributes)).digest('hex').slice(0, 16);
  const offer = `${sku}.JRTCKXETXF`;
  const dimension = `${offer}.6YS6EN2CT7`;
  const { instanceType, regionCode } = attributes;
  return {
    product: { productFamily: 'Compute Instance', attributes, sku: sku.toUpperCase() },
    serviceCode: 'AmazonEC2',
    terms: {
      OnDemand: {
        [offer]: {
          priceDimensions: {
            [dimension]: {
              unit: 'Hrs',
              endRange: 'Inf',
              beginRange: '0',
              description: `$${price} per On Demand Linux ${instanceType} Instance Hour in ${regionCode}`,
              appliesTo: [],
              rateCode: dimension,
              pricePerUnit: { USD: price.toFixed(10) },
            },
          },
          sku,
          effectiveDate: at.toISOString(),
          offerTermCode: 'JRTCKXETXF',
          termAttributes: {},
        },
      },
    },
    version: '1',
    publicationDate: at.toISOString(),
  };
}
