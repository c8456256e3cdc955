import type { Seconds, UnixSeconds } from '../pool/units.ts';
import type { InstanceState, SimulatedInstance } from '../sim/instance-host.ts';
import type { LaunchTemplateRecord, TemplateVersion } from './launch-templates.ts';

/** An instance on the simulated cloud, and what its group launched it from. */
export interface InstanceRecord {
  readonly instance: SimulatedInstance;
  readonly group: string;
  readonly template: LaunchTemplateRecord;
  readonly version: TemplateVersion;
  readonly imageId: string;
  readonly subnetId: string | undefined;
  readonly privateIp: string;
  readonly tags: Map<string, string>;
  /** From an interruption's notice to the end. */
  readonly noticeSeconds: Seconds;
  /** Of a spot instance. */
  readonly spotRequestId: string | null;
}

/** How an instance's metadata may be read. */
export interface MetadataOptions {
  readonly enabled: boolean;
  /** Whether version 1, without a token, is refused. */
  readonly tokenRequired: boolean;
  /** Network hops that a token may travel. */
  readonly hopLimit: number;
  /** Whether the instance can read its tags. */
  readonly tags: boolean;
}

/** Defaults: "LaunchTemplateInstanceMetadataOptionsRequest" in the EC2 API reference. */
export function metadataOptions({ version: { data } }: InstanceRecord): MetadataOptions {
  const { HttpEndpoint, HttpTokens, HttpPutResponseHopLimit, InstanceMetadataTags } =
    data.MetadataOptions ?? {};
  return {
    enabled: HttpEndpoint !== 'disabled',
    tokenRequired: HttpTokens === 'required',
    hopLimit: HttpPutResponseHopLimit ?? 1,
    tags: InstanceMetadataTags === 'enabled',
  };
}

/** Ended instances are listed for about an hour ("TerminateInstances" in the EC2 API reference). */
export const listedAfterEnd: Seconds = 3600;

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
