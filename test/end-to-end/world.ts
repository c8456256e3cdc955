import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import {
  CreateSubnetCommand,
  CreateVpcCommand,
  DescribeImagesCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { stringify } from 'yaml';
import { type Moto, startMoto } from '../harness/moto.ts';

/** What a person has before muster: an account with a network, a queue and images. */
export interface World {
  readonly moto: Moto;
  readonly region: string;
  readonly ec2: EC2Client;
  readonly autoScaling: AutoScalingClient;
  readonly sqs: SQSClient;
  readonly queueUrl: string;
  /** Of an available image for each architecture. */
  readonly images: { readonly x86_64: string; readonly arm64: string };
  readonly network: { readonly vpc: string; readonly subnets: readonly string[] };
  /** Holds all that the test writes. */
  readonly folder: string;
  /** For programs of ours and for Terraform: the whole environment, PATH apart from AWS. */
  readonly environment: NodeJS.ProcessEnv;
  /** Writes the declaration and returns its path. */
  declare(declaration: object): string;
  stop(): Promise<void>;
}

const region = 'eu-west-1';
const zones = ['eu-west-1a', 'eu-west-1b', 'eu-west-1c'];

export async function createWorld(): Promise<World> {
  const moto = await startMoto();
  const folder = mkdtempSync(join(tmpdir(), 'muster-end-to-end-'));
  const environment = environmentFor(moto, folder);
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const options = { region, endpoint: moto.endpoint, credentials };
  const ec2 = new EC2Client(options);
  const autoScaling = new AutoScalingClient(options);
  const sqs = new SQSClient(options);
  const queue = await sqs.send(new CreateQueueCommand({ QueueName: 'linux-tasks' }));
  const stop = async () => {
    for (const client of [ec2, autoScaling, sqs]) client.destroy();
    await moto.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const network = await createNetwork(ec2);
    const images = { x86_64: await findImage(ec2, 'x86_64'), arm64: await findImage(ec2, 'arm64') };
    const declare = (declaration: object) => {
      const file = join(folder, 'muster.yaml');
      writeFileSync(file, stringify(declaration));
      return file;
    };
    const queueUrl = required(queue.QueueUrl, 'the URL of the queue');
    const parts = { moto, region, ec2, autoScaling, sqs, queueUrl, images, network };
    return { ...parts, folder, environment, declare, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** @throws Error that names what an answer lacks. */
export function required<T>(value: T | undefined | null, what: string): T {
  if (value === undefined || value === null) throw new Error(`${what} is missing in the answer`);
  return value;
}

function environmentFor(moto: Moto, folder: string): NodeJS.ProcessEnv {
  const home = join(folder, 'home');
  mkdirSync(home);
  return {
    PATH: process.env.PATH,
    HOME: home,
    TMPDIR: process.env.TMPDIR,
    AWS_ENDPOINT_URL: moto.endpoint,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}

async function createNetwork(ec2: EC2Client): Promise<World['network']> {
  const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16' }));
  const vpc = required(Vpc?.VpcId, 'the id of the VPC');
  const subnets: string[] = [];
  for (const [index, zone] of zones.entries()) {
    const { Subnet } = await ec2.send(
      new CreateSubnetCommand({
        VpcId: vpc,
        CidrBlock: `10.0.${index}.0/24`,
        AvailabilityZone: zone,
      }),
    );
    subnets.push(required(Subnet?.SubnetId, 'the id of a subnet'));
  }
  return { vpc, subnets };
}

async function findImage(ec2: EC2Client, architecture: 'x86_64' | 'arm64'): Promise<string> {
  const Filters = [
    { Name: 'architecture', Values: [architecture] },
    { Name: 'root-device-name', Values: ['/dev/xvda'] },
  ];
  const { Images = [] } = await ec2.send(new DescribeImagesCommand({ Filters }));
  return required(Images[0]?.ImageId, `an image for ${architecture}`);
}
