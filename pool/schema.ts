/**
 * The form of `muster.yaml`: keys, forms of values, limits and defaults. What concerns more than
 * one key stands in `rules.ts`. JSON Schema is made from this, so every key is described here.
 */
import * as z from 'zod';
import { rejected } from './finding.ts';
import { suggestion } from './nearest.ts';
import { nearestRegion, regionPattern } from './region-name.ts';
import { infrastructureKeys } from './schema-infrastructure.ts';
import { onDemandDiscount } from './schema-instance.ts';
import { budgetSchema } from './schema-limits.ts';
import { networkSchema } from './schema-network.ts';
import { duration, list, mapping, record, text, trueOrFalse, wholeNumber } from './schema-parts.ts';
import { poolSchema } from './schema-pool.ts';
import { maximumSlots } from './schema-scaling.ts';
import { stateSchema } from './schema-state.ts';
import { awsId, httpUrl, identifier, parameterName } from './schema-text.ts';
import { maximumSubnets } from './schema-worker-network.ts';
import { workerTypesSchema } from './schema-worker-types.ts';

/** The session name of assumed roles, as CloudTrail shows it, unless declared. */
const defaultSessionName = 'muster';

const credentialKeys = {
  profile: text('the name of a profile in the AWS shared files', /^[\w.@+=,-]+$/, 128)
    .describe('Profile of the AWS shared files to use. Default: the standard AWS chain.')
    .optional(),
  assumeRole: mapping({
    arn: text(
      'the ARN of a role such as arn:aws:iam::111122223333:role/muster',
      /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/,
      2_048,
    ).describe('ARN of the role.'),
    externalId: text('2 to 1224 letters, digits or =,.@:/-_+', /^[\w+=,.@:/-]{2,1224}$/, 1_224)
      .describe('External id that the role asks for. Default: none.')
      .optional(),
    sessionName: text('2 to 64 letters, digits or =,.@-_+', /^[\w+=,.@-]{2,64}$/, 64)
      .describe('Session name, as CloudTrail shows it.')
      .prefault(defaultSessionName),
  })
    .describe('Role to assume, with credentials from the standard AWS chain. Default: none.')
    .optional(),
};

const regionSchema = mapping({
  vpc: awsId('vpc')
    .describe('Id of the VPC that holds the subnets. Default: made by network.')
    .optional(),
  subnets: list(awsId('subnet'), 30, 'subnet ids')
    .describe('Subnets to start workers in; one a zone is usual. Default: made by network.')
    .optional(),
  publicSubnets: list(awsId('subnet'), maximumSubnets, 'subnet ids')
    .describe('Subnets in which workers need a public IP and get one. Default: none.')
    .optional(),
  network: networkSchema
    .describe('Make a VPC with a public subnet in every zone. Default: vpc and subnets.')
    .optional(),
  ...credentialKeys,
});

export const regionName = z.string().regex(regionPattern, {
  error: ({ input }) =>
    rejected(input, 'a region such as eu-west-1', suggestion(nearestRegion(String(input)))),
});

export const fleetSchema = mapping({
  fleet: identifier.describe(
    'Name of the deployment. It names and tags everything that the fleet owns in AWS; ' +
      'changing it makes a new fleet.',
  ),
  interval: duration(1, 3_600)
    .describe('Time between the starts of two iterations of the scaler.')
    .prefault('10s'),
  ...credentialKeys,
  heartbeat: mapping({
    url: httpUrl.describe('URL of the scaler as the workers see it.'),
    tokenParameter: parameterName
      .describe('SSM SecureString parameter with the bearer token. Default: no token.')
      .optional(),
  })
    .describe('Where workers say what they do. Default: workers say nothing.')
    .optional(),
  limits: mapping({
    launchesPerMinute: wholeNumber(1, maximumSlots, 'task slots')
      .describe('Most slots launched in one region in a minute, all pools together. Default: any.')
      .optional(),
  })
    .describe('What all pools share.')
    .prefault({}),
  budget: budgetSchema
    .describe('What all pools together may spend: 500/month, or a mapping. Default: no limit.')
    .optional(),
  paused: trueOrFalse()
    .describe('While true, nothing is launched, drained or ended in any pool.')
    .prefault(false),
  onDemandDiscount: onDemandDiscount
    .describe('Part that Savings Plans and reservations take off on-demand prices.')
    .prefault(0),
  ...infrastructureKeys,
  state: stateSchema
    .describe('S3 bucket for the state of Terraform. Default: files beside the output.')
    .optional(),
  workerTypes: workerTypesSchema
    .describe(
      'What pools that are made over the API have beside their definitions. Default: such pools ' +
        'are kept and do nothing.',
    )
    .optional(),
  regions: record(regionSchema, {
    key: regionName,
    minimum: 1,
    maximum: 40,
    of: 'regions',
  }).describe(
    'Regions to run workers in, by name. Credentials given here replace those of the fleet.',
  ),
  pools: record(poolSchema, { key: identifier, minimum: 1, maximum: 500, of: 'pools' }).describe(
    'Worker pools by name.',
  ),
}).describe('A fleet of worker pools on EC2.');

/** The file as written, and as read: durations in seconds, sizes in GiB, defaults filled in. */
export type FleetInput = z.input<typeof fleetSchema>;
export type FleetOutput = z.output<typeof fleetSchema>;
