import { queueKeys } from '../../pool/schema-queue.ts';
import type { Fault } from './faults-of-values.ts';

export const keyFaults: readonly Fault[] = [
  [
    'subnet of another region',
    '[subnet-3]',
    '[subnet-2]',
    [
      '4:38: regions.us-east-1.subnets[0]: got subnet-2 again, which is at regions.eu-west-1.subnets[1]; allowed: each subnet once, in its own region',
    ],
  ],
  [
    'subnet twice in a region',
    '[subnet-1, subnet-2]',
    '[subnet-1, subnet-1]',
    [
      '3:48: regions.eu-west-1.subnets[1]: got subnet-1 again, which is at regions.eu-west-1.subnets[0]; allowed: each subnet once, in its own region',
    ],
  ],
  [
    'VPC of another region',
    'vpc-2',
    'vpc-1',
    [
      '4:21: regions.us-east-1.vpc: got vpc-1 again, which is at regions.eu-west-1.vpc; allowed: a VPC of this region',
    ],
  ],
  [
    'id of the wrong kind',
    '[subnet-3]',
    '[sg-3]',
    [
      '4:38: regions.us-east-1.subnets[0]: got "sg-3"; allowed: the id of a subnet such as subnet-0a1b2c3d',
    ],
  ],
  [
    'region misspelt',
    'us-east-1:',
    'us-esat-1:',
    [
      '4:3: regions.us-esat-1: got "us-esat-1"; allowed: a region such as eu-west-1; did you mean "us-east-1"?',
    ],
  ],
  [
    'zone for a region',
    'us-east-1:',
    'us-east-1a:',
    [
      '4:3: regions.us-east-1a: got "us-east-1a"; allowed: a region such as eu-west-1; did you mean "us-east-1"?',
    ],
  ],
  [
    'no regions',
    'regions:\n  eu-west-1: { vpc: vpc-1, subnets: [subnet-1, subnet-2] }\n  us-east-1: { vpc: vpc-2, subnets: [subnet-3] }',
    'regions: {}',
    ['2:10: regions: got an empty mapping; allowed: a mapping of 1 to 40 regions'],
  ],
  [
    'pool in a region that the fleet lacks',
    '    wait: 90s',
    '    regions: [us-east-2]',
    [
      '10:15: pools.linux.regions[0]: got us-east-2; allowed: a region of the fleet (eu-west-1, us-east-1); did you mean "us-east-1"?',
    ],
  ],
  [
    'pool in a region twice',
    '    wait: 90s',
    '    regions: [eu-west-1, eu-west-1]',
    [
      '10:26: pools.linux.regions[1]: got eu-west-1 again, which is at pools.linux.regions[0]; allowed: each region once',
    ],
  ],
  [
    'queue that is no SQS URL',
    'https://sqs.eu-west-1.amazonaws.com/111122223333/linux-tasks',
    'https://example.com/tasks',
    [
      '8:19: pools.linux.queue.sqs: got "https://example.com/tasks": does not end in a 12-digit account and the name of a queue; allowed: https://sqs.REGION.amazonaws.com/ACCOUNT/NAME',
    ],
  ],
  [
    'queue that is no URL',
    'https://sqs.eu-west-1.amazonaws.com/111122223333/linux-tasks',
    'linux-tasks',
    [
      '8:19: pools.linux.queue.sqs: got "linux-tasks": is no URL; allowed: https://sqs.REGION.amazonaws.com/ACCOUNT/NAME',
    ],
  ],
  [
    'queue of another service',
    'sqs.eu-west-1.amazonaws',
    'sns.eu-west-1.amazonaws',
    [
      '8:19: pools.linux.queue.sqs: got "https://sns.eu-west-1.amazonaws.com/111122223333/linux-tasks": has the host sns.eu-west-1.amazonaws.com, which is not that of SQS; allowed: https://sqs.REGION.amazonaws.com/ACCOUNT/NAME',
    ],
  ],
  [
    'queue in another region than its URL',
    '/linux-tasks }',
    '/linux-tasks, region: us-east-1 }',
    [
      '8:89: pools.linux.queue.region: got us-east-1; allowed: eu-west-1, as the URL says, or leave it out',
    ],
  ],
  [
    'two queues',
    '/linux-tasks }',
    '/linux-tasks, http: { host: tasks, provisionerId: p } }',
    ['8:81: pools.linux.queue.http: got sqs and http; allowed: one of them'],
  ],
  [
    'no queue',
    '{ sqs: https://sqs.eu-west-1.amazonaws.com/111122223333/linux-tasks }',
    '{}',
    [`8:12: pools.linux.queue: got none; allowed: one of ${queueKeys.join(', ')}`],
  ],
  [
    'host with a scheme',
    '{ sqs: https://sqs.eu-west-1.amazonaws.com/111122223333/linux-tasks }',
    '{ http: { host: "http://tasks", provisionerId: p } }',
    [
      '8:28: pools.linux.queue.http.host: got "http://tasks"; allowed: a host name or address, without http://',
    ],
  ],
  [
    'security group in two regions',
    '    wait: 90s',
    '    access: { ssh: sg-1 }',
    [
      '10:20: pools.linux.access.ssh: got a security group, which belongs to one region, for a pool in eu-west-1, us-east-1; allowed: only with one region; make a pool for each',
    ],
  ],
  [
    'life shorter than a launch',
    '    wait: 90s',
    '    lifecycle: { missingAfter: 2h, maxLifetime: 1h }',
    ['10:49: pools.linux.lifecycle.maxLifetime: got 1h; allowed: more than missingAfter (2h)'],
  ],
  [
    'no e-mail address',
    'build@example.com',
    'build',
    ['7:12: pools.linux.owner: got "build"; allowed: an e-mail address such as build@example.com'],
  ],
  [
    'fleet with a bad name',
    'fleet: ci',
    'fleet: CI_Builds',
    [
      '1:8: fleet: got "CI_Builds"; allowed: up to 40 lower-case letters, digits and -, starting with a letter; did you mean "ci-builds"?',
    ],
  ],
  [
    'pool with a bad name',
    '  linux:',
    '  Linux:',
    [
      '6:3: pools.Linux: got "Linux"; allowed: up to 40 lower-case letters, digits and -, starting with a letter; did you mean "linux"?',
    ],
  ],
  [
    'pool with a long id',
    '    wait: 90s',
    '    id: a1234567890123456789012345678901234567890',
    [
      '10:9: pools.linux.id: got "a1234567890123456789012345678901234567890"; allowed: up to 40 lower-case letters, digits and -, starting with a letter',
    ],
  ],
  [
    'pool id twice',
    '  linux:\n',
    '  windows:\n    id: mac\n    owner: a@example.com\n    queue: { http: { host: tasks, provisionerId: p } }\n    capacity: { max: 1 }\n    instances: [{ type: c5.large, capacity: 1, utility: 1 }]\n    image: { ssm: /ci/windows }\n  linux:\n    id: mac\n',
    [
      '14:9: pools.linux.id: got mac again, which is at pools.windows.id; allowed: an id that no other pool has',
    ],
  ],
  [
    'reserved tag',
    '    wait: 90s',
    '    tags: { "aws:x": y }',
    [
      '10:13: pools.linux.tags["aws:x"]: got "aws:x"; allowed: 1 to 128 letters, digits, spaces or _.:/=+-@, not starting with aws: or muster:',
    ],
  ],
  [
    'tag that is a number',
    '    wait: 90s',
    '    tags: { cost: 42 }',
    [
      '10:19: pools.linux.tags.cost: got 42; allowed: text of up to 256 letters, digits, spaces or _.:/=+-@; did you mean "42"?',
    ],
  ],
  [
    'profile and role at once',
    'fleet: ci',
    'fleet: ci\nprofile: a\nassumeRole: { arn: "arn:aws:iam::111122223333:role/r" }',
    ['3:1: assumeRole: got profile and assumeRole; allowed: one of them'],
  ],
  [
    'no role by its form',
    'fleet: ci',
    'fleet: ci\nassumeRole: { arn: role/r }',
    [
      '2:20: assumeRole.arn: got "role/r"; allowed: the ARN of a role such as arn:aws:iam::111122223333:role/muster',
    ],
  ],
  [
    'heartbeat with credentials',
    'fleet: ci',
    'fleet: ci\nheartbeat: { url: "https://user:secret@example.com" }',
    [
      '2:19: heartbeat.url: got "https://...@example.com"; allowed: a URL without name and password',
    ],
  ],
];
