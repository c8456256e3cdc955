import { describe, expect, it } from 'vitest';
import type { Pool } from '../../pool/pool.ts';
import { effectiveFleet, storedPool } from '../../pool/stored-pools.ts';
import { type WorkerType, workerTypeRequest } from '../../pool/worker-type.ts';
import { poolNameOf } from '../../pool/worker-type-pool.ts';
import { definition as sent } from '../scaler/api/definitions.ts';
import { declared, level } from './worker-type-declaration.ts';

const definition = workerTypeRequest.parse(sent);
const west = declared(['us-west-2']);
const poolOf = (change: Partial<WorkerType> = {}, name = 'w1') =>
  storedPool(west, { workerType: name, definition: { ...definition, ...change } });

describe('a definition as a pool', () => {
  it('has the limits, prices, ratio, types, capacities and utilities', () => {
    expect(poolOf().pool).toMatchObject({
      id: 'w1',
      owner: 'worker@example.com',
      queue: { kind: 'http', provisionerId: 'aws-provisioner-v1', workerType: 'w1' },
      regions: ['us-west-2'],
      capacity: { min: 0, max: 20 },
      scaling: { kind: 'ratio', ratio: 0 },
      market: {
        kind: 'spot',
        price: { kind: 'bid', minPrice: 0, maxPrice: 0.5 },
        priceHistory: { statistic: 'max', window: 1_800 },
        onDemandAfter: null,
      },
      instances: [
        { type: 'c5.2xlarge', capacity: 2, utility: 2, architecture: 'x86_64' },
        { type: 'c5.xlarge', capacity: 1, utility: 1, architecture: 'x86_64' },
      ],
      image: { kind: 'id', ids: { 'us-west-2': { x86_64: 'ami-0a1b2c3d' } } },
      access: { securityGroups: ['docker-worker'] },
    });
  });

  it.each<[Partial<WorkerType>, Partial<Pool['market']>]>([
    [{ canUseOndemand: true }, { kind: 'spot', onDemandAfter: 300 } as Partial<Pool['market']>],
    [{ canUseOndemand: true, canUseSpot: false }, { kind: 'on-demand' }],
  ])('honours %j', (change, market) => {
    expect(poolOf(change).pool?.market).toMatchObject(market);
  });

  it('has volumes, key pair, profile and subnets of its launch specification', () => {
    const launchSpec = {
      KeyName: 'ops',
      EbsOptimized: true,
      IamInstanceProfile: { Arn: 'arn:aws:iam::111122223333:instance-profile/path/workers' },
      SubnetId: 'subnet-0',
      BlockDeviceMappings: [
        {
          DeviceName: '/dev/sda1',
          Ebs: { VolumeSize: 40, VolumeType: 'gp2', DeleteOnTermination: true },
        },
        { DeviceName: '/dev/xvdb', VirtualName: 'ephemeral0' },
        { DeviceName: '/dev/xvdc', Ebs: { VolumeSize: 120, VolumeType: 'io1', Iops: 1_000 } },
      ],
      KernelId: 'aki-1',
    };
    const { pool, notUsed, waiting } = poolOf({ launchSpec });
    expect(waiting).toEqual([]);
    expect(pool).toMatchObject({
      disk: { root: 40 },
      storage: {
        ebsOptimized: true,
        volumes: [
          { device: '/dev/xvdc', size: 120, type: 'io1', iops: 1_000, deleteOnTermination: true },
        ],
      },
      access: { keyPair: 'ops' },
      instanceProfile: 'workers',
      network: { subnets: { 'us-west-2': { ids: ['subnet-0'] } } },
    });
    expect(notUsed).toEqual([expect.stringContaining('KernelId')]);
  });

  it('says where its types differ in what a pool has once', () => {
    const [first, ...rest] = definition.instanceTypes;
    const instanceTypes = [{ ...first!, launchSpec: { KeyName: 'other' } }, ...rest];
    expect(poolOf({ instanceTypes }).notUsed).toEqual([expect.stringMatching(/^KeyName differs/)]);
  });

  it('goes by an id of its own where its name is no pool name', () => {
    expect(poolNameOf('gecko-1-b-linux')).toBe('gecko-1-b-linux');
    const names = ['Linux_64', 'linux_64', 'LINUX_64', '_64', '9', '-'.repeat(38), 'A'.repeat(38)];
    const ids = names.map(poolNameOf);
    expect(new Set(ids).size).toBe(names.length);
    for (const id of ids) expect(id).toMatch(/^[a-z][a-z0-9-]{0,39}$/);
    expect(poolOf({}, 'Linux_64').pool?.queue).toMatchObject({ workerType: 'Linux_64' });
  });

  it('is owned by whom the file names where its own owner is no address', () => {
    expect(poolOf({ owner: 'the build team' }).pool?.owner).toBe('ops@example.com');
  });
});

