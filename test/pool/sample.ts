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

/** The sample with one place changed; the place must be there once. */
export function changed(from: string, to: string): string {
  if (sample.split(from).length !== 2) throw new Error(`not once in the sample: ${from}`);
  return sample.replace(from, () => to);
}
