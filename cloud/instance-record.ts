import type { Seconds, UnixSeconds } from '../pool/units.ts';
import type { InstanceState, SimulatedInstance } from '../sim/instance-host.ts';

/** An instance on the simulated cloud, and what its group launched it from. */
export interface InstanceRecord {
  readonly instance: SimulatedInstance;
  readonly group: string;
  readonly template: { readonly id: string; readonly name: string; readonly version: number };
  readonly imageId: string;
  readonly subnetId: string | undefined;
  readonly privateIp: string;
  readonly tags: Map<string, string>;
  /** Whether the instance can read its tags. */
  readonly metadataTags: boolean;
  /** From an interruption's notice to the end. */
  readonly noticeSeconds: Seconds;
  /** Of a spot instance. */
  readonly spotRequestId: string | null;
}

/** Ended instances are listed for about an hour (EC2 user guide, "Terminate instances"). */
const listedAfterEnd: Seconds = 3600;

export const stateCodes: Readonly<Record<InstanceState, number>> = {
  pending: 0,
  running: 16,
  'shutting-down': 32,
  terminated: 48,
};

/** Whether EC2 still lists it. */
export function isListed({ instance: { endedAt } }: InstanceRecord, now: UnixSeconds): boolean {
  return endedAt === null || now - endedAt <= listedAfterEnd;
}
