import type { Fault } from './faults-of-values.ts';

/** Of networks that are made, and of what stands beside the pools. */
export const infrastructureFaults: readonly Fault[] = [
  [
    'scaler in AWS whose heartbeats bear no token',
    'regions:',
    'scaler: aws\nheartbeat: { url: "http://10.0.0.5:3001" }\nregions:',
    ['3:12: heartbeat: no tokenParameter; allowed: with scaler: aws, heartbeats that bear a token'],
  ],
  [
    'address zone without a name to keep there',
    'regions:',
    'scaler: { run: aws, addressZone: Z0123456789ABC }\nregions:',
    [
      '2:34: scaler.addressZone: got a zone without heartbeat; allowed: with a heartbeat.url that names a host',
    ],
  ],
  [
    'address zone for an address',
    'regions:',
    'scaler: { run: aws, addressZone: Z0123456789ABC }\nheartbeat: { url: "http://10.0.0.5:3001", tokenParameter: /muster/token }\nregions:',
    [
      '2:34: scaler.addressZone: got a zone with the address 10.0.0.5; allowed: with a heartbeat.url that names a host',
    ],
  ],
  [
    'alarms to a topic of another region',
    'regions:',
    'monitoring: { notify: ["arn:aws:sns:us-east-1:111122223333:ops"] }\nregions:',
    [
      '2:24: monitoring.notify[0]: got a topic in us-east-1; allowed: one in eu-west-1, where alarms stand',
    ],
  ],
  [
    'alarms to a webhook',
    'regions:',
    'monitoring: { notify: ["https://hooks.example.com/T0"] }\nregions:',
    [
      '2:24: monitoring.notify[0]: got "https://hooks.example.com/..."; allowed: an e-mail address or the ARN of a standard SNS topic',
    ],
  ],
  [
    'scaler elsewhere in other words',
    'regions:',
    'scaler: home\nregions:',
    [
      '2:9: scaler: got "home"; allowed: aws, elsewhere, or a mapping with the keys run, instanceType, apiFrom, kmsKey, addressZone',
    ],
  ],
  [
    'log retention that CloudWatch does not offer',
    'regions:',
    'logRetention: 31d\nregions:',
    [
      '2:15: logRetention: got "31d"; allowed: 1d, 3d, 5d, 7d, 14d, 30d, 60d, 90d, 120d, 150d, 180d, 365d, 400d, 545d, 731d, 1096d, 1827d, 2192d, 2557d, 2922d, 3288d, 3653d; did you mean "1d"?',
    ],
  ],
  [
    'region without a network',
    '{ vpc: vpc-2, subnets: [subnet-3] }',
    '{ profile: here }',
    [
      '4:14: regions.us-east-1: no network; allowed: vpc with subnets, or network: create to have both made',
    ],
  ],
  [
    'VPC without subnets',
    '{ vpc: vpc-2, subnets: [subnet-3] }',
    '{ vpc: vpc-2 }',
    [
      '4:14: regions.us-east-1: got vpc alone; allowed: vpc with subnets, or network: create to have both made',
    ],
  ],
  [
    'VPC and a network to make',
    '{ vpc: vpc-2, subnets: [subnet-3] }',
    '{ network: create, vpc: vpc-2 }',
    ['4:33: regions.us-east-1.vpc: got vpc and network; allowed: vpc with subnets, or network'],
  ],
  [
    'network of another word',
    '{ vpc: vpc-2, subnets: [subnet-3] }',
    '{ network: make }',
    [
      '4:25: regions.us-east-1.network: got "make"; allowed: create, or a mapping with the key cidr',
    ],
  ],
  [
    'range that starts inside itself',
    '{ vpc: vpc-2, subnets: [subnet-3] }',
    '{ network: { cidr: 10.1.2.0/20 } }',
    [
      '4:33: regions.us-east-1.network.cidr: got "10.1.2.0/20"; allowed: an IPv4 range from /16 to /24 such as 10.0.0.0/16; did you mean 10.1.0.0/20?',
    ],
  ],
  [
    'range that is too small',
    '{ vpc: vpc-2, subnets: [subnet-3] }',
    '{ network: { cidr: 10.1.2.0/25 } }',
    [
      '4:33: regions.us-east-1.network.cidr: got "10.1.2.0/25"; allowed: an IPv4 range from /16 to /24 such as 10.0.0.0/16',
    ],
  ],
];
