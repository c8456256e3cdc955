/** A pool in two regions of moto, with an image in use and a new one in each, and SSM that can refuse. */
import { CreateImageCommand, EC2Client, RunInstancesCommand } from '@aws-sdk/client-ec2';
import {
  GetParameterHistoryCommand,
  LabelParameterVersionCommand,
  PutParameterCommand,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { canaryLabel } from '../../pool/names.ts';
import { type RunningMuster, startMuster } from '../end-to-end/muster-process.ts';
import { createWorld, required } from '../end-to-end/world.ts';
import { type CommandResult, runCommand } from '../harness/run-command.ts';
import { type FaultySsm, startFaultySsm } from './faulty-ssm.ts';

export const regions = ['eu-west-1', 'us-east-1'] as const;
export type RegionName = (typeof regions)[number];

export interface TwoRegions {
  /** What the commands call. */
  readonly ssm: FaultySsm;
  /** In use at first, in both. */
  readonly old: string;
  readonly made: Readonly<Record<RegionName, string>>;
  ec2(region: RegionName): EC2Client;
  /** Of the test that has begun. */
  parameter(): string;
  /** A new parameter, a pool of it, and no faults. */
  begin(): Promise<void>;
  /** `change`: of the pool. */
  declare(change?: object): void;
  /** Options with the new images, or these. */
  images(of?: Readonly<Record<RegionName, string>>): string[];
  deploy(...options: string[]): Promise<CommandResult>;
  /** Starts a deployment of the new images with a canary. */
  start(...options: string[]): RunningMuster;
  put(region: RegionName, image: string, isCanary?: boolean): Promise<void>;
  makeImage(region: RegionName, name: string): Promise<string>;
  current(): Promise<(string | undefined)[]>;
  /** Images of the versions that are marked; null: none is. */
  canaries(): Promise<(string | null)[]>;
  stop(): Promise<void>;
}

export async function twoRegions(): Promise<TwoRegions> {
  const world = await createWorld();
  const faulty = await startFaultySsm(world.moto.endpoint);
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const clientsOf = (region: string) => {
    const options = { region, endpoint: world.moto.endpoint, credentials };
    return { ec2: new EC2Client(options), ssm: new SSMClient(options) };
  };
  const clients = { 'eu-west-1': clientsOf('eu-west-1'), 'us-east-1': clientsOf('us-east-1') };
  // moto has the same stock images in every region.
  const old = world.images.x86_64;
  let count = 0;
  let running: RunningMuster | null = null;
  const parameter = () => `/muster/ci/linux-${count}`;
  const environment = { ...world.environment, AWS_ENDPOINT_URL_SSM: faulty.endpoint };

  async function makeImage(region: RegionName, Name: string): Promise<string> {
    const { ec2 } = clients[region];
    const { Instances } = await ec2.send(
      new RunInstancesCommand({ ImageId: old, MinCount: 1, MaxCount: 1 }),
    );
    const { ImageId } = await ec2.send(
      new CreateImageCommand({ InstanceId: Instances?.[0]?.InstanceId, Name }),
    );
    return required(ImageId, 'an image');
  }
  async function versions(region: RegionName) {
    const { Parameters = [] } = await clients[region].ssm.send(
      new GetParameterHistoryCommand({ Name: parameter() }),
    );
    return Parameters.map(({ Value, Labels = [] }) => ({
      value: Value,
      isCanary: Labels.includes(canaryLabel),
    }));
  }
  async function put(region: RegionName, Value: string, isCanary = false): Promise<void> {
    const { ssm } = clients[region];
    const Name = parameter();
    const { Version: ParameterVersion } = await ssm.send(
      new PutParameterCommand({ Name, Value, Type: 'String', Overwrite: true }),
    );
    const Labels = [canaryLabel];
    if (isCanary) {
      await ssm.send(new LabelParameterVersionCommand({ Name, ParameterVersion, Labels }));
    }
  }
  const declare = (change: object = {}) =>
    world.declare({
      ...{ fleet: 'ci', interval: '1s' },
      regions: { 'eu-west-1': world.network, 'us-east-1': { vpc: 'vpc-2', subnets: ['subnet-2'] } },
      pools: {
        linux: {
          owner: 'build@example.com',
          queue: { sqs: world.queueUrl, region: world.region },
          capacity: { max: 8 },
          instances: [{ type: 'c7i.large', capacity: 1 }],
          image: { ssm: parameter() },
          ...change,
        },
      },
    });
  const made = {
    'eu-west-1': await makeImage('eu-west-1', 'new'),
    'us-east-1': await makeImage('us-east-1', 'new'),
  };
  const images = (of: Readonly<Record<RegionName, string>> = made) =>
    regions.flatMap((region) => ['--image', `${region}=${of[region]}`]);
  return {
    ...{ ssm: faulty, old, made, parameter, declare, images, put, makeImage },
    ec2: (region) => clients[region].ec2,
    async begin() {
      running?.kill();
      running = null;
      count += 1;
      faulty.fail(() => null);
      faulty.calls.length = 0;
      for (const region of regions) await put(region, old);
      declare();
    },
    deploy: (...options) =>
      runCommand(['image', 'deploy', 'linux', ...options], {
        directory: world.folder,
        environment,
      }),
    start(...options) {
      const config = ['--config', `${world.folder}/muster.yaml`];
      const base = ['image', 'deploy', 'linux', ...images(), '--canary', '1', ...config];
      running = startMuster(environment, ...base, ...options);
      return running;
    },
    current: () =>
      Promise.all(regions.map(async (region) => (await versions(region)).at(-1)?.value)),
    canaries: async () =>
      (await Promise.all(regions.map(versions))).map(
        (all) => all.find(({ isCanary }) => isCanary)?.value ?? null,
      ),
    async stop() {
      running?.kill();
      for (const { ec2, ssm } of Object.values(clients)) {
        ec2.destroy();
        ssm.destroy();
      }
      await faulty.stop();
      await world.stop();
    },
  };
}
