import type { LaunchInstancesResult } from '@aws-sdk/client-auto-scaling';
import type { Seconds, UnixSeconds } from '../pool/units.ts';
import type { SimulatedInstance } from '../sim/instance-host.ts';
import type { CloudAccount } from './account.ts';
import type { CloudGroup } from './group.ts';
import { type InstanceRecord, isListed } from './instance-record.ts';
import { LaunchTemplates } from './launch-templates.ts';
import { RegionMarket } from './region-market.ts';
import { zonesOfRegion } from './zones.ts';

export interface PastLaunch {
  readonly at: UnixSeconds;
  /** What was asked, to be compared. */
  readonly request: string;
  readonly result: LaunchInstancesResult;
}

/** Time between two looks for instances that are listed no more: each looks at all. */
const pruneEvery: Seconds = 60;

/** One region of the account: its market, its groups and its launch templates. */
export class CloudRegion {
  readonly name: string;
  readonly account: CloudAccount;
  readonly zones: readonly string[];
  readonly market: RegionMarket;
  /** By name, in order of creation. */
  readonly groups = new Map<string, CloudGroup>();
  readonly templates: LaunchTemplates;
  /** What LaunchInstances answered, by client token, oldest first. */
  readonly launches = new Map<string, PastLaunch>();
  /** By id, in order of launch. */
  private readonly records = new Map<string, InstanceRecord>();
  private prunedAt = Number.NEGATIVE_INFINITY;

  constructor(name: string, account: CloudAccount) {
    this.name = name;
    this.account = account;
    this.zones = zonesOfRegion(name);
    this.templates = new LaunchTemplates(account);
    this.market = new RegionMarket(name, this.zones, account);
  }

  /** Those that EC2 lists, in order of launch. */
  instances(): ReadonlyMap<string, InstanceRecord> {
    const now = this.account.clock.now();
    if (now - this.prunedAt >= pruneEvery) {
      this.prunedAt = now;
      for (const [id, record] of this.records) if (!isListed(record, now)) this.records.delete(id);
    }
    return this.records;
  }

  /** EC2's part of a launch: what it tells of the instance. */
  launched(instance: SimulatedInstance): void {
    const group = this.groupOf(instance);
    if (group !== undefined) this.records.set(instance.id, group.recordOf(instance));
  }

  /** undefined: it is deleted. */
  groupOf({ owner }: SimulatedInstance): CloudGroup | undefined {
    return this.groups.get(owner.group);
  }
}
