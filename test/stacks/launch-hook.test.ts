import { describe, expect, it } from 'vitest';
import { parseFleet } from '../../pool/load.ts';
import { smallest } from './declarations.ts';
import { blocksOf, environmentOf, reference, synthesise, userDataOf } from './synthesise.ts';

const held = smallest.replace('market: spot', 'market: spot\n    lifecycle: { launchHook: 10m }');
const stackOf = (text: string) => synthesise(parseFleet(text, 'f'))['ci-eu-west-1'];
const launchHooks = (text: string) =>
  blocksOf(stackOf(text), 'aws_autoscaling_lifecycle_hook').filter(
    ({ lifecycle_transition }) => lifecycle_transition === 'autoscaling:EC2_INSTANCE_LAUNCHING',
  );

describe('the launch hook', () => {
  it('gives up what is not completed in time, in each group', () => {
    expect(launchHooks(held)).toEqual(
      ['linux-on-demand', 'linux-spot'].map((group) => ({
        name: 'muster-launch',
        autoscaling_group_name: reference(`aws_autoscaling_group.${group}.name`),
        lifecycle_transition: 'autoscaling:EC2_INSTANCE_LAUNCHING',
        heartbeat_timeout: 600,
        default_result: 'ABANDON',
      })),
    );
  });

  it('is named to the worker', () => {
    const settings = blocksOf(stackOf(held), 'aws_launch_template').map((template) =>
      environmentOf(userDataOf(template)),
    );
    expect(settings.flat()).toContain('MUSTER_LAUNCH_HOOK="muster-launch"');
  });

  it('delays no launch unless it is declared', () => {
    expect(launchHooks(smallest)).toEqual([]);
    const plain = blocksOf(stackOf(smallest), 'aws_launch_template').map(userDataOf).join();
    expect(plain).not.toContain('MUSTER_LAUNCH_HOOK');
  });
});
