/** The form of where a pool's workers stand, and by which addresses they are reached. */
import * as z from 'zod';
import { showValue } from './finding.ts';
import { rangeOf } from './schema-network.ts';
import {
  checkedText,
  list,
  mapping,
  text,
  trueOrFalse,
  wholeNumber,
  words,
} from './schema-parts.ts';
import { awsId } from './schema-text.ts';

/** The kinds of a region's subnets that a pool may choose. */
export const subnetKinds = ['private', 'public'] as const;

/** Most subnets of a region. */
export const maximumSubnets = 30;

/** Addresses of one pool in a region; an account has 5 a region until it asks for more. */
const maximumAddresses = 500;

/** A zone by its whole name, or by its letter in whatever region. */
export const zoneName = text(
  'a zone such as eu-west-1b, or its letter',
  /^([a-z]{2,3}(-[a-z]+)+-\d)?[a-z]$/,
  32,
);

const elasticIp = text(
  'the id of an Elastic IP such as eipalloc-0a1b2c3d, or its IPv4 address',
  /^(eipalloc-[0-9a-z]+|\d{1,3}(\.\d{1,3}){3})$/,
  64,
);

/** What AWS takes of one security group before a larger quota is asked for. */
const maximumEgressRules = 60;

const egressForm =
  'an IPv4 range such as 10.0.0.0/8, or the id of a security group (sg-) or of a prefix list (pl-)';
const range = rangeOf(egressForm, 0, 32);
const sourceId = /^(sg|pl)-[0-9a-z]+$/;

const egressRule = mapping({
  to: checkedText(egressForm, (value) => {
    if (sourceId.test(value)) return null;
    const read = range.safeParse(value);
    return read.success ? null : (read.error.issues[0]?.message ?? `got ${showValue(value)}`);
  }).describe('What workers may reach.'),
  port: wholeNumber(1, 65_535, 'a port').describe('The port that they may reach there.'),
  protocol: words(['tcp', 'udp']).describe('Over which protocol.').prefault('tcp'),
});

export const workerNetworkSchema = mapping({
  subnets: z
    .union([
      words(subnetKinds, { or: ', or a list of subnet ids of the region' }),
      list(awsId('subnet'), maximumSubnets, 'subnet ids'),
    ])
    .describe(
      'Which of the subnets of a region: private (subnets), public (publicSubnets), or their ids. ' +
        'Default: private where the region has such, else public.',
    )
    .optional(),
  zones: list(zoneName, 30, 'zones')
    .describe('Only subnets in these zones: eu-west-1b, or b in whatever region. Default: any.')
    .optional(),
  publicIp: trueOrFalse()
    .describe(
      'Whether workers get a public IP. Default: true in public subnets, elsewhere as the subnet says.',
    )
    .optional(),
  elasticIps: z
    .union([
      wholeNumber(1, maximumAddresses, 'Elastic IPs in each region, or a list of given ones'),
      list(elasticIp, maximumAddresses, 'Elastic IPs'),
    ])
    .describe(
      'Elastic IPs for the workers: how many to make in each region, or given ones by id or ' +
        'address. A worker takes a free one when it starts. Default: none.',
    )
    .optional(),
  egress: list(egressRule, maximumEgressRules, 'rules')
    .describe('All that workers may reach. Default: anything.')
    .optional(),
});
