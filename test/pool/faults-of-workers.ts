import type { Fault } from './faults-of-values.ts';

const network = (keys: string) => `    network: ${keys}`;
const disk = 'disk: { root: 20GiB }';

export const workerFaults: readonly Fault[] = [
  [
    'public subnets that the region lacks',
    '    wait: 90s',
    network('{ subnets: public }'),
    [
      '10:25: pools.linux.network.subnets: got public, but regions.eu-west-1 has no publicSubnets; allowed: declare them there',
      '10:25: pools.linux.network.subnets: got public, but regions.us-east-1 has no publicSubnets; allowed: declare them there',
    ],
  ],
  [
    'kind of subnets misspelt',
    '    wait: 90s',
    network('{ subnets: pubic }'),
    [
      '10:25: pools.linux.network.subnets: got "pubic"; allowed: private, public, or a list of subnet ids of the region; did you mean "public"?',
    ],
  ],
  [
    'subnet that no region has',
    '    wait: 90s',
    network('{ subnets: [subnet-1, subnet-3, subnet-4] }'),
    [
      '10:46: pools.linux.network.subnets[2]: got subnet-4; allowed: a subnet of the pool\'s regions (subnet-1, subnet-2, subnet-3); did you mean "subnet-1"?',
    ],
  ],
  [
    'subnets of one region alone',
    '    wait: 90s',
    network('{ subnets: [subnet-1] }'),
    [
      '10:25: pools.linux.network.subnets: got no subnet in us-east-1; allowed: at least one in each region of the pool',
    ],
  ],
  [
    'private and public subnets together',
    'subnets: [subnet-3] }\npools:\n  linux:\n',
    'subnets: [subnet-3], publicSubnets: [subnet-4] }\npools:\n  linux:\n    regions: [us-east-1]\n    network: { subnets: [subnet-3, subnet-4] }\n',
    [
      '8:25: pools.linux.network.subnets: got subnet-3, which is private, and subnet-4, which is public, in us-east-1; allowed: one kind; make a pool for each',
    ],
  ],
  [
    'subnet that is both private and public',
    'subnets: [subnet-3] }',
    'subnets: [subnet-3], publicSubnets: [subnet-3] }',
    [
      '4:65: regions.us-east-1.publicSubnets[0]: got subnet-3 again, which is at regions.us-east-1.subnets[0]; allowed: each subnet once, in its own region',
    ],
  ],
  [
    'zone of another region',
    '    wait: 90s',
    network('{ zones: [eu-west-1a, us-east-2a] }'),
    [
      '10:23: pools.linux.network.zones: got no zone in us-east-1; allowed: one in each region of the pool, or a letter',
      "10:36: pools.linux.network.zones[1]: got us-east-2a; allowed: a zone of the pool's regions (eu-west-1, us-east-1)",
    ],
  ],
  [
    'zone that is none',
    '    wait: 90s',
    network('{ zones: [eu-west-1] }'),
    [
      '10:24: pools.linux.network.zones[0]: got "eu-west-1"; allowed: a zone such as eu-west-1b, or its letter',
    ],
  ],
  [
    'Elastic IPs in private subnets, and too few',
    '    wait: 90s',
    network('{ elasticIps: 3 }'),
    [
      '10:16: pools.linux.network.elasticIps: got Elastic IPs for workers in private subnets of eu-west-1, where they reach nothing; allowed: with network.subnets: public',
      '10:16: pools.linux.network.elasticIps: got Elastic IPs for workers in private subnets of us-east-1, where they reach nothing; allowed: with network.subnets: public',
      '10:28: pools.linux.network.elasticIps: got 3 for up to 4 workers (capacity.max 8, the smallest has 2); allowed: at least 4, or a lower max',
    ],
  ],
  [
    'egress that is no range',
    '    wait: 90s',
    network('{ egress: [{ to: 10.0.0.1/8, port: 443 }] }'),
    [
      '10:31: pools.linux.network.egress[0].to: got "10.0.0.1/8"; allowed: an IPv4 range such as 10.0.0.0/8, or the id of a security group (sg-) or of a prefix list (pl-); did you mean 10.0.0.0/8?',
    ],
  ],
  [
    'egress that reaches no AWS, and belongs to one region',
    '    wait: 90s',
    network('{ egress: [{ to: sg-1, port: 443, protocol: udp }] }'),
    [
      '10:24: pools.linux.network.egress: got no rule for tcp 443, over which workers reach AWS; allowed: with a rule for it, such as { to: 0.0.0.0/0, port: 443 }',
      '10:31: pools.linux.network.egress[0].to: got sg-1, which belongs to one region, for a pool in eu-west-1, us-east-1; allowed: only with one region; make a pool for each',
    ],
  ],
  [
    'security group by id in two regions',
    '    wait: 90s',
    '    access: { securityGroups: [builders, sg-1] }',
    [
      '10:42: pools.linux.access.securityGroups[1]: got a security group, which belongs to one region, for a pool in eu-west-1, us-east-1; allowed: only with one region; make a pool for each',
    ],
  ],
  [
    'more operations than the size allows',
    disk,
    'disk: { root: { size: 10GiB, iops: 6000, throughput: 1000 } }',
    ['16:40: pools.linux.disk.root.iops: got 6000 for gp3 of 10GiB; allowed: 3000 to 5000'],
  ],
  [
    'more throughput than the operations allow',
    disk,
    'disk: { data: { size: 100GiB, throughput: 1000 } }',
    [
      '16:47: pools.linux.disk.data.throughput: got 1000 with 3000 iops; allowed: up to 750, or iops: 4000',
    ],
  ],
  [
    'volumes that cannot be',
    disk,
    'disk: { data: 1GiB, volumes: [{ device: /dev/sdf, size: 1GiB }, { device: /dev/xvda, size: 1GiB }, { device: /dev/xvdb }, { device: /dev/xvdb, size: 1GiB, type: st1, throughput: 200 }, { device: /dev/xvdc, size: 8GiB, type: io1 }, { device: /dev/xvdd, size: 8GiB, type: gp2, iops: 300 }] }',
    [
      '16:45: pools.linux.disk.volumes[0].device: got /dev/sdf, which is the data volume; allowed: a device of its own',
      '16:79: pools.linux.disk.volumes[1].device: got /dev/xvda, which is the root volume; allowed: a device of its own',
      '16:104: pools.linux.disk.volumes[2]: no size; allowed: a size, a snapshot or both',
      '16:137: pools.linux.disk.volumes[3].device: got /dev/xvdb again, which is at pools.linux.disk.volumes[2].device; allowed: each device once',
      '16:154: pools.linux.disk.volumes[3].size: got 1GiB for st1; allowed: 125GiB to 16384GiB',
      '16:171: pools.linux.disk.volumes[3].throughput: got throughput for st1; allowed: with gp3',
      '16:190: pools.linux.disk.volumes[4].iops: missing for io1; allowed: the operations a second that it is to have',
      '16:280: pools.linux.disk.volumes[5].iops: got iops for gp2; allowed: with gp3, io1 or io2',
    ],
  ],
  [
    'key of another region',
    disk,
    'disk: { kmsKey: "arn:aws:kms:eu-west-1:111122223333:key/a" }',
    [
      '16:21: pools.linux.disk.kmsKey: got a key of eu-west-1 for a pool in eu-west-1, us-east-1; allowed: a key of the one region that the pool is in; make a pool for each',
    ],
  ],
  [
    'existing volumes of a pool of several workers and regions',
    disk,
    'disk: { existing: [{ id: vol-1, mount: /a }, { id: vol-1, mount: /a }] }\n    network: { zones: [a] }',
    [
      '9:30: pools.linux.capacity.max: got 8 for a pool whose existing volumes are on one worker at a time; allowed: up to 2, which any one worker of the pool has; make a pool for each volume',
      '16:13: pools.linux.disk.existing: got volumes, which are in one region, for a pool in eu-west-1, us-east-1; allowed: only with one region; make a pool for each',
      '16:56: pools.linux.disk.existing[1].id: got vol-1 again, which is at pools.linux.disk.existing[0].id; allowed: each volume in one pool',
      '16:70: pools.linux.disk.existing[1].mount: got /a again, which is at pools.linux.disk.existing[0].mount; allowed: each path once',
      "17:16: pools.linux.network.zones: got zones and existing volumes; allowed: one of them (the volumes' zone holds)",
    ],
  ],
  [
    'existing volume where the data volume is',
    disk,
    'disk: { data: 1GiB, existing: [{ id: vol-1, mount: /var/lib/muster }] }',
    [
      '9:30: pools.linux.capacity.max: got 8 for a pool whose existing volumes are on one worker at a time; allowed: up to 2, which any one worker of the pool has; make a pool for each volume',
      '16:25: pools.linux.disk.existing: got volumes, which are in one region, for a pool in eu-west-1, us-east-1; allowed: only with one region; make a pool for each',
      '16:56: pools.linux.disk.existing[0].mount: got /var/lib/muster, where the data volume is; allowed: another path',
    ],
  ],
  [
    'expression that is none',
    '{ ssm: "/ci/linux/{arch}" }',
    '{ owners: [self], locationRegex: "worker-(" }',
    [
      '15:45: pools.linux.image.locationRegex: got "worker-("; allowed: a regular expression such as ^[^/]+/worker-(\\d+)$, up to 500 characters (Invalid regular expression: /worker-(/: Unterminated group)',
    ],
  ],
  [
    'preset misspelt',
    '    wait: 90s',
    '    preset: cycloid',
    ['10:13: pools.linux.preset: got "cycloid"; allowed: cycloid-external-worker'],
  ],
  [
    'state in no bucket',
    'fleet: ci',
    'fleet: ci\nstate: { bucket: CI }',
    [
      '2:18: state.bucket: got "CI"; allowed: the name of an S3 bucket: 3 to 63 lower-case letters, digits, . and -',
    ],
  ],
];
