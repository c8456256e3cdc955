import type { CloudPort, Launch, OverridesChange } from '../ports.ts';

/** A call that was not made. */
export type PlannedCall = { readonly region: string } & (
  | ({ readonly call: 'setOverrides' } & OverridesChange)
  | {
      readonly call: 'setDesiredCapacity';
      readonly group: string;
      readonly desiredCapacity: number;
    }
  | ({ readonly call: 'launch' } & Launch)
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
    /** As if all of it started, so that the same slots are not told of twice. */
    async launch(launch) {
      tell({ region, call: 'launch', ...launch });
      return launch.slots;
    },
    async terminate(instanceId) {
      tell({ region, call: 'terminate', instanceId });
    },
  };
}