describe('what a definition waits for', () => {
  it('is a region that the file lacks, wholly or in part', () => {
    const region = { ...level, region: 'eu-central-1', launchSpec: { ImageId: 'ami-2' } };
    const both = poolOf({ regions: [...definition.regions, region] });
    expect([both.pool?.regions, both.waiting]).toEqual([
      ['us-west-2'],
      [expect.stringContaining('no region eu-central-1')],
    ]);
    const only = poolOf({ regions: [region] });
    expect([only.pool, only.waiting]).toEqual([
      null,
      [expect.stringContaining('no region eu-central-1')],
    ]);
  });

  it('is settings for worker types', () => {
    const stored = storedPool(declared(['us-west-2'], false), { workerType: 'w1', definition });
    expect(stored).toMatchObject({ pool: null, waiting: [expect.stringContaining('workerTypes')] });
  });

  it('is whatever the rules of a pool refuse, and the other pools go on', () => {
    const instanceTypes = [{ ...definition.instanceTypes[0]!, instanceType: 'c7g.xlarge' }];
    const mixed = { ...definition, instanceTypes: [...definition.instanceTypes, ...instanceTypes] };
    const { fleet, stored } = effectiveFleet(west, [
      { workerType: 'mixed', definition: mixed },
      { workerType: 'good', definition },
      { workerType: 'from-file', definition },
    ]);
    expect(stored.get('mixed')).toMatchObject({
      pool: null,
      waiting: [expect.stringContaining('image.ids')],
    });
    expect(fleet.pools.map(({ id }) => id)).toEqual(['from-file', 'good']);
    expect(stored.get('from-file')?.waiting).toEqual([expect.stringContaining('goes before')]);
  });
});

describe('the form of a definition', () => {
  it.each<[string, object, string]>([
    ['a fraction of a slot', { maxCapacity: 1.5 }, 'maxCapacity'],
    ['a negative limit', { maxCapacity: -1 }, 'maxCapacity'],
    ['a minimum above the maximum', { minCapacity: 30 }, 'minCapacity'],
    ['a huge limit', { maxCapacity: 1e9 }, 'maxCapacity'],
    ['a price floor above the ceiling', { minPrice: 1 }, 'minPrice'],
    ['no market', { canUseSpot: false }, 'canUseSpot'],
    ['no types', { instanceTypes: [] }, 'instanceTypes'],
    ['no regions', { regions: [] }, 'regions'],
    ['an unknown key', { maxcapacity: 1 }, ''],
    [
      'a utility of 0',
      { instanceTypes: [{ ...definition.instanceTypes[0], utility: 0 }] },
      'utility',
    ],
    ['no region of AWS', { regions: [{ ...definition.regions[0], region: 'here' }] }, 'region'],
    ['a scope that is no ASCII', { scopes: ['é'] }, 'scopes'],
    ['too much', { userData: { text: 'x'.repeat(300_000) } }, ''],
  ])('refuses %s', (_, change, at) => {
    const parsed = workerTypeRequest.safeParse({ ...sent, ...change });
    expect(parsed.success).toBe(false);
    expect(parsed.error?.issues.map(({ path }) => path.join('.')).join()).toContain(at);
  });

  it('fills in what the old server stored as nothing and then failed on', () => {
    const { minCapacity: _, canUseSpot: __, canUseOndemand: ___, ...rest } = sent;
    expect(workerTypeRequest.parse(rest)).toMatchObject({
      minCapacity: 0,
      canUseSpot: true,
      canUseOndemand: false,
    });
  });
});
