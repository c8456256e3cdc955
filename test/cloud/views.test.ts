/** What a person sees of the cloud: the page, and the same as JSON. */
import { SetDesiredCapacityCommand } from '@aws-sdk/client-auto-scaling';
import { DescribeSpotPriceHistoryCommand } from '@aws-sdk/client-ec2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CloudSession, ofGroup, openSession } from './cloud-session.ts';
import { describeGroup } from './fleet-on-cloud.ts';

let session: CloudSession;
let name: string;

beforeEach(async () => {
  session = await openSession();
  name = await session.groupOf(1);
  const quota = { action: 'quota', region: 'eu-west-1', market: 'spot', virtualCpus: 64 } as const;
  await session.running.cloud.act(quota);
  for (const zone of ['eu-west-1a', 'eu-west-1b']) {
    const offering = { zone, instanceType: 'c6i.large', market: 'spot' } as const;
    await session.running.cloud.act({ action: 'capacity', ...offering, available: false });
  }
  await session.send(new SetDesiredCapacityCommand({ ...ofGroup(name), DesiredCapacity: 2 }));
  await session.running.cloud.step(20);
});
afterEach(() => session.stop());

const get = async (accept: string) =>
  (await fetch(session.running.endpoint, { headers: { accept } })).text();
const spotPrice = async (zone: string) => {
  const { SpotPriceHistory = [] } = await session.clients.ec2.send(
    new DescribeSpotPriceHistoryCommand({
      InstanceTypes: ['c6i.large'],
      AvailabilityZone: zone,
      StartTime: session.running.cloud.account.now(),
    }),
  );
  return Number(SpotPriceHistory[0]!.SpotPrice);
};

describe('GET /', () => {
  it('is JSON of groups, instances, activities and the market for who asks for that', async () => {
    const [instance] = (await describeGroup(session.clients, name)).Instances ?? [];
    const { regions } = JSON.parse(await get('application/json'));
    expect(regions).toHaveLength(1);
    const [{ groups, instances, market, quotas }] = regions;
    expect(groups).toMatchObject([{ name, market: 'spot', desiredCapacity: 2 }]);
    expect(groups[0].activities).toContainEqual(
      expect.objectContaining({ kind: 'launch', status: 'Failed' }),
    );
    expect(instances).toMatchObject([{ instanceId: instance!.InstanceId, group: name }]);
    const shown = { instanceType: 'c6i.large', market: 'spot', available: false };
    const runs = (zone: string) => (zone === instance!.AvailabilityZone ? 1 : 0);
    expect(market).toHaveLength(2);
    for (const zone of ['eu-west-1a', 'eu-west-1b']) {
      const offering = market.find((each: { zone: string }) => each.zone === zone);
      expect(offering).toMatchObject({ ...shown, running: runs(zone) });
      expect(offering.usdPerHour).toBeCloseTo(await spotPrice(zone), 5);
    }
    expect(quotas).toContainEqual({ market: 'spot', virtualCpus: 64, usedVirtualCpus: 2 });
  });

  it('is a page of the same for a browser', async () => {
    const [instance] = (await describeGroup(session.clients, name)).Instances ?? [];
    const html = await get('text/html,application/xhtml+xml,*/*;q=0.8');
    expect(html).toContain(`<td>${name}</td>`);
    expect(html).toContain(`<td>${instance!.InstanceId}</td>`);
    expect(html).toContain('InsufficientInstanceCapacity');
    expect(html).toContain(`<td class="number">${(await spotPrice('eu-west-1a')).toFixed(4)}</td>`);
    expect(html).toContain('<td class="bad">none</td>');
    expect(html).toContain('2 of 64 spot vCPUs are used.');
  });
});
