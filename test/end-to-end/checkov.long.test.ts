/**
 * checkov on the plans of every stack, and on the CloudFormation template: what fails is what
 * stacks/checkov.yaml lists, each with its reason, and nothing is listed that does not fail.
 *
 * The plans are of a fleet with every stack, against moto; none is applied.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parseFleet } from '../../pool/load.ts';
import { chosenPool, cloudFormationTemplate } from '../../stacks/cloudformation/template.ts';
import { templateText } from '../../stacks/cloudformation/template-text.ts';
import { writeStacks } from '../../stacks/write-stacks.ts';
import { missingParts } from '../harness/missing-part.ts';
import { motoPart } from '../harness/moto.ts';
import { projectRoot } from '../harness/project-root.ts';
import { runProcess } from '../harness/run-process.ts';
import {
  awsProviderPart,
  openTerraform,
  type Terraform,
  terraformPart,
} from '../harness/terraform.ts';
import { pythonTool } from '../harness/tools/python-tool.ts';
import { toolPart } from '../harness/tools/tool.ts';
import { createWorld, type World } from './world.ts';

const checkov = pythonTool({
  name: 'checkov',
  requirements: join(projectRoot, 'test/stacks/checkov-requirements.txt'),
});
const missing = await missingParts([motoPart, terraformPart, awsProviderPart, toolPart(checkov)]);

const configurationFile = join(projectRoot, 'stacks/checkov.yaml');
const configuration = readFileSync(configurationFile, 'utf8');
const suppressed: readonly string[] = parse(configuration)['skip-check'];

const otherRegion = 'us-east-1';

interface Report {
  readonly results: {
    readonly failed_checks: readonly { readonly check_id: string; readonly resource: string }[];
  };
  readonly summary: { readonly passed: number; readonly parsing_errors: number };
}

describe('stacks/checkov.yaml', () => {
  it('gives a reason beside each suppression', () => {
    const lines = configuration.split('\n').filter((line) => line.startsWith('  - '));
    expect(lines).toHaveLength(suppressed.length);
    for (const line of lines) expect(line).toMatch(/^ {2}- CKV2?_AWS_\d+ +# \w.{20,}\.$/);
  });
});

describe.skipIf(missing)('checkov', () => {
  let world: World;
  let terraform: Terraform;

  beforeAll(async () => {
    world = await createWorld();
    terraform = openTerraform(world.environment);
  });

  afterAll(async () => {
    terraform?.stop();
    await world?.stop();
  });

  /** What fails with nothing suppressed: `CHECK RESOURCE`. */
  async function failures(framework: string, files: readonly string[]): Promise<string[]> {
    const options = ['--framework', framework, '--compact', '--quiet', '--skip-download'];
    const parameters = [...options, '--output', 'json', '-f', ...files];
    const { stdout } = await runProcess(checkov.program('checkov'), parameters, {
      directory: world.folder, // It would take a configuration of the project's by itself.
      environment: { PATH: process.env.PATH, HOME: world.folder },
      limitSeconds: 280,
    });
    const { results, summary } = JSON.parse(stdout) as Report;
    expect(summary.parsing_errors).toBe(0);
    expect(summary.passed).toBeGreaterThan(20);
    return results.failed_checks.map(({ check_id, resource }) => `${check_id} ${resource}`);
  }

  it('finds nothing else', { timeout: 900_000 }, async () => {
    const declarationFile = world.declare({
      fleet: 'ci',
      events: true,
      monitoring: { notify: ['ops@example.com'] },
      budget: '500/month',
      scaler: 'aws',
      imageBuild: { every: '7d' },
      regions: {
        [world.region]: world.network,
        [otherRegion]: { network: 'create' },
      },
      pools: {
        linux: {
          owner: 'build@example.com',
          queue: { sqs: world.queueUrl, region: world.region },
          regions: [world.region],
          capacity: { max: 4 },
          image: { ids: { [world.region]: world.images } },
          instances: [
            { type: 'c7i.large', capacity: 1 },
            { type: 'c7g.large', capacity: 1 },
          ],
          market: { spot: { maxPrice: 0.3 }, onDemandAfter: '5m' },
          disk: { data: '40GiB' },
          lifecycle: { launchHook: '5m' },
        },
        // Its image's parameter is made by the stack of images.
        nightly: {
          owner: 'build@example.com',
          queue: { sqs: world.queueUrl, region: world.region },
          regions: [otherRegion],
          capacity: { max: 4 },
          image: { ssm: '/muster/ci/nightly' },
          instances: [{ type: 'c7i.large', capacity: 1 }],
        },
      },
    });
    const bundleFile = join(world.folder, 'muster.mjs');
    writeFileSync(bundleFile, 'the program');
    const fleet = parseFleet(readFileSync(declarationFile, 'utf8'), declarationFile);
    const stacks = writeStacks(fleet, join(world.folder, 'out'), { bundleFile, declarationFile });
    const plans: string[] = [];
    for (const { name, directory } of stacks) {
      // Of the same kind as the other region's; it would look up what only applied stacks have.
      if (name === `ci-${otherRegion}`) continue;
      await terraform.succeed(directory, 'init', '-no-color');
      await terraform.succeed(directory, 'plan', '-out=plan.bin', '-no-color');
      const { stdout } = await terraform.succeed(directory, 'show', '-json', 'plan.bin');
      const plan = join(world.folder, `${name}.json`);
      writeFileSync(plan, stdout);
      plans.push(plan);
    }
    const template = join(world.folder, 'pool.yaml');
    const pool = chosenPool(fleet, 'linux', declarationFile);
    writeFileSync(template, templateText(cloudFormationTemplate(fleet, pool)));
    const failed = [
      ...(await failures('terraform_plan', plans)),
      ...(await failures('cloudformation', [template])),
    ];
    const unexplained = failed.filter((line) => !suppressed.includes(line.split(' ')[0] as string));
    expect(unexplained).toEqual([]);
    const needless = suppressed.filter((id) => !failed.some((line) => line.startsWith(`${id} `)));
    expect(needless).toEqual([]);
  });
});
