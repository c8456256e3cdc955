import { type ImageLock, pinImages } from '../../pool/image-lock.ts';
import { parseFleet } from '../../pool/load.ts';
import type { Fleet } from '../../pool/pool.ts';

/** One pool in one region with everything at its default. */
export const smallest = `fleet: ci
regions:
  eu-west-1: { vpc: vpc-0a1b2c3d, subnets: [subnet-0a1b2c3d, subnet-0b2c3d4e] }
pools:
  linux:
    owner: build@example.com
    queue: { sqs: https://sqs.eu-west-1.amazonaws.com/111122223333/linux-tasks }
    capacity: { max: 20 }
    instances: [{ type: c6i.2xlarge, capacity: 2, utility: 2 }]
    market: spot
    image: { ssm: "/muster/ci/linux" }
`;

/** Two regions and pools that between them use every key that reaches a stack. */
export const largest = `fleet: build-farm
assumeRole: { arn: "arn:aws:iam::111122223333:role/deploy", externalId: ours, sessionName: muster }
heartbeat: { url: "http://scaler.example.com:8080", tokenParameter: /muster/build-farm/token }
regions:
  us-east-1: { vpc: vpc-0b2c3d4e, subnets: [subnet-0c3d4e5f], profile: america }
  eu-west-1: { vpc: vpc-0a1b2c3d, subnets: [subnet-0b2c3d4e, subnet-0a1b2c3d] }
pools:
  mixed:
    id: first-name
    owner: build@example.com
    queue: { sqs: https://sqs.us-east-1.amazonaws.com/111122223333/mixed.fifo }
    capacity: { min: 4, max: 200 }
    instances:
      - { type: m6a.4xlarge, capacity: 4, utility: 4.4 }
      - { type: c7g.2xlarge, capacity: 2, utility: 2.6 }
    market: { spot: { maxPrice: 0.30 }, onDemandAfter: 5m }
    notifyOnMissing: [build@example.com, ops@example.com, "https://hooks.example.com/T0"]
    image: { ssm: "/muster/{arch}/mixed" }
    disk: { root: 30GiB, data: 130GiB }
    access: { keyPair: ops }
    lifecycle: { drain: 30m }
    tags: { team: build, cost: shared, Name: a-name-of-ours }
  steady:
    owner: build@example.com
    queue: { http: { host: queue.example.com, provisionerId: aws, port: 8081 } }
    regions: [eu-west-1]
    capacity: { min: 1, max: 8 }
    instances: [{ type: c6i.large, capacity: 1, utility: 1 }]
    market: on-demand
    notifyOnMissing: ["arn:aws:sns:eu-west-1:444455556666:ops"]
    image: { ids: { eu-west-1: { x86_64: ami-0a1b2c3d4e5f } } }
  searched:
    owner: build@example.com
    queue: { sqs: https://sqs.eu-west-1.amazonaws.com/111122223333/searched }
    regions: [eu-west-1]
    capacity: { max: 8 }
    instances: [{ type: c7g.large, capacity: 1, utility: 1 }]
    market: { spot: {}, onDemandAfter: never }
    image: { owners: ["111122223333"], locationRegex: "^111122223333/muster-worker-.*" }
    access: { ssh: sg-0a1b2c3d, metrics: sg-0b2c3d4e }
  shared:
    owner: build@example.com
    queue: { sqs: https://sqs.eu-west-1.amazonaws.com/111122223333/shared }
    regions: [eu-west-1]
    capacity: { max: 8 }
    instances: [{ type: c7g.large, capacity: 1, utility: 1 }]
    market: { spot: {}, onDemandAfter: never, onDemandShare: 0.2 }
    notifyOnMissing: []
    image: { ids: { eu-west-1: { arm64: ami-0b2c3d4e5f60 } } }
`;

export const smallestFleet = (): Fleet => parseFleet(smallest, 'smallest.yaml');
/** What `muster image resolve` would have found for it. */
const largestLock: ImageLock = {
  pools: {
    searched: {
      source: { owners: ['111122223333'], locationRegex: '^111122223333/muster-worker-.*' },
      images: {
        'eu-west-1': {
          arm64: { id: 'ami-0c3d4e5f6071', location: '111122223333/muster-worker-7' },
        },
      },
    },
  },
};

export const largestFleet = (): Fleet =>
  pinImages(parseFleet(largest, 'largest.yaml'), largestLock, 'largest.yaml');

/** As many pools as asked, alike but for their names. */
export function fleetOf(pools: number, nameOf = (index: number) => `pool-${index}`): Fleet {
  const [pool] = smallestFleet().pools;
  if (pool === undefined) throw new Error('the smallest fleet has a pool');
  return {
    ...smallestFleet(),
    pools: Array.from({ length: pools }, (_, index) => ({
      ...pool,
      id: nameOf(index),
      name: nameOf(index),
      queue: {
        kind: 'sqs',
        url: `https://sqs.eu-west-1.amazonaws.com/111122223333/tasks-of-${nameOf(index)}`,
        region: 'eu-west-1',
      },
    })),
  };
}
