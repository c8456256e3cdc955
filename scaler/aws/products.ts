/**
 * What EC2 calls a product in its spot prices, and the Price List API an operating system. Source:
 * `ProductDescriptions` of DescribeSpotPriceHistory in the EC2 API reference.
 */
const operatingSystems: ReadonlyMap<string, string> = new Map([
  ['Linux/UNIX', 'Linux'],
  ['Red Hat Enterprise Linux', 'RHEL'],
  ['SUSE Linux', 'SUSE'],
  ['Windows', 'Windows'],
]);

/** The operating system as the Price List API names it; null: a product not known here. */
export function operatingSystemOf(product: string): string | null {
  return operatingSystems.get(product.replace(/ \(Amazon VPC\)$/, '')) ?? null;
}
