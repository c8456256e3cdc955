import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Launch } from '../../scaler/ports.ts';
import { openRegion, type RegionOnFake } from './region-on-fake.ts';
import { never, region } from './samples.ts';

let of: RegionOnFake;
beforeEach(async () => {
  of = await openRegion();
});
afterEach(() => of.close());

describe('launch', () => {
  const launch = (change: Partial<Launch> = {}): Launch => ({
    group: of.aws.groups[0]?.name ?? '',
    zone: 'eu-west-1a',
    slots: 5,
    token: '1700000000-7-0',
    ...change,
  });

  it('answers with the slots that started, by the weight of each type', async () => {
    const group = of.aws.addGroup();
    await of.cloud.observe(never);
    of.aws.capacity.set('c6i.xlarge eu-west-1a', 1).set('c7g.2xlarge eu-west-1a', 10);
    expect(await of.cloud.launch(launch(), never)).toBe(5);
    expect(group.instances.map(({ type, zone }) => [type, zone])).toEqual([
      ['c6i.xlarge', 'eu-west-1a'],
      ['c7g.2xlarge', 'eu-west-1a'],
      ['c7g.2xlarge', 'eu-west-1a'],
    ]);
    const [seen] = (await of.cloud.observe(never)).groups;
    expect(seen?.desiredCapacity).toBe(5);
    expect(seen?.workers.map(({ weight }) => weight)).toEqual([1, 2, 2]);
  });

  it('starts nothing more when repeated, and may use a token for another group too', async () => {
    const group = of.aws.addGroup();
    const other = of.aws.addGroup({ pool: 'other' });
    await of.cloud.observe(never);
    of.aws.capacity.set('c6i.xlarge eu-west-1a', 100);
    expect(await of.cloud.launch(launch(), never)).toBe(5);
    expect(await of.cloud.launch(launch(), never)).toBe(5);
    expect(group.instances).toHaveLength(5);
    expect(await of.cloud.launch(launch({ group: other.name, slots: 2 }), never)).toBe(2);
    expect(other.instances).toHaveLength(2);
  });

  it('tells what could not start at the next observation, once, by type and zone', async () => {
    of.aws.addGroup();
    of.aws.errors.set('c7g.2xlarge eu-west-1b', {
      code: 'VcpuLimitExceeded',
      message: 'You have requested more vCPU capacity than your current vCPU limit',
    });
    await of.cloud.observe(never);
    expect(await of.cloud.launch(launch({ zone: 'eu-west-1b' }), never)).toBe(0);
    const place = { at: of.clock.now(), region, market: 'spot', zone: 'eu-west-1b' };
    expect(await of.launchFailures()).toEqual([
      { ...place, instanceType: 'c6i.xlarge', cause: 'no-capacity' },
      { ...place, instanceType: 'c7g.2xlarge', cause: 'quota' },
    ]);
    expect(await of.launchFailures()).toEqual([]);
    expect(of.failures).toEqual([]);
  });

  it('keeps what could not start while observing fails', async () => {
    of.aws.addGroup();
    await of.cloud.observe(never);
    await of.cloud.launch(launch(), never);
    of.aws.failing.set('DescribeInstances', 'UnauthorizedOperation');
    await expect(of.cloud.observe(never)).rejects.toMatchObject({ kind: 'refused' });
    of.aws.failing.clear();
    expect(await of.launchFailures()).toHaveLength(2);
  });

  it('tells a person of a failure that no other offering helps against', async () => {
    const { name } = of.aws.addGroup();
    for (const type of ['c6i.xlarge', 'c7g.2xlarge']) {
      of.aws.errors.set(`${type} eu-west-1a`, { code: 'InvalidAMIID.NotFound', message: 'ami-1' });
    }
    await of.cloud.observe(never);
    await of.cloud.launch(launch(), never);
    expect(await of.launchFailures()).toEqual([]);
    expect(of.failures).toEqual([
      `launching instances of group ${name}: InvalidAMIID.NotFound - ami-1`,
    ]);
  });

  it.each(['InvalidAction', 'ValidationError', 'IdempotentParameterMismatch', 'AccessDenied'])(
    'is refused, as a CloudError, where the API answers %s',
    async (code) => {
      of.aws.addGroup();
      await of.cloud.observe(never);
      of.aws.failing.set('LaunchInstances', code);
      await expect(of.cloud.launch(launch(), never)).rejects.toMatchObject({
        name: 'CloudError',
        kind: 'refused',
        code: expect.stringContaining(code),
      });
      expect(of.asked('LaunchInstances')).toBe(1);
    },
  );
});
