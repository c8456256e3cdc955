import type { Pool } from '../../pool/pool.ts';
import { StackError } from '../stack-error.ts';
import type { PoolBlocks } from './pool-blocks.ts';

/** What Terraform looks up where the template needs nothing: an image only tells its root device. */
const needless = ['aws_ami', 'aws_caller_identity', 'aws_ssm_parameter'];

/** By what Terraform looks up: the option that asks for it, and what to declare in its place. */
const fixes: Readonly<Record<string, { readonly option: string; readonly fix: string }>> = {
  aws_ebs_volume: { option: 'disk.existing', fix: 'use disk.data or disk.volumes' },
  aws_eip: { option: 'network.elasticIps with given addresses', fix: 'declare how many to make' },
  aws_iam_instance_profile: { option: 'instanceProfile', fix: 'leave it out for one of its own' },
  aws_security_group: { option: 'access.securityGroups by name', fix: 'name it by its id' },
  aws_subnets: { option: 'network.zones', fix: 'name subnets of those zones in network.subnets' },
};

/**
 * CloudFormation looks up nothing in the account that it deploys to.
 *
 * @throws Error that names the pool, the option and the fix.
 */
export function refuseLookups(pool: Pool, { data }: PoolBlocks): void {
  const refused = Object.keys(data)
    .filter((type) => !needless.includes(type))
    .map((type) => fixes[type] ?? { option: type, fix: 'leave it out' });
  if (refused.length === 0) return;
  const options = refused.map(({ option, fix }) => `${option} (${fix})`).join(', ');
  throw new StackError(
    `pool ${pool.name} has what needs a look into the account, which CloudFormation cannot take: ` +
      `${options}; or use --format terraform`,
  );
}
