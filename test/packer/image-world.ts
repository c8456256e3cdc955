/** A fleet whose images are built by real Packer, on moto behind a recorder. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DescribeImagesCommand,
  DescribeInstancesCommand,
  DescribeKeyPairsCommand,
  DescribeSecurityGroupsCommand,
  DescribeSnapshotsCommand,
  EC2Client,
  type Image,
  type Snapshot,
} from '@aws-sdk/client-ec2';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { type BuildRequest, buildImage } from '../../account/build-image.ts';
import type { ImageRecord } from '../../account/build-image-manifest.ts';
import { parseFleet } from '../../pool/load.ts';
import { buildStatements } from '../../stacks/image-build-role.ts';
import { type Moto, startMoto } from '../harness/moto.ts';
import { packerEnvironment } from './packer-tools.ts';
import { type RecordingEc2, startRecordingEc2 } from './recording-ec2.ts';

/** One of each region. */
export const key = (region: string) =>
  `arn:aws:kms:${region}:111122223333:key/0a1b2c3d-0000-4000-8000-00000000000${region.length}`;

/** moto knows this image in every region. */
export const sourceImage = 'ami-03cf127a';

export const declaration = (worker = 'command: { run: /usr/bin/true }') => `fleet: ci
regions:
  eu-west-1: { vpc: vpc-1, subnets: [subnet-1] }
  us-east-1: { vpc: vpc-2, subnets: [subnet-2] }
pools:
  linux:
    owner: build@example.com
    queue: { sqs: https://sqs.eu-west-1.amazonaws.com/111122223333/linux-tasks }
    capacity: { max: 8 }
    instances: [{ type: c6i.xlarge, capacity: 2, utility: 1.5 }]
    image:
      ssm: /muster/ci/linux
      build:
        connect: ssh
        sshFrom: [203.0.113.0/24]
        from: { x86_64: ${sourceImage} }
        kmsKeys: { eu-west-1: "${key('eu-west-1')}", us-east-1: "${key('us-east-1')}" }
    worker: { ${worker} }
    tags: { team: build }
`;

export interface ImageWorld {
  readonly moto: Moto;
  readonly ec2: RecordingEc2;
  /** Folder of variables, manifests and records. */
  readonly out: string;
  /** What was said. */
  readonly lines: string[];
  build(options?: Partial<BuildRequest>, text?: string): Promise<ImageRecord | null>;
  ownImages(region: string): Promise<Image[]>;
  ownSnapshots(region: string): Promise<Snapshot[]>;
  /** Machines, keys and security groups, which a build must not leave anywhere. */
  leftovers(): Promise<string[]>;
  /** What was asked of EC2 that the role of the stack of images does not allow: actions of IAM. */
  beyondRole(): string[];
  stop(): Promise<void>;
}

/** The product finds Packer and AWS by the environment, as a person's shell has them. */
export async function startImageWorld(): Promise<ImageWorld> {
  const before = { ...process.env };
  const moto = await startMoto();
  const ec2 = await startRecordingEc2(moto.endpoint);
  Object.assign(process.env, packerEnvironment(), {
    AWS_ENDPOINT_URL: moto.endpoint,
    AWS_ENDPOINT_URL_EC2: ec2.endpoint,
  });
  const out = mkdtempSync(join(tmpdir(), 'muster-image-'));
  const lines: string[] = [];
  const regions = ['eu-west-1', 'us-east-1'];
  const clients = new Map(
    regions.map((region) => [region, new EC2Client({ region, endpoint: moto.endpoint })]),
  );
  const client = (region: string) => clients.get(region) as EC2Client;
  function build(options: Partial<BuildRequest> = {}, text = declaration()) {
    const fleet = parseFleet(text, 'muster.yaml');
    const [pool] = fleet.pools;
    if (!pool?.imageBuild || !pool.worker) throw new Error('the declaration builds no image');
    return buildImage(
      fleet,
      { pool, options: pool.imageBuild, worker: pool.worker },
      {
        layers: 'auto',
        limitSeconds: 60,
        out,
        gitCommit: '0a1b2c3d',
        dryRun: false,
        now: new Date(),
        provision: false,
        say: (line) => lines.push(line),
        ...options,
      },
    );
  }

  const ownImages = async (region: string) =>
    (await client(region).send(new DescribeImagesCommand({ Owners: ['self'] }))).Images ?? [];

  /** What a build must not leave anywhere. */
  async function leftovers(): Promise<string[]> {
    const found: string[] = [];
    for (const region of regions) {
      const { Reservations = [] } = await client(region).send(new DescribeInstancesCommand({}));
      for (const { InstanceId, State } of Reservations.flatMap(({ Instances = [] }) => Instances)) {
        if (State?.Name !== 'terminated') found.push(`${InstanceId}`);
      }
      const { KeyPairs = [] } = await client(region).send(new DescribeKeyPairsCommand({}));
      found.push(...KeyPairs.map(({ KeyName }) => `${KeyName}`));
      const { SecurityGroups = [] } = await client(region).send(
        new DescribeSecurityGroupsCommand({}),
      );
      found.push(
        ...SecurityGroups.flatMap(({ GroupName }) =>
          GroupName === 'default' ? [] : [`${GroupName}`],
        ),
      );
    }
    return found;
  }

  const allowed = new Set(
    buildStatements(parseFleet(declaration(), 'muster.yaml'), 'bucket', 'role').flatMap(
      ({ Action }) => Action,
    ),
  );
  const beyondRole = () => {
    const asked = new Set(ec2.calls.map(({ action }) => `ec2:${action}`));
    return [...asked].filter((action) => !allowed.has(action));
  };

  const ownSnapshots = async (region: string) => {
    const { Snapshots = [] } = await client(region).send(
      new DescribeSnapshotsCommand({ OwnerIds: ['self'] }),
    );
    return Snapshots.filter(({ Description = '' }) => !Description.startsWith('Auto-created'));
  };
  return {
    moto,
    ec2,
    out,
    lines,
    build,
    ownImages,
    ownSnapshots,
    leftovers,
    beyondRole,
    async stop() {
      for (const one of clients.values()) one.destroy();
      await ec2.stop();
      await moto.stop();
      process.env = before;
      rmSync(out, { recursive: true, force: true });
    },
  };
}

/** That of a suite: each test finds it empty, and may ask no more than the role allows. It is there in each test. */
export function useImageWorld(): () => ImageWorld {
  let world: ImageWorld;
  beforeAll(async () => {
    world = await startImageWorld();
  }, 120_000);
  afterAll(() => world?.stop());
  afterEach(() => expect(world.beyondRole()).toEqual([]));
  beforeEach(async () => {
    await world.moto.reset();
    world.ec2.fail(() => null);
    world.ec2.calls.length = 0;
    world.lines.length = 0;
    for (const file of readdirSync(world.out)) rmSync(join(world.out, file));
  });
  return () => world;
}
