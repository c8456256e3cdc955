import { parseFleet } from '../../pool/load.ts';
import type { Fleet } from '../../pool/pool.ts';

/** Two regions, one without a VPC, and every option of what stands beside the pools. */
export const production = `fleet: render
events: true
logRetention: 90d
monitoring: { notify: [ops@example.com, "arn:aws:sns:eu-west-1:444455556666:ops"] }
budget: 500/month
scaler: { run: aws, instanceType: t4g.medium, apiFrom: [10.8.0.0/16] }
imageBuild: { every: 7d, builders: ["arn:aws:iam::111122223333:role/pipeline"] }
regions:
  us-east-1: { network: { cidr: 10.7.0.0/18 } }
  eu-west-1: { vpc: vpc-0a1b2c3d, subnets: [subnet-0a1b2c3d, subnet-0b2c3d4e] }
pools:
  linux:
    owner: build@example.com
    queue: { sqs: https://sqs.eu-west-1.amazonaws.com/111122223333/linux-tasks }
    capacity: { max: 20 }
    budget: 20/day
    instances: [{ type: c6i.2xlarge, capacity: 2, utility: 2 }]
    image: { ssm: "/muster/render/linux/{arch}" }
  nightly:
    owner: build@example.com
    queue: { sqs: https://sqs.eu-west-1.amazonaws.com/111122223333/nightly }
    regions: [eu-west-1]
    capacity: { max: 20 }
    scaling: schedule
    schedule: [{ cron: "0 2 * * *", for: 2h, min: 4 }]
    instances: [{ type: c7g.2xlarge, capacity: 2, utility: 2 }]
    image: { ssm: "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-{arch}" }
`;

export const productionFleet = (change: (text: string) => string = (text) => text): Fleet =>
  parseFleet(change(production), 'production.yaml');
