import { describe, expect, it } from 'vitest';
import { type Block, blocksOf, reference } from './synthesise.ts';
import { account, group, region, script, statements, template } from './worker-options.ts';

describe('subnets', () => {
  it('are the private ones unless the pool says otherwise', () => {
    expect(group('preset-spot').vpc_zone_identifier).toEqual([
      'subnet-0c3d4e5f',
      'subnet-0d4e5f60',
    ]);
    expect(group('lent-spot').vpc_zone_identifier).toEqual(['subnet-0c3d4e5f']);
  });

  it('give a public IP where they are public, on an interface that has the groups', () => {
    expect(template('preset').network_interfaces).toEqual([
      {
        associate_public_ip_address: 'true',
        delete_on_termination: 'true',
        device_index: 0,
        security_groups: [reference('aws_security_group.preset-workers.id')],
      },
    ]);
    expect(template('preset')).not.toHaveProperty('vpc_security_group_ids');
    expect(template('lent').network_interfaces[0].associate_public_ip_address).toBe('false');
    expect(template('stateful')).not.toHaveProperty('network_interfaces');
  });

  it('are asked for by zone where zones are named, and there must be one', () => {
    const { filter, lifecycle } = region?.data.aws_subnets?.['tuned-subnets'] ?? {};
    expect(filter).toEqual([
      { name: 'subnet-id', values: ['subnet-0a1b2c3d', 'subnet-0b2c3d4e'] },
      { name: 'availability-zone', values: ['eu-west-1a', 'eu-west-1b'] },
    ]);
    expect(lifecycle.postcondition[0].error_message).toMatch(
      /^pool tuned has no subnet in eu-west-1 .*network\.zones/,
    );
    expect(group('tuned-spot').vpc_zone_identifier).toBe(
      reference('data.aws_subnets.tuned-subnets.ids'),
    );
  });

  it('are in the zone of existing volumes', () => {
    expect(region?.data.aws_subnets?.['stateful-subnets']?.filter[1]).toEqual({
      name: 'availability-zone',
      values: [reference('data.aws_ebs_volume.stateful-vol-0a1b2c3d.availability_zone')],
    });
    expect(group('stateful-on-demand').vpc_zone_identifier).toBe(
      reference('data.aws_subnets.stateful-subnets.ids'),
    );
    const other = region?.data.aws_ebs_volume?.['stateful-vol-0b2c3d4e'];
    expect(other?.lifecycle.postcondition[0].condition).toBe(
      reference(
        'self.availability_zone == data.aws_ebs_volume.stateful-vol-0a1b2c3d.availability_zone',
      ),
    );
  });
});

describe('egress', () => {
  const egress = (pool: string) => {
    const rules: Block[] = region?.resource.aws_security_group?.[`${pool}-workers`]?.egress ?? [];
    return rules.map(({ description: _, ...rule }) =>
      Object.fromEntries(Object.entries(rule).filter(([, value]) => value !== null)),
    );
  };

  it('goes anywhere unless declared', () => {
    expect(egress('lent')).toMatchObject([{ protocol: '-1', cidr_blocks: ['0.0.0.0/0'] }]);
  });

  it('goes only where it is declared to', () => {
    expect(egress('tuned')).toEqual([
      { protocol: 'tcp', from_port: 443, to_port: 443, cidr_blocks: ['0.0.0.0/0'] },
      { protocol: 'udp', from_port: 53, to_port: 53, prefix_list_ids: ['pl-0a1b2c3d'] },
      { protocol: 'tcp', from_port: 8080, to_port: 8080, security_groups: ['sg-0b2c3d4e'] },
    ]);
  });
});

describe('Elastic IPs', () => {
  it('are made, or marked, for the pool alone', () => {
    const made = region?.resource.aws_eip ?? {};
    expect(Object.keys(made)).toEqual(['addressed-address-1', 'addressed-address-2']);
    for (const { domain, tags } of Object.values(made)) {
      expect(domain).toBe('vpc');
      expect(tags).toMatchObject({
        'muster:fleet': 'options',
        'muster:pool': 'addressed',
        'muster:used-by': 'options_addressed',
      });
    }
    const marks = blocksOf(region, 'aws_ec2_tag');
    expect(marks.map(({ key, value }) => [key, value])).toEqual([
      ['muster:used-by', 'options_lent'],
      ['muster:used-by', 'options_lent'],
    ]);
    const given = Object.values(region?.data.aws_eip ?? {});
    expect(given).toEqual(
      expect.arrayContaining([{ id: 'eipalloc-0a1b2c3d' }, { public_ip: '198.51.100.7' }]),
    );
  });

  it('stand before a worker does, and are given out', () => {
    expect(group('addressed-spot').depends_on).toEqual([
      'aws_eip.addressed-address-1',
      'aws_eip.addressed-address-2',
    ]);
    expect(group('preset-spot')).not.toHaveProperty('depends_on');
    expect(Object.keys(region?.output.elastic_ips.value)).toEqual(['addressed', 'lent']);
  });

  it('are taken by a worker of the pool, and never from another', () => {
    expect(script('addressed')).toContain("'Name=tag:muster:used-by,Values=options_addressed'");
    expect(script('addressed')).toContain('--no-allow-reassociation');
    expect(script('preset')).not.toContain('associate-address');
    const take = statements('addressed').filter(({ Action }) =>
      Action.includes('ec2:AssociateAddress'),
    );
    expect(take).toEqual([
      {
        Sid: 'TakeAddress',
        Effect: 'Allow',
        Action: ['ec2:AssociateAddress'],
        Resource: [`arn:aws:ec2:eu-west-1:${account}:elastic-ip/*`],
        Condition: { StringEquals: { 'aws:ResourceTag/muster:used-by': 'options_addressed' } },
      },
      {
        Sid: 'OwnAddress',
        Effect: 'Allow',
        Action: ['ec2:AssociateAddress'],
        Resource: [
          `arn:aws:ec2:eu-west-1:${account}:instance/*`,
          `arn:aws:ec2:eu-west-1:${account}:network-interface/*`,
        ],
        Condition: {
          StringEquals: {
            'aws:ResourceTag/muster:fleet': 'options',
            'aws:ResourceTag/muster:pool': 'addressed',
          },
        },
      },
    ]);
    expect(statements('preset').flatMap(({ Action }) => Action)).not.toContain(
      'ec2:AssociateAddress',
    );
    const tagged = (pool: string) =>
      template(pool).tag_specifications.map((part: Block) => part.resource_type);
    expect(tagged('addressed')).toContain('network-interface');
    expect(tagged('preset')).not.toContain('network-interface');
  });
});
