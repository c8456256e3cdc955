/**
 * One pool by its CloudFormation template: the values of the quick-create link make a stack on moto, which
 * is then updated and deleted.
 *
 * Where moto departs from AWS: it knows no lifecycle hooks and no subscriptions to a topic, so these are
 * linted only; it leaves managed policies behind; it replaces a group where AWS updates it.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tagKeys } from '../../pool/names.ts';
import { missingParts } from '../harness/missing-part.ts';
import { motoPart } from '../harness/moto.ts';
import { ownedResources } from './account.ts';
import {
  type Found,
  inAccount,
  templateDeclaration,
  valuesOf,
  writeTemplate,
} from './template-deployment.ts';
import { createWorld, type World } from './world.ts';

const missing = await missingParts([motoPart]);
const stackName = 'ci-linux';

describe.skipIf(missing)('one pool by CloudFormation', () => {
  let world: World;
  let before: readonly string[];
  let template: string;
  let link: Awaited<ReturnType<typeof writeTemplate>>;

  beforeAll(async () => {
    world = await createWorld();
    before = ownedResources(world);
    template = join(world.folder, 'pool.yaml');
    const configuration = world.declare(templateDeclaration(world));
    link = await writeTemplate(world, configuration, template);
  });

  afterAll(async () => {
    await world?.stop();
  });

  it('is deployed by a link with every parameter in it', () => {
    expect(link.page).toBe(
      'https://eu-west-1.console.aws.amazon.com/cloudformation/home?region=eu-west-1#/stacks/create/review',
    );
    expect(link.parameters).toEqual({
      templateURL: 'https://ci-templates.s3.eu-west-1.amazonaws.com/linux.yaml',
      stackName,
      param_VpcId: world.network.vpc,
      param_SubnetIds: [...world.network.subnets].sort().join(','),
      param_KeyPair: 'ops',
      param_ImageX8664: world.images.x86_64,
      param_ImageArm64: world.images.arm64,
      param_RootDevice: '/dev/xvda',
      param_RootDisk: '20',
      param_DataDisk: '40',
      param_Minimum: '0',
      param_Maximum: '8',
      // USD for an instance that runs two tasks, and for one that runs one: the dearer slot.
      param_SpotMaxPrice: '0.3',
    });
  });

  it('is created, and says what else there is to do', () => {
    const values = valuesOf(link.parameters);
    const outputs = inAccount(world, 'template-stack.py', 'create', stackName, template, ...values);
    expect(outputs.WorkerRoleArn).toMatch(/:role\/muster\/ci\/ci_linux_worker$/);
    expect(outputs.AsgWorkersSecGroupId).toMatch(/^sg-/);
    expect(outputs.SuspendRebalancing).toContain('--auto-scaling-group-name ci_linux_spot ');
    const { groups, templates } = inAccount(world, 'describe-pool.py');
    expect(groups.map((group: Found) => group.AutoScalingGroupName).sort()).toEqual([
      'ci_linux_on-demand',
      'ci_linux_spot',
    ]);
    expect(templates.map(({ name }: Found) => name).sort()).toEqual([
      'ci_linux_arm64',
      'ci_linux_x86-64',
    ]);
  });

  it('takes what whoever deploys chooses, and new workers get it', () => {
    const subnet = world.network.subnets[1] as string;
    const chosen = { Maximum: '12', RootDisk: '30', SpotMaxPrice: '0.2', SubnetIds: subnet };
    const values = valuesOf({
      ...link.parameters,
      ...Object.fromEntries(
        Object.entries(chosen).map(([name, value]) => [`param_${name}`, value]),
      ),
    });
    inAccount(world, 'template-stack.py', 'update', stackName, template, ...values);
    const { groups, templates } = inAccount(world, 'describe-pool.py');
    expect(groups).toHaveLength(2);
    for (const group of groups) {
      expect(group).toMatchObject({ MaxSize: 12, subnets: [subnet] });
      // The scaler reads the tag; the group itself starts with what its policy says.
      expect(group.tags[`${tagKeys.launchTemplate}x86_64`]).toBe('lt-id:2');
      const { Overrides, LaunchTemplateSpecification } = group.MixedInstancesPolicy.LaunchTemplate;
      for (const each of Overrides) expect(each.LaunchTemplateSpecification.Version).toBe('2');
      expect(LaunchTemplateSpecification.Version).toBe('2');
    }
    const spot = groups.find(({ tags }: Found) => tags[tagKeys.market] === 'spot');
    expect(spot.MixedInstancesPolicy.InstancesDistribution.SpotMaxPrice).toBe('0.2');
    for (const { data } of templates) {
      const [root] = data.BlockDeviceMappings;
      expect([root.DeviceName, Number(root.Ebs.VolumeSize)]).toEqual(['/dev/xvda', 30]);
    }
  });

  it('leaves nothing behind', () => {
    inAccount(world, 'template-stack.py', 'delete', stackName);
    const left = ownedResources(world).filter((resource) => !before.includes(resource));
    expect(left).toEqual([expect.stringMatching(/^Policies ci-linux-ManagedPolicyScaler-/)]);
  });
});
