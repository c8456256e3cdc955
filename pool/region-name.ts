import { nearest } from './nearest.ts';

/**
 * Regions that most accounts can use, for suggestions only: new ones are accepted by their form.
 * Source: the list of regions in the AWS Regions and Availability Zones user guide.
 */
const commonRegions = [
  ...['us-east-1', 'us-east-2', 'us-west-1', 'us-west-2', 'ca-central-1', 'sa-east-1'],
  ...['eu-west-1', 'eu-west-2', 'eu-west-3', 'eu-central-1', 'eu-north-1', 'eu-south-1'],
  ...['ap-south-1', 'ap-southeast-1', 'ap-southeast-2', 'ap-northeast-1', 'ap-northeast-2'],
  ...['ap-northeast-3', 'ap-east-1', 'af-south-1', 'me-south-1', 'me-central-1', 'il-central-1'],
];

/** `eu-west-1`: an area, a direction and a number. The direction catches most slips of the pen. */
export const regionPattern =
  /^[a-z]{2,4}(-[a-z]{2,4})?-(north|south|east|west|central|(north|south)(east|west))-\d{1,2}$/;

/** The region that was probably meant; null: none is near. A zone's name means its region. */
export function nearestRegion(written: string): string | null {
  const withoutZone = written.replace(/(\d)[a-z]$/, '$1');
  return regionPattern.test(withoutZone) ? withoutZone : nearest(written, commonRegions);
}
