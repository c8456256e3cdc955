import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openRegion, type RegionOnFake } from './region-on-fake.ts';
import { never } from './samples.ts';

let of: RegionOnFake;
beforeEach(async () => {
  of = await openRegion();
});
afterEach(() => of.close());

describe('what else a group tells', () => {
  it('finds workers of an older template version, by a call each five minutes', async () => {
    const group = of.aws.addGroup({ desired: 2 });
    const place = { type: 'c6i.xlarge', zone: 'eu-west-1a', weight: 1 };
    group.instances.push({ ...place, id: 'i-1', version: '1' });
    group.instances.push({ ...place, id: 'i-2', version: '2' });
    const outdated = async () =>
      (await of.cloud.observe(never)).groups[0]?.workers
        .filter((worker) => worker.outdated)
        .map(({ instanceId }) => instanceId);
    of.aws.templates.set('lt-x86', { defaultVersion: 1 });
    expect(await outdated()).toEqual(['i-2']);
    of.aws.templates.set('lt-x86', { defaultVersion: 2 });
    of.clock.advance(299);
    expect(await outdated()).toEqual(['i-2']);
    of.clock.advance(1);
    expect(await outdated()).toEqual(['i-1']);
    expect(of.asked('DescribeLaunchTemplates')).toBe(2);
    of.aws.failing.set('DescribeLaunchTemplates', 'UnauthorizedOperation');
    of.clock.advance(300);
    expect(await outdated()).toEqual(['i-1']);
    expect(of.failures).toHaveLength(1);
  });

  it('takes nothing for outdated while the versions are not known', async () => {
    const group = of.aws.addGroup({ desired: 1 });
    group.instances.push({
      id: 'i-1',
      type: 'c6i.xlarge',
      zone: 'eu-west-1a',
      weight: 1,
      version: '1',
    });
    of.aws.failing.set('DescribeLaunchTemplates', 'UnauthorizedOperation');
    expect((await of.cloud.observe(never)).groups[0]?.workers[0]?.outdated).toBe(false);
  });

  it('tells that ending is suspended, and the topic of the pool', async () => {
    const topic = 'arn:aws:sns:eu-west-1:111122223333:ci_linux_notices';
    of.aws.addGroup({ suspended: ['Terminate'], topic });
    of.aws.addGroup({ pool: 'other' });
    expect(of.cloud.noticeTopic('linux')).toBeNull();
    const { groups } = await of.cloud.observe(never);
    expect(groups.map(({ terminateSuspended }) => terminateSuspended)).toEqual([true, false]);
    expect(of.cloud.noticeTopic('linux')).toBe(topic);
    expect(of.cloud.noticeTopic('other')).toBeNull();
  });
});
