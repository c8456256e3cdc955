import { defaultParameters, type SimulationParameters } from '../sim/parameters.ts';

/**
 * A cloud on which nothing fails unless it is told to: each offering can be had, EC2 takes nothing
 * back, every instance boots. Prices move as ever.
 */
export const steadyParameters: SimulationParameters = {
  ...defaultParameters,
  boot: { ...defaultParameters.boot, failureShare: 0 },
  capacity: {
    spot: { ...defaultParameters.capacity.spot, meanMissing: 0 },
    onDemand: { ...defaultParameters.capacity.onDemand, meanMissing: 0 },
    depth: { from: 100_000, to: 100_000 },
  },
  interruptions: { ...defaultParameters.interruptions, multiplier: 0 },
};
