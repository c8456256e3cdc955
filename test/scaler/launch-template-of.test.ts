import type { AutoScalingGroup } from '@aws-sdk/client-auto-scaling';
import { describe, expect, it } from 'vitest';
import { tagKeys } from '../../pool/names.ts';
import { launchTemplateOf } from '../../scaler/aws/launch-template-of.ts';

const tagged = (value: string): AutoScalingGroup => ({
  AutoScalingGroupName: 'ci_linux_spot',
  MinSize: 0,
  MaxSize: 10,
  DesiredCapacity: 0,
  DefaultCooldown: 300,
  AvailabilityZones: ['eu-west-1a'],
  HealthCheckType: 'EC2',
  CreatedTime: new Date(0),
  Tags: [{ Key: `${tagKeys.launchTemplate}x86_64`, Value: value }],
});

describe('the launch template of a group', () => {
  it('is of the default version unless the tag names one', () => {
    expect(launchTemplateOf(tagged('lt-0a1b2c3d'), 'x86_64')).toEqual({
      LaunchTemplateId: 'lt-0a1b2c3d',
      Version: '$Default',
    });
    expect(launchTemplateOf(tagged('lt-0a1b2c3d:7'), 'x86_64')).toEqual({
      LaunchTemplateId: 'lt-0a1b2c3d',
      Version: '7',
    });
  });

  it('is unknown without a tag for the architecture', () => {
    expect(launchTemplateOf(tagged('lt-0a1b2c3d'), 'arm64')).toBeNull();
  });
});
