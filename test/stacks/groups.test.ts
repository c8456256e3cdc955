import { describe, expect, it } from 'vitest';
import { groupName, tagKeys } from '../../pool/names.ts';
import { scalerOwnedFields } from '../../pool/owned-fields.ts';
import { largestFleet, smallestFleet } from './declarations.ts';
import { blocksOf, reference, synthesise } from './synthesise.ts';

const stacks = synthesise(largestFleet());
const regions = Object.entries(stacks).filter(([name]) => !name.endsWith('-shared'));
const everyBlock = (type: string) => regions.flatMap(([, stack]) => blocksOf(stack, type));
const europe = stacks['build-farm-eu-west-1'];
const america = stacks['build-farm-us-east-1'];

describe('groups', () => {
  const groups = everyBlock('aws_autoscaling_group');

  it('stand for spot, and for on-demand where the pool allows it', () => {
    expect(Object.keys(europe?.resource.aws_autoscaling_group ?? {}).sort()).toEqual([
      'first-name-on-demand',
      'first-name-spot',
      'searched-spot',
      'shared-on-demand',
      'shared-spot',
      'steady-on-demand',
    ]);
    expect(groups).toHaveLength(8);
  });

  it('leave to the scaler what it owns, and nothing else', () => {
    expect(scalerOwnedFields).toEqual(['desiredCapacity', 'overrides', 'spotMaxPrice']);
    for (const { lifecycle, ...group } of groups) {
      expect(lifecycle).toEqual({
        ignore_changes: [
          'desired_capacity',
          'mixed_instances_policy[0].launch_template[0].override',
          'mixed_instances_policy[0].instances_distribution[0].spot_max_price',
        ],
      });
      expect(group).not.toHaveProperty('desired_capacity');
    }
  });

  it('are one market each, at a constant share', () => {
    for (const { name, mixed_instances_policy: policy } of groups) {
      const { spot_max_price: _, ...distribution } = policy.instances_distribution;
      expect(distribution).toEqual({
        on_demand_base_capacity: 0,
        on_demand_percentage_above_base_capacity: name.endsWith('_spot') ? 0 : 100,
        on_demand_allocation_strategy: 'prioritized',
        spot_allocation_strategy: 'price-capacity-optimized',
      });
    }
  });

  it('name a launch template of the right architecture by id in every override', () => {
    const policy =
      europe?.resource.aws_autoscaling_group?.['first-name-spot']?.mixed_instances_policy
        .launch_template;
    expect(policy.override).toEqual([
      {
        instance_type: 'c7g.2xlarge',
        weighted_capacity: '2',
        launch_template_specification: {
          launch_template_id: reference('aws_launch_template.first-name-arm64.id'),
          version: '$Default',
        },
      },
      {
        instance_type: 'm6a.4xlarge',
        weighted_capacity: '4',
        launch_template_specification: {
          launch_template_id: reference('aws_launch_template.first-name-x86_64.id'),
          version: '$Default',
        },
      },
    ]);
  });

  it('keep AWS from ending a worker on its own', () => {
    for (const group of groups) {
      expect(group).toMatchObject({
        protect_from_scale_in: true,
        suspended_processes: ['AZRebalance'],
        capacity_rebalance: false,
        force_delete: true,
        wait_for_capacity_timeout: '0',
      });
    }
  });

  it('keep the minimum in one place only', () => {
    const minimum = (stack: typeof europe) =>
      Object.fromEntries(
        Object.entries(stack?.resource.aws_autoscaling_group ?? {}).map(([address, group]) => [
          address,
          group.min_size,
        ]),
      );
    expect(minimum(europe)).toEqual({
      'first-name-spot': 4,
      'first-name-on-demand': 0,
      'searched-spot': 0,
      'shared-on-demand': 0,
      'shared-spot': 0,
      'steady-on-demand': 1,
    });
    expect(minimum(america)).toEqual({ 'first-name-spot': 0, 'first-name-on-demand': 0 });
  });

  it('carry what the scaler finds them and their launch templates by', () => {
    for (const { tag } of groups) {
      const tags = new Map<string, { value: string; propagate_at_launch: boolean }>(
        tag.map((one: { key: string }) => [one.key, one]),
      );
      expect(tags.size).toBe(tag.length);
      expect(tags.get(tagKeys.fleet)).toMatchObject({ value: 'build-farm' });
      expect(tags.get(tagKeys.pool)).toMatchObject({ propagate_at_launch: true });
      expect(tags.get(tagKeys.market)?.value).toMatch(/^(spot|on-demand)$/);
      const templates = [...tags].filter(([key]) => key.startsWith(tagKeys.launchTemplate));
      expect(templates.length).toBeGreaterThan(0);
      for (const [key, { value, propagate_at_launch }] of templates) {
        const architecture = key.slice(tagKeys.launchTemplate.length);
        expect(value).toMatch(
          new RegExp(`^\\$\\{aws_launch_template\\..*-${architecture}\\.id\\}$`),
        );
        expect(propagate_at_launch).toBe(false);
      }
    }
  });

  it('let a worker finish for as long as the pool allows', () => {
    const hooks = everyBlock('aws_autoscaling_lifecycle_hook');
    expect(hooks).toHaveLength(groups.length);
    const mixed = europe?.resource.aws_autoscaling_lifecycle_hook?.['first-name-spot-drain'];
    expect(mixed).toMatchObject({ heartbeat_timeout: 1800, default_result: 'CONTINUE' });
    const [linux] = smallestFleet().pools;
    const longer = { ...linux, lifecycle: { ...linux?.lifecycle, drain: 86_400 } } as typeof linux;
    const clamped = synthesise({
      ...smallestFleet(),
      pools: [longer as NonNullable<typeof linux>],
    });
    const [hook] = blocksOf(clamped['ci-eu-west-1'], 'aws_autoscaling_lifecycle_hook');
    expect(hook?.heartbeat_timeout).toBe(7200);
  });

  it('keep a pool apart from its name once it has an id', () => {
    const names = groups.map(({ name }) => name);
    expect(names).toContain(groupName('build-farm', 'first-name', 'spot'));
    expect(JSON.stringify(stacks)).not.toMatch(/build-farm.mixed"/);
  });
});
