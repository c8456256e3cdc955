import { defaultParameters } from '../../sim/parameters.ts';
import { createSimulation } from '../../sim/simulation.ts';
import { certain, flatPrices, start } from '../sim/small-world.ts';
import { describeCloud } from './cloud-contract.ts';
import { type ContractWorld, fleet, group, never, one, zones } from './contract-world.ts';

/** Describing lags as it does by default. */
const parameters = {
  ...certain,
  group: defaultParameters.group,
  api: { burst: 100, perSecond: 100 },
};

async function open(): Promise<ContractWorld> {
  const arrivals = new Map<string, never>();
  const simulation = createSimulation({
    fleet,
    seed: 1,
    start,
    arrivals,
    parameters,
    prices: flatPrices,
  });
  const { clock, clouds, prices } = simulation;
  const cloud = clouds[0]!;
  const settle = () => clock.run(clock.now() + 15, never);
  cloud.group(group)!.setOverrides([one], null);
  await settle();
  return {
    cloud,
    prices,
    settle,
    async exhaust(instanceType) {
      for (const zone of zones) prices.find(zone, instanceType, 'spot')!.available = false;
    },
    async throttle() {
      for (let calls = 0; calls < parameters.api.burst; calls++) {
        await cloud.observe().catch(() => {});
      }
    },
    async stop() {},
  };
}

describeCloud('the simulated cloud', open);
