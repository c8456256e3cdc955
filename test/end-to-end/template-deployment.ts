import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { findPython } from '../harness/moto.ts';
import { projectRoot } from '../harness/project-root.ts';
import { muster } from './muster-process.ts';
import { required, type World } from './world.ts';

/** What a Python program of this folder found, as JSON of any shape. */
// biome-ignore lint/suspicious/noExplicitAny: descriptions that the tests pick apart.
export type Found = Record<string, any>;

/** One pool with two architectures, in the shape of muster.yaml. */
export function templateDeclaration({ region, network, queueUrl, images }: World) {
  return {
    fleet: 'ci',
    regions: { [region]: network },
    pools: {
      linux: {
        owner: 'build@example.com',
        queue: { sqs: queueUrl, region },
        capacity: { max: 8 },
        instances: [
          { type: 'c7i.large', capacity: 2 },
          { type: 'c7g.large', capacity: 1 },
        ],
        market: { spot: { maxPrice: 0.3 }, onDemandAfter: '5m' },
        image: { ids: { [region]: images } },
        disk: {
          root: '20GiB',
          data: { size: '40GiB', iops: 4000, throughput: 250 },
          volumes: [{ device: '/dev/xvdb', size: '10GiB', type: 'io1', iops: 200 }],
        },
        access: { keyPair: 'ops', securityGroups: ['sg-0a1b2c3d'] },
        tags: { team: 'build' },
      },
    },
  };
}

/** Writes the template of the declared pool and returns the parameters of the link that deploys it. */
export async function writeTemplate(
  world: World,
  configuration: string,
  file: string,
): Promise<{ readonly page: string; readonly parameters: Readonly<Record<string, string>> }> {
  const { stdout } = await muster(
    world.environment,
    ...['synth', '--config', configuration, '--format', 'cloudformation', '--out', file],
    ...['--quick-create', 'https://ci-templates.s3.eu-west-1.amazonaws.com/linux.yaml'],
  );
  const link = stdout.trim();
  const start = link.lastIndexOf('?');
  const parameters = Object.fromEntries(new URLSearchParams(link.slice(start + 1)));
  return { page: link.slice(0, start), parameters };
}

/** The template's parameters among those of a link, as `NAME=VALUE`. */
export function valuesOf(parameters: Readonly<Record<string, string>>): string[] {
  return Object.entries(parameters)
    .filter(([name]) => name.startsWith('param_'))
    .map(([name, value]) => `${name.slice('param_'.length)}=${value}`);
}

/** Runs a Python program of this folder against the account. */
export function inAccount({ environment }: World, script: string, ...parameters: string[]): Found {
  const python = required(findPython(), 'a Python with boto3');
  const file = join(projectRoot, 'test/end-to-end', script);
  const output = execFileSync(python, [file, ...parameters], {
    env: environment,
    timeout: 120_000,
  });
  return JSON.parse(output.toString()) as Found;
}
