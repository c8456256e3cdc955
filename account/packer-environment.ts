import { EC2Client } from '@aws-sdk/client-ec2';
import type { Region } from '../pool/pool.ts';
import { clientConfiguration } from '../scaler/aws/client-configuration.ts';

/** How Packer reaches AWS: as the region's credentials say, in the environment, which only we can read. */
export async function packerEnvironment({ name, credentials }: Region): Promise<NodeJS.ProcessEnv> {
  switch (credentials.kind) {
    case 'default':
      return {};
    case 'profile':
      return { AWS_PROFILE: credentials.profile };
    case 'assume-role': {
      const client = new EC2Client(clientConfiguration(credentials, name));
      const given = await client.config.credentials();
      client.destroy();
      return {
        AWS_ACCESS_KEY_ID: given.accessKeyId,
        AWS_SECRET_ACCESS_KEY: given.secretAccessKey,
        ...(given.sessionToken === undefined ? {} : { AWS_SESSION_TOKEN: given.sessionToken }),
      };
    }
  }
}
