import type { InstanceHost, SimulatedInstance } from '../sim/instance-host.ts';

/**
 * The account's host, as one group sees it: what it launches is told to the group at once, since an
 * instance by itself does not say whose it is.
 */
export function hostOfGroup(
  host: InstanceHost,
  launched: (instance: SimulatedInstance) => void,
): InstanceHost {
  const seen = Object.create(host) as InstanceHost;
  seen.launch = (order, owner) => {
    const instance = host.launch(order, owner);
    launched(instance);
    return instance;
  };
  return seen;
}
