import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { parseFleet } from '../../pool/load.ts';
import { type Block, blocksOf, reference, synthesiseText } from './synthesise.ts';
import {
  account,
  group,
  region,
  script,
  shared,
  stacks,
  statements,
  template,
  workerOptions,
  workerOptionsFleet,
} from './worker-options.ts';

describe('existing volumes', () => {
  it('are attached and mounted by the worker, which may attach no other', () => {
    const pairs = 'vol-0a1b2c3d=/srv/artifacts vol-0b2c3d4e=/var/cache/builds';
    // To the agent of an image, and to what user data does where there is none.
    expect(script('stateful')).toContain(`MUSTER_VOLUMES="${pairs}"\n`);
    expect(script('stateful')).toContain(`MUSTER_VOLUMES='${pairs}'\n`);
    const attach = statements('stateful').filter(({ Action }) =>
      Action.includes('ec2:AttachVolume'),
    );
    expect(attach.map(({ Sid, Resource }) => [Sid, Resource])).toEqual([
      [
        'TakeVolumes',
        [
          `arn:aws:ec2:eu-west-1:${account}:volume/vol-0a1b2c3d`,
          `arn:aws:ec2:eu-west-1:${account}:volume/vol-0b2c3d4e`,
        ],
      ],
      ['OwnVolumes', [`arn:aws:ec2:eu-west-1:${account}:instance/*`]],
    ]);
  });
});

describe('volumes of a worker', () => {
  it('are what is asked for, and go with it unless it is said otherwise', () => {
    const key = 'arn:aws:kms:eu-west-1:111122223333:key/0a1b2c3d';
    const common = { encrypted: 'true', kms_key_id: key };
    const volumes = template('tuned').block_device_mappings.map((volume: Block) => volume.ebs);
    expect(volumes).toEqual([
      {
        ...common,
        ...{ volume_type: 'gp3', volume_size: 40, iops: 4000, throughput: 250 },
        delete_on_termination: 'true',
      },
      {
        ...common,
        ...{ volume_type: 'gp3', volume_size: 200, iops: 6000, throughput: 500 },
        delete_on_termination: 'true',
      },
      {
        ...common,
        ...{ volume_type: 'io1', volume_size: 100, iops: 1000 },
        delete_on_termination: 'true',
      },
      {
        ...common,
        ...{ volume_type: 'gp3', snapshot_id: 'snap-0a1b2c3d' },
        delete_on_termination: 'false',
      },
    ]);
    expect(template('tuned').ebs_optimized).toBe('true');
    expect(template('addressed')).not.toHaveProperty('ebs_optimized');
  });
});

describe('existing security groups and profiles', () => {
  it('are on the workers, beside or in place of the own', () => {
    const [own, byName, byId] = template('tuned').vpc_security_group_ids;
    expect(own).toBe(reference('aws_security_group.tuned-workers.id'));
    expect(byId).toBe('sg-0a1b2c3d');
    expect(byName).toMatch(/^\$\{data\.aws_security_group\.tuned-group-\w+\.id\}$/);
    expect(Object.values(region?.data.aws_security_group ?? {})).toEqual([
      { name: 'builders', vpc_id: 'vpc-0a1b2c3d' },
    ]);
    expect(template('tuned').iam_instance_profile).toEqual({ name: 'builder' });
    expect(Object.keys(shared?.resource.aws_iam_role ?? {})).not.toContain('tuned-worker');
  });

  it('may be launched into and passed by the scaler', () => {
    const policy = blocksOf(shared, 'aws_iam_policy').flatMap(
      (block) => JSON.parse(block.policy).Statement as Block[],
    );
    const bySid = (sid: string) => policy.find(({ Sid }) => Sid === sid);
    const [profile] = Object.keys(shared?.data.aws_iam_instance_profile ?? {});
    expect(bySid('WorkerRoles')?.Resource).toContain(
      reference(`data.aws_iam_instance_profile.${profile}.role_arn`),
    );
    for (const prefix of ['Launch', 'Fleet']) {
      expect(bySid(`${prefix}Groups`)?.Resource).toEqual([
        `arn:aws:ec2:eu-west-1:${account}:security-group/sg-0a1b2c3d`,
      ]);
      expect(bySid(`${prefix}NamedGroups`)?.Condition).toEqual({
        ArnEquals: { 'ec2:Vpc': [`arn:aws:ec2:eu-west-1:${account}:vpc/vpc-0a1b2c3d`] },
      });
    }
  });
});

describe('the first spot max price', () => {
  it('is the declared cap for each unit of weight, until the scaler sets it', () => {
    const price = (address: string) =>
      group(address).mixed_instances_policy.instances_distribution.spot_max_price;
    expect(price('preset-spot')).toBe('0.3');
    expect(price('tuned-spot')).toBe('0.04');
    expect(price('addressed-spot')).toBeUndefined();
    expect(price('tuned-on-demand')).toBeUndefined();
  });
});

describe('the state', () => {
  it('is in the declared bucket, locked by a file, and apart by environment', () => {
    for (const [name, { terraform }] of Object.entries(stacks)) {
      expect(terraform.backend).toEqual({
        s3: {
          bucket: 'options-state',
          encrypt: true,
          key: `muster/test/${name}.tfstate`,
          region: 'eu-west-1',
          use_lockfile: true,
        },
      });
      expect(terraform.required_version).toBe('>= 1.10.0');
    }
  });
});

describe('worker options', () => {
  it('boot with a script that bash can read', () => {
    for (const pool of ['addressed', 'lent', 'stateful']) {
      const { status, stderr } = spawnSync('bash', ['-n'], {
        input: script(pool),
        encoding: 'utf8',
      });
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    }
  });

  it('are the same bytes in whatever order they are declared', () => {
    const turned = workerOptions
      .replace('[subnet-0b2c3d4e, subnet-0a1b2c3d]', '[subnet-0a1b2c3d, subnet-0b2c3d4e]')
      .replace('[subnet-0d4e5f60, subnet-0c3d4e5f]', '[subnet-0c3d4e5f, subnet-0d4e5f60]')
      .replace('[eipalloc-0a1b2c3d, 198.51.100.7]', '[198.51.100.7, eipalloc-0a1b2c3d]')
      .replace(/( +- \{ id: vol-0b.*\n)( +- \{ id: vol-0a.*\n)/, '$2$1')
      .replace(/( +- \{ device: \/dev\/xvdc.*\n)( +- \{ device: \/dev\/xvdb.*\n)/, '$2$1')
      .replace('[b, eu-west-1a]', '[eu-west-1a, b]')
      .replace('[sg-0a1b2c3d, builders]', '[builders, sg-0a1b2c3d]');
    expect(turned).not.toBe(workerOptions);
    expect(synthesiseText(parseFleet(turned, 'f'))).toEqual(synthesiseText(workerOptionsFleet()));
  });
});
