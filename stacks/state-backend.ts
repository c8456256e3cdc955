import { LocalBackend, S3Backend, type TerraformStack } from 'cdktf';
import type { Fleet } from '../pool/pool.ts';
import { literal } from './literal.ts';

/** The first Terraform whose S3 backend locks with a file beside the state, and not with a table. */
const terraformVersions = '>= 1.10.0';

/** Says where a stack's state is: beside the output, or in the bucket that the fleet declares. */
export function addBackend(stack: TerraformStack, name: string, fleet: Fleet): void {
  const { remoteState } = fleet.infrastructure;
  if (remoteState === null) {
    // From OUT/stacks/NAME this is beside OUT: state outlives the generated files, and no path of the
    // machine that generated them is written down.
    new LocalBackend(stack, { path: `../../../terraform.${name}.tfstate` });
    return;
  }
  const { bucket, region, environment, kmsKeyArn } = remoteState;
  new S3Backend(stack, {
    bucket,
    key: ['muster', ...(environment === null ? [] : [environment]), `${name}.tfstate`].join('/'),
    region,
    encrypt: true,
    ...(kmsKeyArn === null ? {} : { kmsKeyId: kmsKeyArn }),
    ...backendCredentials(fleet),
  });
  // The bindings know the older lock in a DynamoDB table only.
  stack.addOverride('terraform.backend.s3.use_lockfile', true);
  stack.addOverride('terraform.required_version', terraformVersions);
}

/** The bucket is reached as the fleet is, from whatever region. */
function backendCredentials({ credentials }: Fleet) {
  switch (credentials.kind) {
    case 'default':
      return {};
    case 'profile':
      return { profile: literal(credentials.profile) };
    case 'assume-role':
      return {
        assumeRole: {
          roleArn: literal(credentials.roleArn),
          sessionName: literal(credentials.sessionName),
          ...(credentials.externalId === null
            ? {}
            : { externalId: literal(credentials.externalId) }),
        },
      };
  }
}
