import { describe, expect, it } from 'vitest';
import { largestFleet } from './declarations.ts';
import { blocksOf, reference, synthesise } from './synthesise.ts';

const stacks = synthesise(largestFleet());
const regions = Object.entries(stacks).filter(([name]) => !name.endsWith('-shared'));
const everyBlock = (type: string) => regions.flatMap(([, stack]) => blocksOf(stack, type));
const europe = stacks['build-farm-eu-west-1'];
const america = stacks['build-farm-us-east-1'];

describe('security groups', () => {
  it('let nobody in unless declared, and say so to Terraform', () => {
    const open = (address: string) => europe?.resource.aws_security_group?.[address]?.ingress;
    expect(open('steady-workers')).toEqual([]);
    expect(open('first-name-workers')).toEqual([]);
    expect(
      open('searched-workers').map((rule: { from_port: number; security_groups: string[] }) => [
        rule.from_port,
        rule.security_groups,
      ]),
    ).toEqual([
      [22, ['sg-0a1b2c3d']],
      [9100, ['sg-0b2c3d4e']],
    ]);
    for (const { ingress } of everyBlock('aws_security_group')) {
      expect(JSON.stringify(ingress)).not.toContain('0.0.0.0/0');
    }
  });
});

describe('a region', () => {
  it('keeps logs for a time', () => {
    for (const group of everyBlock('aws_cloudwatch_log_group')) {
      expect(group.retention_in_days).toBe(30);
    }
  });

  it('gives out each security group, and one on its own where there is one pool', () => {
    expect(Object.keys(europe?.output ?? {})).toEqual([
      'asg_workers_sec_group_ids',
      'notice_topic_arns',
    ]);
    expect(america?.output.asg_workers_sec_group_id.value).toBe(
      reference('aws_security_group.first-name-workers.id'),
    );
  });

  it('is reached with its own credentials, else with those of the fleet', () => {
    expect(america?.provider.aws).toEqual([{ region: 'us-east-1', profile: 'america' }]);
    expect(europe?.provider.aws[0]).toMatchObject({
      region: 'eu-west-1',
      assume_role: [
        {
          role_arn: 'arn:aws:iam::111122223333:role/deploy',
          external_id: 'ours',
          session_name: 'muster',
        },
      ],
    });
    expect(europe?.terraform.required_providers.aws.version).toBe('>= 5.100.0, < 7.0.0');
  });
});
