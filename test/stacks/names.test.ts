import { describe, expect, it } from 'vitest';
import { fleetOf, largestFleet } from './declarations.ts';
import { blocksOf, synthesise } from './synthesise.ts';

/** From the reference of each service. */
const longest: Readonly<Record<string, number>> = {
  aws_autoscaling_group: 255,
  aws_launch_template: 128,
  aws_security_group: 255,
  aws_cloudwatch_log_group: 512,
  aws_iam_role: 64,
  aws_iam_instance_profile: 128,
  aws_iam_policy: 128,
  aws_sns_topic: 256,
};

describe('names', () => {
  it('fit their service and stay apart when everything is as long as allowed', () => {
    const common = 'p'.repeat(38);
    const fleet = { ...fleetOf(3, (index) => `${common}-${index}`), name: 'f'.repeat(40) };
    const stacks = Object.values(synthesise(fleet));
    for (const [type, limit] of Object.entries(longest)) {
      const names = stacks.flatMap((stack) => blocksOf(stack, type).map(({ name }) => name));
      expect(names.length, type).toBeGreaterThan(0);
      expect(new Set(names).size, type).toBe(names.length);
      for (const name of names) expect(name.length, `${type} ${name}`).toBeLessThanOrEqual(limit);
    }
  });

  it('of the profile are the same in the shared stack and in each region', () => {
    const stacks = synthesise(largestFleet());
    const profiles = blocksOf(stacks['build-farm-shared'], 'aws_iam_instance_profile');
    const known = new Set(profiles.map(({ name }) => name));
    const used = Object.values(stacks).flatMap((stack) =>
      blocksOf(stack, 'aws_launch_template').map((block) => block.iam_instance_profile.name),
    );
    expect(used.length).toBeGreaterThan(0);
    for (const name of used) expect(known).toContain(name);
  });
});
