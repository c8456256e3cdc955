/**
 * What muster says an edit will replace, before Terraform runs, and what Terraform's plan then says: with
 * one attribute of each kind changed in stacks that stand on moto, both name the same resources, and the
 * same attributes as the cause.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AllocateAddressCommand } from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseFleet } from '../../pool/load.ts';
import { editPreview } from '../../stacks/edit-preview.ts';
import { forcedReplacements } from '../../stacks/forced-replacements.ts';
import { readStacks } from '../../stacks/read-stacks.ts';
import { writeStacks } from '../../stacks/write-stacks.ts';
import { missingParts } from '../harness/missing-part.ts';
import { motoPart } from '../harness/moto.ts';
import {
  awsProviderPart,
  openTerraform,
  type Terraform,
  terraformPart,
} from '../harness/terraform.ts';
import { createWorld, type World } from './world.ts';

const missing = await missingParts([motoPart, terraformPart, awsProviderPart]);

/** Other values, by type: of every attribute that forces a replacement, and of some that do not. */
const otherValues: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  aws_autoscaling_group: { name: 'other', max_size: 3 },
  aws_autoscaling_lifecycle_hook: { name: 'other', heartbeat_timeout: 60 },
  aws_cloudwatch_log_group: { name: '/other', retention_in_days: 60 },
  aws_ec2_tag: { key: 'other', value: 'other', resource_id: 'eipalloc-0a1b2c3d' },
  aws_eip: { domain: 'standard' },
  aws_iam_instance_profile: { name: 'other', path: '/other/' },
  aws_iam_policy: { name: 'other', path: '/other/', description: 'other' },
  aws_iam_role: { name: 'other', path: '/other/', max_session_duration: 7200 },
  aws_iam_role_policy: { name: 'other' },
  aws_internet_gateway: { tags: { a: 'b' } },
  aws_launch_template: { name: 'other', key_name: 'other' },
  aws_route_table: { tags: { a: 'b' } },
  aws_security_group: { name: 'other', description: 'other', vpc_id: 'vpc-0a1b2c3d' },
  aws_sns_topic: { name: 'other', display_name: 'other' },
  aws_sns_topic_subscription: { endpoint: 'other@example.com', protocol: 'email-json' },
  aws_sqs_queue: { name: 'other', visibility_timeout_seconds: 60 },
  aws_subnet: { cidr_block: '10.9.0.0/24', availability_zone: 'eu-west-1c' },
  aws_vpc: { cidr_block: '10.9.0.0/16', enable_dns_support: false },
  aws_vpc_endpoint: {
    service_name: 'com.amazonaws.eu-west-1.sqs',
    vpc_endpoint_type: 'Interface',
    route_table_ids: [],
  },
};

interface Plan {
  readonly resource_changes: readonly {
    readonly type: string;
    readonly name: string;
    readonly change: {
      readonly actions: readonly string[];
      readonly replace_paths?: readonly (readonly (string | number)[])[];
    };
  }[];
}

describe.skipIf(missing)('what an edit replaces', () => {
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

  /** `STACK TYPE.NAME: CAUSE, CAUSE`, one for all that `for_each` makes of a resource. */
  async function replacedByPlan(stack: string, folder: string): Promise<string[]> {
    await terraform.succeed(folder, 'plan', '-out=plan.bin', '-no-color');
    const shown = await terraform.succeed(folder, 'show', '-json', 'plan.bin');
    const causes = new Map<string, Set<string>>();
    for (const { type, name, change } of (JSON.parse(shown.stdout) as Plan).resource_changes) {
      if (!change.actions.includes('delete') || !change.actions.includes('create')) continue;
      const own = causes.get(`${type}.${name}`) ?? new Set();
      for (const [attribute] of change.replace_paths ?? []) own.add(String(attribute));
      causes.set(`${type}.${name}`, own);
    }
    return [...causes].map(
      ([address, own]) => `${stack} ${address}: ${[...own].sort().join(', ')}`,
    );
  }

  it('is said as the plan says it', { timeout: 600_000 }, async () => {
    const { AllocationId } = await world.ec2.send(new AllocateAddressCommand({ Domain: 'vpc' }));
    const pool = {
      owner: 'build@example.com',
      queue: { sqs: world.queueUrl, region: world.region },
      capacity: { max: 1 },
      image: { id: world.images.x86_64 },
      instances: [{ type: 'c7i.large', capacity: 1 }],
    };
    const declaration = world.declare({
      fleet: 'ci',
      events: true,
      regions: { [world.region]: { network: 'create' } },
      pools: {
        made: { ...pool, network: { elasticIps: 1 }, lifecycle: { launchHook: '5m' } },
        given: { ...pool, network: { elasticIps: [AllocationId] } },
      },
    });
    const out = join(world.folder, 'out');
    const fleet = parseFleet(readFileSync(declaration, 'utf8'), declaration);
    const stacks = writeStacks(fleet, out);
    for (const { directory } of stacks) {
      await terraform.succeed(directory, 'init', '-no-color');
      await terraform.succeed(directory, 'apply', '-auto-approve', '-no-color');
    }
    const before = readStacks(out);
    const seen = new Set<string>();
    for (const { file } of stacks) {
      const stack = JSON.parse(readFileSync(file, 'utf8'));
      for (const [type, blocks] of Object.entries<Record<string, object>>(stack.resource)) {
        if (forcedReplacements[type] !== undefined) seen.add(type);
        for (const block of Object.values(blocks)) Object.assign(block, otherValues[type]);
      }
      writeFileSync(file, JSON.stringify(stack));
    }
    const said = editPreview(before, readStacks(out))
      .filter(({ action }) => action === 'replace')
      .map(
        ({ stack, type, name, attributes }) => `${stack} ${type}.${name}: ${attributes.join(', ')}`,
      );
    const planned: string[] = [];
    for (const { name, directory } of stacks) {
      planned.push(...(await replacedByPlan(name, directory)));
    }
    expect(said.sort()).toEqual(planned.sort());
    // So every type and attribute of the list was tried, and each forces what the list says.
    expect([...seen].sort()).toEqual(Object.keys(forcedReplacements).sort());
    for (const [type, attributes] of Object.entries(forcedReplacements)) {
      const causes = planned.filter((line) => line.includes(` ${type}.`)).join();
      for (const attribute of attributes) expect(causes, type).toContain(attribute);
    }
  });
});
