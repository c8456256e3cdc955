/** A fleet on the local AWS whose launch template names an SSM parameter, with the real scaler. Images are moto's. */
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import {
  CreateLaunchTemplateCommand,
  DescribeImagesCommand,
  DescribeInstancesCommand,
} from '@aws-sdk/client-ec2';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { Cloud } from '../../cloud/cloud.ts';
import { createServer } from '../../cloud/server.ts';
import { subnetsOf } from '../../cloud/subnets.ts';
import { Upstream } from '../../cloud/upstream.ts';
import { tagKeys } from '../../pool/names.ts';
import { type Clients, clientsFor, makeSpotGroup, region } from '../cloud/fleet-on-cloud.ts';
import { freePort } from '../harness/free-port.ts';
import { type RunningMuster, startMuster } from './muster-process.ts';
import { createWorld, required } from './world.ts';

export const parameter = '/muster/ci/linux';

export interface DeployWorld {
  readonly cloud: Cloud;
  readonly ssm: SSMClient;
  readonly images: { readonly old: string; readonly good: string };
  readonly scalerUrl: string;
  scaler(): RunningMuster;
  /** Starts `muster image deploy linux` with these options. */
  deploy(...options: string[]): RunningMuster;
  /** Image ids of the instances that run. */
  running(): Promise<string[]>;
  /** Instances of an image that were ever there. */
  started(image: string): Promise<number>;
  end(): Promise<void>;
}

/** `workers`: the pool's minimum. */
export async function deployWorld({ workers }: { workers: number }): Promise<DeployWorld> {
  const world = await createWorld();
  const upstream = new Upstream(new URL(world.moto.endpoint));
  const cloud = new Cloud({
    ...{ seed: 1, start: Math.floor(Date.now() / 1_000), speed: 1, steady: true },
    subnets: subnetsOf(upstream),
  });
  const server = createServer(cloud, upstream);
  await server.listen({ host: '127.0.0.1', port: 0 });
  const endpoint = `http://127.0.0.1:${(server.server.address() as AddressInfo).port}`;
  const clients = clientsFor(endpoint);
  const ssm = new SSMClient({
    ...{ region, endpoint, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } },
  });
  const old = world.images.x86_64;
  const good = await anotherImage(clients, old);
  const put = { Name: parameter, Value: old, Type: 'String' as const };
  await ssm.send(new PutParameterCommand(put));
  const group = await makeGroup(clients);
  const listen = `127.0.0.1:${await freePort()}`;
  const scalerUrl = `http://${listen}`;
  cloud.act({ action: 'boot', readySeconds: 3, runningSeconds: 1 });
  await cloud.addWorkload({
    ...{ groups: [group], provisionerId: 'ci', workerType: 'linux', tasks: [] },
    heartbeats: { url: scalerUrl, pool: 'linux', interval: 2 },
  });
  const { hostname, port } = new URL(endpoint);
  const configuration = world.declare({
    ...{ fleet: 'ci', interval: '1s', heartbeat: { url: scalerUrl } },
    regions: { [region]: world.network },
    pools: {
      linux: {
        owner: 'build@example.com',
        queue: {
          http: { host: hostname, port: Number(port), version: '_muster', provisionerId: 'ci' },
        },
        capacity: { min: workers, max: 12 },
        instances: [{ type: 'c6i.2xlarge', capacity: 1, utility: 1 }],
        market: { spot: { maxPrice: 0.9 } },
        image: { ssm: parameter },
        lifecycle: { missingAfter: '1m' },
        notifyOnMissing: [],
      },
    },
  });
  const environment = { ...world.environment, AWS_ENDPOINT_URL: endpoint };
  const scaler = startMuster(
    environment,
    ...['run', '--config', configuration, '--listen', listen, '--no-cloudwatch', '--alone'],
    ...['--store', `sqlite:${join(world.folder, 'state.db')}`, '--no-authentication'],
  );
  const deployments: RunningMuster[] = [];
  const instances = async () => {
    const { Reservations = [] } = await clients.ec2.send(new DescribeInstancesCommand({}));
    return Reservations.flatMap(({ Instances = [] }) => Instances);
  };
  return {
    ...{ cloud, ssm, images: { old, good }, scalerUrl },
    scaler: () => scaler,
    deploy(...options) {
      const base = ['image', 'deploy', 'linux', '--config', configuration];
      const deployment = startMuster(environment, ...base, ...options);
      deployments.push(deployment);
      return deployment;
    },
    running: async () =>
      (await instances())
        .filter(({ State }) => State?.Name === 'pending' || State?.Name === 'running')
        .map(({ ImageId = '' }) => ImageId),
    started: async (image) => (await instances()).filter(({ ImageId }) => ImageId === image).length,
    async end() {
      for (const one of [scaler, ...deployments]) one.kill();
      clients.destroy();
      ssm.destroy();
      cloud.end();
      await server.close();
      await world.stop();
    },
  };
}

async function anotherImage({ ec2 }: Clients, old: string): Promise<string> {
  const Filters = [{ Name: 'architecture', Values: ['x86_64'] }];
  const { Images = [] } = await ec2.send(new DescribeImagesCommand({ Filters }));
  const other = Images.find(({ ImageId, State }) => ImageId !== old && State === 'available');
  return required(other?.ImageId, 'another image');
}

async function makeGroup(clients: Clients): Promise<string> {
  const { LaunchTemplate } = await clients.ec2.send(
    new CreateLaunchTemplateCommand({
      LaunchTemplateName: 'ci_linux_x86-64',
      LaunchTemplateData: { ImageId: `resolve:ssm:${parameter}` },
      TagSpecifications: [
        {
          ResourceType: 'launch-template',
          Tags: [
            { Key: tagKeys.fleet, Value: 'ci' },
            { Key: tagKeys.imageParameter, Value: parameter },
          ],
        },
      ],
    }),
  );
  const id = required(LaunchTemplate?.LaunchTemplateId, 'a launch template');
  return makeSpotGroup(clients, id, { MinSize: 0, MaxSize: 12 }, { 'c6i.2xlarge': 1 });
}
