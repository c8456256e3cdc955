/** The contract of the scaler's ports: its AWS adapter, over the wire, on the simulated cloud. */
import { PutLifecycleHookCommand } from '@aws-sdk/client-auto-scaling';
import { onDemandPrice } from '../../pool/catalogue.ts';
import { drainHookName } from '../../pool/names.ts';
import { AutoScalingCloud } from '../../scaler/aws/auto-scaling-cloud.ts';
import { Prices } from '../../scaler/aws/prices.ts';
import type { Clock } from '../../scaler/ports.ts';
import { describeCloud } from '../contract/cloud-contract.ts';
import { type ContractWorld, fleet, limits, one, zones } from '../contract/contract-world.ts';
import { ofGroup, openSession } from './cloud-session.ts';
import { makeSpotGroup } from './fleet-on-cloud.ts';

async function open(): Promise<ContractWorld> {
  const session = await openSession();
  const { running, clients, templateId, send } = session;
  // The adapter makes its own clients; they find the cloud by this.
  process.env.AWS_ENDPOINT_URL = running.endpoint;
  const change = {
    MinSize: limits.min,
    MaxSize: limits.max,
    AvailabilityZones: [...zones],
  };
  const name = await makeSpotGroup(clients, templateId, change, { [one.instanceType]: one.weight });
  await send(
    new PutLifecycleHookCommand({
      ...ofGroup(name),
      LifecycleHookName: drainHookName,
      LifecycleTransition: 'autoscaling:EC2_INSTANCE_TERMINATING',
      HeartbeatTimeout: 900,
      DefaultResult: 'CONTINUE',
    }),
  );
  const clock: Clock = {
    now: () => running.cloud.account.clock.now(),
    sleep: () => Promise.reject(new Error('no adapter sleeps by the clock')),
  };
  const [home] = fleet.regions;
  const cloud = new AutoScalingCloud(fleet, home!, clock, () => {});
  const prices = new Prices({
    fleet,
    clock,
    zonesOf: () => cloud.zones(),
    catalogue: onDemandPrice,
    spotAdvisor: null,
    onFailure: () => {},
  });
  return {
    cloud,
    prices,
    async settle() {
      await running.cloud.step(15);
    },
    async exhaust(instanceType) {
      for (const zone of zones) {
        const offering = { zone, instanceType, market: 'spot' } as const;
        await running.cloud.act({ action: 'capacity', ...offering, available: false });
      }
    },
    async throttle() {
      running.cloud.faults.add({ kind: 'throttle', operation: 'SetDesiredCapacity', share: 1 });
    },
    async stop() {
      prices.close();
      delete process.env.AWS_ENDPOINT_URL;
      await session.stop();
    },
  };
}

describeCloud('the AWS adapter on the simulated cloud', open);
