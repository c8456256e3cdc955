import { parseFleet } from '../../pool/load.ts';
import type { Fleet } from '../../pool/pool.ts';
import { type Block, reference, synthesise, userDataOf } from './synthesise.ts';

/** Pools that between them use every option of a worker's network, volumes and rights. */
export const workerOptions = `fleet: options
state: { bucket: options-state, environment: test }
regions:
  eu-west-1:
    vpc: vpc-0a1b2c3d
    subnets: [subnet-0b2c3d4e, subnet-0a1b2c3d]
    publicSubnets: [subnet-0d4e5f60, subnet-0c3d4e5f]
pools:
  preset:
    preset: cycloid-external-worker
    owner: build@example.com
    queue: { sqs: https://sqs.eu-west-1.amazonaws.com/111122223333/preset }
    image: { id: ami-0a1b2c3d4e5f }
  addressed:
    owner: build@example.com
    queue: { sqs: https://sqs.eu-west-1.amazonaws.com/111122223333/addressed }
    capacity: { max: 4 }
    instances: [{ type: c6i.large, capacity: 2 }]
    image: { id: ami-0a1b2c3d4e5f }
    network: { subnets: public, elasticIps: 2 }
  lent:
    owner: build@example.com
    queue: { sqs: https://sqs.eu-west-1.amazonaws.com/111122223333/lent }
    capacity: { max: 2 }
    instances: [{ type: c6i.large, capacity: 1 }]
    image: { id: ami-0a1b2c3d4e5f }
    network: { subnets: [subnet-0c3d4e5f], publicIp: false, elasticIps: [eipalloc-0a1b2c3d, 198.51.100.7] }
  stateful:
    owner: build@example.com
    queue: { sqs: https://sqs.eu-west-1.amazonaws.com/111122223333/stateful }
    capacity: { max: 1 }
    instances: [{ type: c6i.large, capacity: 1 }]
    market: on-demand
    image: { id: ami-0a1b2c3d4e5f }
    disk:
      existing:
        - { id: vol-0b2c3d4e, mount: /var/cache/builds }
        - { id: vol-0a1b2c3d, mount: /srv/artifacts }
  tuned:
    owner: build@example.com
    queue: { sqs: https://sqs.eu-west-1.amazonaws.com/111122223333/tuned }
    capacity: { max: 4 }
    instances: [{ type: c6i.large, capacity: 1, maxPrice: 0.04 }]
    image: { id: ami-0a1b2c3d4e5f }
    disk:
      root: { size: 40GiB, iops: 4000, throughput: 250 }
      data: { size: 200GiB, iops: 6000, throughput: 500 }
      ebsOptimized: true
      kmsKey: arn:aws:kms:eu-west-1:111122223333:key/0a1b2c3d
      volumes:
        - { device: /dev/xvdc, snapshot: snap-0a1b2c3d, deleteOnTermination: false }
        - { device: /dev/xvdb, size: 100GiB, type: io1, iops: 1000 }
    network:
      zones: [b, eu-west-1a]
      egress: [{ to: sg-0b2c3d4e, port: 8080 }, { to: 0.0.0.0/0, port: 443 }, { to: pl-0a1b2c3d, port: 53, protocol: udp }]
    access: { securityGroups: [sg-0a1b2c3d, builders] }
    instanceProfile: builder
`;

export const workerOptionsFleet = (): Fleet => parseFleet(workerOptions, 'options.yaml');

/** Its stacks, and what of a pool the tests look at. */
export const stacks = synthesise(workerOptionsFleet());
export const region = stacks['options-eu-west-1'];
export const shared = stacks['options-shared'];
export const template = (pool: string): Block =>
  region?.resource.aws_launch_template?.[`${pool}-x86_64`] ?? {};
export const group = (address: string): Block =>
  region?.resource.aws_autoscaling_group?.[address] ?? {};
export const script = (pool: string) => userDataOf(template(pool));
export const statements = (pool: string): Block[] =>
  JSON.parse(shared?.resource.aws_iam_role_policy?.[`${pool}-worker-policy`]?.policy).Statement;
export const account = reference('data.aws_caller_identity.account.account_id');
