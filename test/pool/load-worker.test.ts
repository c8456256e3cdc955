import { describe, expect, it } from 'vitest';
import { parseFleet } from '../../pool/load.ts';
import type { Pool } from '../../pool/pool.ts';
import { plainStorage } from './plain-storage.ts';
import { changed, fullSample, sample } from './sample.ts';

function poolOf(text: string): Pool {
  const [pool] = parseFleet(text, 'f').pools;
  if (pool === undefined) throw new Error('no pool');
  return pool;
}

const alone = `fleet: ci
regions: { eu-west-1: { vpc: vpc-1, publicSubnets: [subnet-2, subnet-1] } }
pools:
  linux:
    preset: cycloid-external-worker
    owner: build@example.com
    queue: { sqs: https://sqs.eu-west-1.amazonaws.com/111122223333/linux-tasks }
    image: { id: ami-1 }
`;

describe('a preset', () => {
  it('gives what the pool does not say', () => {
    expect(poolOf(alone)).toMatchObject({
      capacity: { min: 1, max: 6 },
      instances: [{ type: 'c5d.2xlarge', architecture: 'x86_64', capacity: 1, utility: 7.167 }],
      market: { kind: 'spot', price: { kind: 'cap', maxPrice: 0.3 }, onDemandAfter: null },
      disk: { root: 20, data: 130 },
      storage: { ebsOptimized: true },
      access: { keyPair: 'cycloid-external-worker' },
      network: { subnets: { 'eu-west-1': { ids: ['subnet-1', 'subnet-2'], publicIp: true } } },
    });
  });

  it.each([
    ['capacity: { max: 9 }', { capacity: { min: 1, max: 9 } }],
    ['disk: { data: 1TiB }', { disk: { root: 20, data: 1024 } }],
    ['market: on-demand', { market: { kind: 'on-demand' } }],
    [
      'access: { ssh: sg-1 }',
      { access: { keyPair: 'cycloid-external-worker', sshSecurityGroupId: 'sg-1' } },
    ],
    ['instances: [{ type: c5.large, capacity: 1 }]', { instances: [{ type: 'c5.large' }] }],
  ])('gives way to %s', (key, expected) => {
    expect(poolOf(`${alone}    ${key}\n`)).toMatchObject(expected);
  });

  it('is judged with what the pool says', () => {
    expect(() => parseFleet(`${alone}    capacity: { max: 0 }\n`, 'f')).toThrow(
      'f:9:5: pools.linux.capacity.min: got 1, above max 0; allowed: 0 to 0, or a higher max',
    );
    expect(() => parseFleet(alone.replace(/ +preset.*\n/, ''), 'f')).toThrow(
      /capacity: missing.*\n.*instances: missing/,
    );
  });
});

describe('a worker', () => {
  it('has nothing but the defaults unless declared', () => {
    expect(poolOf(sample).storage).toEqual(plainStorage);
    expect(poolOf(sample).network.elasticIps).toBeNull();
    expect(poolOf(sample).network.egress).toBeNull();
  });

  it('has the volumes, network and rights that are declared', () => {
    expect(poolOf(fullSample)).toMatchObject({
      disk: { root: 20, data: null },
      storage: {
        root: { iops: 4_000, throughput: 500 },
        ebsOptimized: true,
        kmsKeyArn: 'arn:aws:kms:eu-west-1:111122223333:key/a',
        volumes: [
          {
            device: '/dev/xvdb',
            size: 10,
            snapshotId: 'snap-1',
            type: 'io1',
            iops: 500,
            throughput: null,
            deleteOnTermination: true,
          },
        ],
      },
      network: {
        subnets: { 'eu-west-1': { ids: ['subnet-2'], publicIp: true } },
        zones: { 'eu-west-1': ['eu-west-1a'] },
        elasticIps: { kind: 'created', count: 100 },
        egress: [
          { to: '10.0.0.0/8', port: 53, protocol: 'udp' },
          { to: 'pl-1', port: 443, protocol: 'tcp' },
        ],
      },
      access: { securityGroups: ['builders', 'sg-1'] },
      instanceProfile: 'builder',
    });
  });

  it('is in the zones of its own region', () => {
    const text = changed('    wait: 90s', '    network: { zones: [c, eu-west-1a, a] }');
    expect(poolOf(text).network.zones).toEqual({
      'eu-west-1': ['eu-west-1a', 'eu-west-1c'],
      'us-east-1': ['us-east-1a', 'us-east-1c'],
    });
  });

  it('is in all subnets of a network that the fleet makes', () => {
    const text = changed('{ vpc: vpc-2, subnets: [subnet-3] }', '{ network: create }');
    expect(poolOf(text).network.subnets).toEqual({
      'eu-west-1': { ids: ['subnet-1', 'subnet-2'], publicIp: null },
      'us-east-1': { ids: null, publicIp: null },
    });
  });

  it('is in private subnets where there are both kinds, and in public ones if it asks', () => {
    const both = (key: string) =>
      poolOf(
        changed('    wait: 90s', `    regions: [us-east-1]${key}`).replace(
          'subnets: [subnet-3]',
          'subnets: [subnet-3], publicSubnets: [subnet-4]',
        ),
      ).network.subnets['us-east-1'];
    expect(both('')).toEqual({ ids: ['subnet-3'], publicIp: null });
    const asked = '\n    network: { subnets: public }';
    expect(both(asked)).toEqual({ ids: ['subnet-4'], publicIp: true });
    const byId = '\n    network: { subnets: [subnet-4], publicIp: false }';
    expect(both(byId)).toEqual({ ids: ['subnet-4'], publicIp: false });
  });
});
