import {
  GetServiceQuotaCommand,
  ListServiceQuotasCommand,
  ServiceQuotasClient,
} from '@aws-sdk/client-service-quotas';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { region } from './fleet-on-cloud.ts';
import { type RunningCloud, startCloud } from './running-cloud.ts';

let running: RunningCloud;
let quotas: ServiceQuotasClient;
beforeEach(async () => {
  running = await startCloud();
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  quotas = new ServiceQuotasClient({ region, endpoint: running.endpoint, credentials });
});
afterEach(async () => {
  quotas.destroy();
  await running.stop();
});

const spot = 'L-34B43A08';
const onDemand = 'L-1216C47A';
const quotaOf = async (QuotaCode: string) => {
  const { Quota } = await quotas.send(
    new GetServiceQuotaCommand({ ServiceCode: 'ec2', QuotaCode }),
  );
  return Quota?.Value;
};
const set = (market: 'spot' | 'on-demand', virtualCpus: number | null, of = region) =>
  running.cloud.act({ action: 'quota', region: of, market, virtualCpus });

it('a quota that is changed shows at once, in its market and region alone', async () => {
  const unlimited = await quotaOf(spot);
  await set('spot', 64);
  await set('on-demand', 32);
  await set('spot', 8, 'us-east-1');
  expect([await quotaOf(spot), await quotaOf(onDemand)]).toEqual([64, 32]);
  const { Quotas = [] } = await quotas.send(new ListServiceQuotasCommand({ ServiceCode: 'ec2' }));
  expect(Quotas.map(({ QuotaCode, Value }) => [QuotaCode, Value])).toEqual([
    [spot, 64],
    [onDemand, 32],
  ]);
  await set('spot', null);
  expect(await quotaOf(spot)).toBe(unlimited);
});

it('a saved cloud has its quotas again', async () => {
  await set('spot', 64);
  const journal = await running.cloud.save();
  running.cloud.reset();
  expect(await quotaOf(spot)).not.toBe(64);
  await running.cloud.load(journal);
  expect(await quotaOf(spot)).toBe(64);
});
