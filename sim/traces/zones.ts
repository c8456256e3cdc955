import { regionPattern } from '../../pool/region-name.ts';

/** `use1-az4`, or a local zone's `usw2-lax1-az1`: the same place in every account. */
const zoneId = /^([a-z]{3,6}\d{1,2})(-[a-z0-9]+)*-az\d{1,2}$/;
/** `us-east-1a`, or a local zone's `us-west-2-lax-1a`: each account has its own letters. */
const zoneName = /^([a-z]{2,4}(?:-[a-z]{2,4})?-[a-z]+-\d{1,2})(-[a-z0-9]+)*[a-z]$/;

/**
 * The short code of a zone's region, such as `use1`; null: not the form of a zone's id or name.
 * Source of both forms: the page on Availability Zone IDs of the AWS RAM user guide.
 */
export function regionCodeOfZone(zone: string): string | null {
  const ofId = zoneId.exec(zone)?.[1];
  if (ofId !== undefined) return ofId;
  const region = zoneName.exec(zone)?.[1];
  return region !== undefined && regionPattern.test(region) ? regionCode(region) : null;
}

/** `use1` of `us-east-1`, `apne2` of `ap-northeast-2`, `usgw1` of `us-gov-west-1`. */
export function regionCode(region: string): string {
  const [area = '', ...rest] = region.split('-');
  const number = rest.pop() ?? '';
  const directions = rest.map((word) => word.replace(/(?<=.)(east|west)$/, ' $1').split(' '));
  return (
    area +
    directions
      .flat()
      .map(([initial]) => initial)
      .join('') +
    number
  );
}
