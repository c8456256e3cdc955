import type { ScalingProcessQuery } from '@aws-sdk/client-auto-scaling';
import type { ScalingProcess } from '../../sim/group-declaration.ts';
import type { OtherProcess } from '../group.ts';
import { nothing } from '../operation.ts';
import { validationError } from '../protocol/aws-error.ts';
import type { CloudRegion } from '../region.ts';
import { findGroup } from './find.ts';

const simulated: readonly ScalingProcess[] = [
  'Launch',
  'Terminate',
  'HealthCheck',
  'ReplaceUnhealthy',
  'AZRebalance',
];
const others: readonly OtherProcess[] = [
  'AddToLoadBalancer',
  'AlarmNotification',
  'InstanceRefresh',
  'ScheduledActions',
];

export const processOperations = {
  SuspendProcesses(region: CloudRegion, input: ScalingProcessQuery) {
    const group = findGroup(region, input.AutoScalingGroupName!);
    const wanted = processesOf(input);
    group.simulated.suspend(wanted.simulated);
    for (const process of wanted.others) group.otherSuspended.add(process);
    return nothing;
  },

  ResumeProcesses(region: CloudRegion, input: ScalingProcessQuery) {
    const group = findGroup(region, input.AutoScalingGroupName!);
    const wanted = processesOf(input);
    group.simulated.resume(wanted.simulated);
    for (const process of wanted.others) group.otherSuspended.delete(process);
    return nothing;
  },
};

/** None named means all. */
function processesOf({ ScalingProcesses: names = [] }: ScalingProcessQuery) {
  const known = new Set<string>([...simulated, ...others]);
  const unknown = names.find((name) => !known.has(name));
  if (unknown !== undefined) {
    throw validationError(`Invalid process type: ${unknown}; allowed are ${[...known].join(', ')}`);
  }
  const isWanted = (process: string) => names.length === 0 || names.includes(process);
  return { simulated: simulated.filter(isWanted), others: others.filter(isWanted) };
}
