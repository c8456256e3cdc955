import { describe, expect, it } from 'vitest';
import { instanceTypeIn, launchFailureCause, zoneIn } from '../../scaler/aws/launch-errors.ts';

const noCapacity =
  'We currently do not have sufficient g4dn.xlarge capacity in the Availability Zone you requested ' +
  '(us-east-1a). Our system will be working on provisioning additional capacity. You can currently ' +
  'get g4dn.xlarge capacity by not specifying an Availability Zone in your request or choosing ' +
  'us-east-1b, us-east-1c. Launching EC2 instance failed.';
const spot = 'Could not launch Spot Instances. ';

/** What AWS says, after its documents and what users of groups quote in public threads. */
const said: readonly (readonly [string, ReturnType<typeof launchFailureCause>])[] = [
  [noCapacity, 'no-capacity'],
  [`${spot}InsufficientInstanceCapacity - There is no Spot capacity available`, 'no-capacity'],
  [`${spot}UnfulfillableCapacity - Unable to fulfill capacity due to your request`, 'no-capacity'],
  ['There is no Spot capacity available that matches your request.', 'no-capacity'],
  [
    'InvalidFleetConfiguration - Your requested instance type (p4d.24xlarge) is not supported in ' +
      'your requested Availability Zone (us-east-1a).',
    'no-capacity',
  ],
  ['InsufficientFreeAddressesInSubnet - not enough free addresses in subnet-1', 'no-capacity'],
  ['Unsupported - The requested configuration is currently not supported.', 'no-capacity'],
  [
    `${spot}SpotMaxPriceTooLow - Your Spot request price of 0.001 is lower than the minimum ` +
      'required Spot request fulfillment price of 0.0031.',
    'price-rejected',
  ],
  [
    'Your Spot request price of 0.001 is lower than the minimum required Spot request fulfillment',
    'price-rejected',
  ],
  [`${spot}MaxSpotInstanceCountExceeded - Max spot instance count exceeded`, 'quota'],
  ['Max spot instance count exceeded. Launching EC2 instance failed.', 'quota'],
  ['Could not launch On-Demand Instances. VcpuLimitExceeded - You have requested', 'quota'],
  [
    'You have requested more vCPU capacity than your current vCPU limit of 0 allows for the bucket',
    'quota',
  ],
  ['20 instance(s) are already running. Launching EC2 instance failed.', 'quota'],
  [`${spot}InvalidParameterCombination - not eligible for Free Tier.`, null],
  ['InvalidAMIID.NotFound - The image id ami-1 does not exist', null],
  ['InvalidFleetConfiguration - The architecture of the image does not match', null],
  ['Client.InternalError: Client error on launch.', null],
  ['', null],
];

describe('launchFailureCause', () => {
  it.each(said)('takes %j for %s', (message, cause) => {
    expect(launchFailureCause(message)).toBe(cause);
  });
});

describe('instanceTypeIn', () => {
  it.each([
    [noCapacity, 'g4dn.xlarge'],
    ['capacity of u-6tb1.metal in', 'u-6tb1.metal'],
    ['Please visit http://aws.amazon.com/contact-us/ec2-request to ask', null],
    ['neither c5.large nor c6i.2xlarge', null],
    ['no type', null],
  ])('finds in %j the type %s', (message, type) => {
    expect(instanceTypeIn(message)).toBe(type);
  });
});

describe('zoneIn', () => {
  it.each([
    [noCapacity, 'us-east-1a'],
    ['is not supported in your requested Availability Zone (ap-southeast-2b).', 'ap-southeast-2b'],
    ['try us-east-1b instead', null],
    ['You requested (m5.large) in vain', null],
  ])('finds in %j the zone %s', (message, zone) => {
    expect(zoneIn(message)).toBe(zone);
  });
});
