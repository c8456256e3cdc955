/**
 * One pool deployed twice on moto, by Terraform and by the CloudFormation template: what stands in the
 * account must be the same but for what CloudFormation cannot say.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { missingParts } from '../harness/missing-part.ts';
import { motoPart } from '../harness/moto.ts';
import {
  awsProviderPart,
  openTerraform,
  type Terraform,
  terraformPart,
} from '../harness/terraform.ts';
import { muster } from './muster-process.ts';
import {
  type Found,
  inAccount,
  templateDeclaration,
  valuesOf,
  writeTemplate,
} from './template-deployment.ts';
import { createWorld, type World } from './world.ts';

const missing = await missingParts([motoPart, terraformPart, awsProviderPart]);

describe.skipIf(missing)('the pool of a template and of Terraform', () => {
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

  it('is one', async () => {
    const configuration = world.declare(templateDeclaration(world));
    const out = join(world.folder, 'out');
    await muster(world.environment, 'synth', '--config', configuration, '--out', out);
    const folders = ['ci-shared', 'ci-eu-west-1'].map((name) => join(out, 'stacks', name));
    for (const folder of folders) {
      await terraform.succeed(folder, 'init', '-no-color');
      await terraform.succeed(folder, 'apply', '-auto-approve', '-no-color');
    }
    const byTerraform = inAccount(world, 'describe-pool.py');
    for (const folder of [...folders].reverse()) {
      await terraform.succeed(folder, 'destroy', '-auto-approve', '-no-color');
    }
    const template = join(world.folder, 'pool.yaml');
    const { parameters } = await writeTemplate(world, configuration, template);
    const values = valuesOf(parameters);
    inAccount(world, 'template-stack.py', 'create', 'ci-linux', template, ...values);
    const byTemplate = inAccount(world, 'describe-pool.py');
    expect(byTerraform.groups).toHaveLength(2);
    expect(byTerraform.templates).toHaveLength(2);
    expect(asTerraformSays(byTemplate)).toEqual(byTerraform);
  });
});

/** What CloudFormation cannot say: `$Default`, an account id between subnets, that there is no price. */
function asTerraformSays(found: Found): Found {
  const text = JSON.stringify(found)
    .replaceAll('"Version":"1"', '"Version":"$Default"')
    .replaceAll('lt-id:1', 'lt-id')
    .replace(/arn:aws:ec2:eu-west-1:\*:subnet/g, 'arn:aws:ec2:eu-west-1:123456789012:subnet');
  const said = JSON.parse(text) as Found;
  for (const { MixedInstancesPolicy: policy } of said.groups) {
    policy.InstancesDistribution.SpotMaxPrice ??= '';
  }
  return said;
}
