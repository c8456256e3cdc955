import { AwsProvider } from '@cdktf/provider-aws/lib/provider/index.js';
import { TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import type { Credentials, Fleet } from '../pool/pool.ts';
import { literal } from './literal.ts';
import { addBackend } from './state-backend.ts';

/** The bindings are of version 6; everything the stacks use is in 5.100 too. */
export const awsProviderVersions = '>= 5.100.0, < 7.0.0';

interface FleetStackProps {
  readonly fleet: Fleet;
  readonly region: string;
  readonly credentials: Credentials;
}

/** A stack with what all of a fleet's stacks share: the AWS provider and where state is kept. */
export class FleetStack extends TerraformStack {
  constructor(scope: Construct, name: string, { fleet, region, credentials }: FleetStackProps) {
    super(scope, name);
    new AwsProvider(this, 'aws', { region, ...providerCredentials(credentials) });
    this.addOverride('terraform.required_providers.aws.version', awsProviderVersions);
    addBackend(this, name, fleet);
  }
}

function providerCredentials(credentials: Credentials) {
  switch (credentials.kind) {
    case 'default':
      return {};
    case 'profile':
      return { profile: literal(credentials.profile) };
    case 'assume-role':
      return {
        assumeRole: [
          {
            roleArn: literal(credentials.roleArn),
            sessionName: literal(credentials.sessionName),
            ...(credentials.externalId === null
              ? {}
              : { externalId: literal(credentials.externalId) }),
          },
        ],
      };
  }
}
