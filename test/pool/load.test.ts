import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { plainInfrastructure } from '../../pool/infrastructure.ts';
import { loadFleet, parseFleet } from '../../pool/load.ts';
import type { Pool } from '../../pool/pool.ts';
import { projectRoot } from '../harness/project-root.ts';
import { noCap, plainSpot } from './plain-spot.ts';
import { plainStorage } from './plain-storage.ts';
import { changed, sample } from './sample.ts';

function poolOf(text: string): Pool {
  const [pool] = parseFleet(text, 'f').pools;
  if (pool === undefined) throw new Error('no pool');
  return pool;
}

const sqs = 'sqs: https://sqs.eu-west-1.amazonaws.com/111122223333/linux-tasks';

describe('a declaration', () => {
  it('becomes a fleet, with every default filled in', () => {
    expect(parseFleet(sample, 'f')).toEqual({
      name: 'ci',
      interval: 10,
      credentials: { kind: 'default' },
      heartbeat: null,
      launchesPerMinute: null,
      budget: null,
      paused: false,
      infrastructure: plainInfrastructure,
      regions: [
        {
          name: 'eu-west-1',
          network: { kind: 'existing', vpcId: 'vpc-1', subnetIds: ['subnet-1', 'subnet-2'] },
          credentials: { kind: 'default' },
        },
        {
          name: 'us-east-1',
          network: { kind: 'existing', vpcId: 'vpc-2', subnetIds: ['subnet-3'] },
          credentials: { kind: 'default' },
        },
      ],
      pools: [
        {
          id: 'linux',
          name: 'linux',
          description: '',
          owner: 'build@example.com',
          queue: {
            kind: 'sqs',
            url: 'https://sqs.eu-west-1.amazonaws.com/111122223333/linux-tasks',
            region: 'eu-west-1',
          },
          regions: ['eu-west-1', 'us-east-1'],
          heartbeats: false,
          capacity: { min: 1, max: 8 },
          wait: 90,
          instances: [
            {
              type: 'c6i.xlarge',
              architecture: 'x86_64',
              capacity: 2,
              utility: 1.5,
              maxPrice: null,
              onDemandDiscount: 0,
            },
            {
              type: 'c7g.xlarge',
              architecture: 'arm64',
              capacity: 2,
              utility: 2,
              maxPrice: null,
              onDemandDiscount: 0,
            },
          ],
          market: { ...plainSpot, price: { ...noCap, maxPrice: 0.3 } },
          scaling: { kind: 'wait' },
          buffer: 0,
          schedule: [],
          coldStart: 0,
          placement: { zones: 'cheapest', regionShare: 1, zoneShare: 0.7 },
          breakers: {
            interruptions: { count: 3, within: 900, pause: 1_800 },
            boots: { count: 3, within: 1_800, pause: 1_800 },
          },
          budget: null,
          paused: false,
          learnUtility: false,
          image: { kind: 'ssm', parameter: '/ci/linux/{arch}' },
          disk: { root: 20, data: null },
          storage: plainStorage,
          network: {
            subnets: {
              'eu-west-1': { ids: ['subnet-1', 'subnet-2'], publicIp: null },
              'us-east-1': { ids: ['subnet-3'], publicIp: null },
            },
            zones: { 'eu-west-1': [], 'us-east-1': [] },
            elasticIps: null,
            egress: null,
          },
          access: {
            sshSecurityGroupId: null,
            metricsSecurityGroupId: null,
            keyPair: null,
            securityGroups: [],
          },
          instanceProfile: null,
          lifecycle: { idle: 'auto', drain: 900, missingAfter: 1200, maxLifetime: 345_600 },
          notifyOnMissing: ['build@example.com'],
          tags: {},
        },
      ],
    });
  });

  it.each([
    ['wait', '    wait: 90s\n', '', { wait: 120 }],
    ['least capacity', 'min: 1, ', '', { capacity: { min: 0, max: 8 } }],
    ['root volume', '    disk: { root: 20GiB }\n', '', { disk: { root: 20, data: null } }],
    ['volumes', 'root: 20GiB', 'data: 1TiB', { disk: { root: 20, data: 1024 } }],
    ['id', '    wait', '    id: old\n    wait', { id: 'old', name: 'linux' }],
    ['regions', 'wait: 90s', 'regions: [us-east-1]', { regions: ['us-east-1'] }],
    [
      'order of regions',
      'wait: 90s',
      'regions: [us-east-1, eu-west-1]',
      { regions: ['eu-west-1', 'us-east-1'] },
    ],
    ['nobody to tell', 'wait: 90s', 'notifyOnMissing: []', { notifyOnMissing: [] }],
    ['text over lines', 'wait: 90s', 'description: "a\\nb"', { description: 'a\nb' }],
  ])('%s', (_, from, to, expected) => {
    expect(poolOf(changed(from, to))).toMatchObject(expected);
  });

  it.each([
    ['sqs: https://sqs.us-east-2.amazonaws.com/111122223333/q.fifo', 'us-east-2'],
    ['sqs: https://queue.amazonaws.com/111122223333/q', 'us-east-1'],
    ['sqs: https://eu-west-3.queue.amazonaws.com/111122223333/q', 'eu-west-3'],
    ['sqs: https://sqs.cn-north-1.amazonaws.com.cn/111122223333/q', 'cn-north-1'],
    ['sqs: https://vpce-1a-2b.sqs.eu-west-1.vpce.amazonaws.com/111122223333/q', 'eu-west-1'],
    ['sqs: http://127.0.0.1:5000/111122223333/q', 'eu-west-1'],
    ['sqs: http://127.0.0.1:5000/111122223333/q, region: us-west-2', 'us-west-2'],
  ])('queue %s is in %s', (queue, region) => {
    expect(poolOf(changed(sqs, queue)).queue).toMatchObject({ kind: 'sqs', region });
  });

  it('has a queue over HTTP', () => {
    expect(poolOf(changed(sqs, 'http: { host: tasks, provisionerId: p }')).queue).toEqual({
      kind: 'http',
      host: 'tasks',
      port: 80,
      version: 'v1',
      provisionerId: 'p',
      workerType: 'linux',
    });
  });

  it.each([
    ['{ ssm: /ci/linux }', { kind: 'ssm', parameter: '/ci/linux/{arch}' }],
    [
      '{ owners: [self, "111122223333"] }',
      { kind: 'lookup', owners: ['self', '111122223333'], locationRegex: null },
    ],
    [
      '{ ids: { eu-west-1: { x86_64: ami-1, arm64: ami-2 }, us-east-1: { x86_64: ami-3, arm64: ami-4 } } }',
      {
        kind: 'id',
        ids: {
          'eu-west-1': { x86_64: 'ami-1', arm64: 'ami-2' },
          'us-east-1': { x86_64: 'ami-3', arm64: 'ami-4' },
        },
      },
    ],
  ])('image %s', (image, expected) => {
    expect(poolOf(changed('{ ssm: "/ci/linux/{arch}" }', image)).image).toEqual(expected);
  });

  it('of one region and architecture has one image', () => {
    const oneArchitecture = changed('    wait: 90s', '    regions: [us-east-1]').replace(
      'c7g.xlarge',
      'c7i.xlarge',
    );
    const withId = oneArchitecture.replace('ssm: "/ci/linux/{arch}"', 'id: ami-1');
    expect(poolOf(withId).image).toEqual({
      kind: 'id',
      ids: { 'us-east-1': { x86_64: 'ami-1' } },
    });
    const withParameter = oneArchitecture.replace('/{arch}', '');
    expect(poolOf(withParameter).image).toEqual({ kind: 'ssm', parameter: '/ci/linux' });
  });

  it("has credentials, and a region's replace the fleet's", () => {
    const text = changed('fleet: ci', 'fleet: ci\nprofile: build').replace(
      'subnets: [subnet-3] }',
      'subnets: [subnet-3], assumeRole: { arn: "arn:aws:iam::111122223333:role/r" } }',
    );
    const { credentials, regions } = parseFleet(text, 'f');
    expect([credentials, ...regions.map((region) => region.credentials)]).toEqual([
      { kind: 'profile', profile: 'build' },
      { kind: 'profile', profile: 'build' },
      {
        kind: 'assume-role',
        roleArn: 'arn:aws:iam::111122223333:role/r',
        externalId: null,
        sessionName: 'muster',
      },
    ]);
  });

  it('may name a type that the catalogue lacks, with its architecture', () => {
    const text = changed('type: c7g.xlarge', 'type: zz9.large, architecture: arm64');
    expect(poolOf(text).instances[1]).toEqual({
      type: 'zz9.large',
      architecture: 'arm64',
      capacity: 2,
      utility: 2,
      maxPrice: null,
      onDemandDiscount: 0,
    });
  });

  it('with a heartbeat has pools whose workers send it', () => {
    const fleet = parseFleet(
      changed('fleet: ci', 'fleet: ci\nheartbeat: { url: "http://10.0.0.5:8080" }'),
      'f',
    );
    expect(fleet.heartbeat).toEqual({ url: 'http://10.0.0.5:8080', tokenParameter: null });
    expect(fleet.pools.map(({ heartbeats }) => heartbeats)).toEqual([true]);
  });

  it('repeats itself by aliases', () => {
    const text = changed('[subnet-3]', '&own [subnet-3]').replace('wait: 90s', 'wait: &w 90s');
    expect(parseFleet(text, 'f')).toEqual(parseFleet(sample, 'f'));
  });
});

describe('the example', () => {
  it('is a declaration of two architectures that names its JSON Schema', () => {
    const file = `${projectRoot}/muster.yaml`;
    const [pool] = loadFleet(file).pools;
    expect(pool?.name).toBe('linux');
    expect(new Set(pool?.instances.map(({ architecture }) => architecture))).toEqual(
      new Set(['x86_64', 'arm64']),
    );
    expect(readFileSync(file, 'utf8').split('\n')[0]).toBe(
      '# yaml-language-server: $schema=./muster.schema.json',
    );
  });
});
