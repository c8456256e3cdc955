import type { SimulatedInstance } from '../../sim/instance-host.ts';
import type { CloudGroup } from '../group.ts';
import { AwsError, validationError } from '../protocol/aws-error.ts';
import type { CloudRegion } from '../region.ts';

/** @throws AwsError */
export function findGroup({ groups }: CloudRegion, name: string): CloudGroup {
  const group = groups.get(name);
  if (group !== undefined) return group;
  throw validationError(`AutoScalingGroup name not found - AutoScalingGroup '${name}' not found`);
}

/** @throws AwsError */
export function findInstance(
  region: CloudRegion,
  instanceId: string,
): { readonly group: CloudGroup; readonly instance: SimulatedInstance } {
  const record = region.instances().get(instanceId);
  const group = record && region.groups.get(record.group);
  const instance = group?.simulated.find(instanceId);
  if (group !== undefined && instance !== undefined) return { group, instance };
  throw validationError(
    `Instance Id not found - No managed instance found for instance ID: ${instanceId}`,
  );
}

export function invalidToken(): AwsError {
  return new AwsError('InvalidNextToken', 'The token is not valid');
}
