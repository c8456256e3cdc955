/** A declaration in which most keys are given; cases change one place in it. */
export const sample = `fleet: ci
regions:
  eu-west-1: { vpc: vpc-1, subnets: [subnet-1, subnet-2] }
  us-east-1: { vpc: vpc-2, subnets: [subnet-3] }
pools:
  linux:
    owner: build@example.com
    queue: { sqs: https://sqs.eu-west-1.amazonaws.com/111122223333/linux-tasks }
    capacity: { min: 1, max: 8 }
    wait: 90s
    instances:
      - { type: c6i.xlarge, capacity: 2, utility: 1.5 }
      - { type: c7g.xlarge, capacity: 2, utility: 2 }
    market: { spot: { maxPrice: 0.30 } }
    image: { ssm: "/ci/linux/{arch}" }
    disk: { root: 20GiB }
`;

/** A declaration in which every key that the sample leaves out is given. */
export const fullSample = `fleet: ci
state: { bucket: ci-state, environment: test }
limits: { launchesPerMinute: 100 }
budget: 500/month
paused: false
onDemandDiscount: 0.28
heartbeat: { url: "http://10.0.0.5:8080", tokenParameter: /ci/token }
assumeRole: { arn: "arn:aws:iam::111122223333:role/r", externalId: ours }
regions:
  eu-west-1: { vpc: vpc-1, subnets: [subnet-1], publicSubnets: [subnet-2], profile: europe }
pools:
  linux:
    id: first
    description: builds
    owner: build@example.com
    queue: { http: { host: tasks, provisionerId: p } }
    regions: [eu-west-1]
    capacity: { max: 200 }
    instances:
      - { type: c6i.xlarge, capacity: 2, maxPrice: 0.1, onDemandDiscount: 0.1 }
      - { type: c7g.xlarge, capacity: 2 }
    market:
      spot: { bid: { minPrice: 0.1, maxPrice: 6 }, price: max, window: 30m, product: Linux/UNIX }
      onDemandAfter: never
      onDemandBase: 4
      onDemandShare: 0.2
    onDemandDiscount: 0.2
    scaling: { ratio: 0.2 }
    buffer: 4
    schedule: [{ cron: 0 7 * * 1-5, timeZone: Europe/Berlin, for: 10h, min: 8 }]
    coldStart: 60s
    placement: { zones: cheapest, regionShare: 1, zoneShare: 0.5 }
    breakers: { interruptions: { count: 5 }, boots: { within: 1h, pause: 2h } }
    budget: { usd: 20.5, per: day, alertAt: 0.5, cap: false }
    paused: true
    learnUtility: true
    image:
      owners: [self]
      locationRegex: "/worker-([0-9]+)$"
      build: { base: al2023, from: { arm64: ami-1 }, connect: ssh, sshFrom: [203.0.113.0/24] }
    worker: { gitea: { url: "https://git.example.com", labels: [linux], token: "ssm:/ci/t" }, version: 0.2.13 }
    disk:
      root: { size: 20GiB, iops: 4000, throughput: 500 }
      ebsOptimized: true
      kmsKey: arn:aws:kms:eu-west-1:111122223333:key/a
      volumes: [{ device: /dev/xvdb, size: 10GiB, type: io1, iops: 500, snapshot: snap-1 }]
    network: { subnets: public, zones: [a], publicIp: true, elasticIps: 100, egress: [{ to: 10.0.0.0/8, port: 53, protocol: udp }, { to: pl-1, port: 443 }] }
    access: { securityGroups: [sg-1, builders] }
    instanceProfile: builder
    lifecycle: { idle: 5m }
    notifyOnMissing: ["https://hooks.example.com/a", "arn:aws:sns:eu-west-1:111122223333:ops"]
    tags: { team: build }
`;

/** The sample with one place changed; the place must be there once. */
export function changed(from: string, to: string): string {
  if (sample.split(from).length !== 2) throw new Error(`not once in the sample: ${from}`);
  return sample.replace(from, () => to);
}
