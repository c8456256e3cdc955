/** A network for each region that there may be; its id is in the ids of its VPC and subnets. */
const networks = [
  ['eu-west-1', 'a1b2c3'],
  ['us-east-1', 'b2c3d4'],
  ['us-west-2', 'c3d4e5'],
  ['ap-southeast-2', 'd4e5f6'],
] as const;

export const mostRegions = networks.length;

/** A declaration of alike pools, each in every region, as YAML (of which JSON is a part). */
export function declarationOf(pools: number, regions: number): string {
  const region = (id: string) => ({
    vpc: `vpc-0${id}`,
    subnets: [1, 2, 3].map((zone) => `subnet-0${id}${zone}`),
  });
  return JSON.stringify({
    fleet: 'bench',
    regions: Object.fromEntries(networks.slice(0, regions).map(([name, id]) => [name, region(id)])),
    pools: Object.fromEntries(
      Array.from({ length: pools }, (_, index) => [`pool-${index + 1}`, poolOf(index + 1)]),
    ),
  });
}

function poolOf(index: number) {
  return {
    description: `Pool ${index}`,
    owner: 'build@example.com',
    queue: { sqs: `https://sqs.eu-west-1.amazonaws.com/111122223333/tasks-${index}` },
    capacity: { min: 0, max: 200 },
    wait: '120s',
    instances: [
      { type: 'c6i.2xlarge', capacity: 2, utility: 2 },
      { type: 'c7g.2xlarge', capacity: 2, utility: 2.6 },
      { type: 'm6a.4xlarge', capacity: 4, utility: 4.4 },
    ],
    market: { spot: { maxPrice: 0.3 }, onDemandAfter: '5m' },
    image: { ssm: '/muster/bench/{arch}' },
    disk: { root: '20GiB', data: '130GiB' },
    tags: { team: 'build' },
    // No e-mail address, so no topic: the raw peer would only repeat one more plain resource.
    notifyOnMissing: [],
  };
}
