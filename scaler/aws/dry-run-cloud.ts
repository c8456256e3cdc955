import type { CloudPort, OverridesChange } from '../ports.ts';

/** A call that was not made. */
export type PlannedCall = { readonly region: string } & (
  | ({ readonly call: 'setOverrides' } & OverridesChange)
  | {
      readonly call: 'setDesiredCapacity';
      readonly group: string;
      readonly desiredCapacity: number;
    }
  | { readonly call: 'terminate'; readonly instanceId: string }
);

/** Observes through `cloud`, and only tells what it would do. */
export function dryRunCloud(cloud: CloudPort, tell: (planned: PlannedCall) => void): CloudPort {
  const { region } = cloud;
  return {
    region,
    observe: (signal) => cloud.observe(signal),
    async setOverrides(change) {
      tell({ region, call: 'setOverrides', ...change });
    },
    async setDesiredCapacity(group, desiredCapacity) {
      tell({ region, call: 'setDesiredCapacity', group, desiredCapacity });
    },
    async terminate(instanceId) {
      tell({ region, call: 'terminate', instanceId });
    },
  };
}
