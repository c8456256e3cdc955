import { validationError } from './protocol/aws-error.ts';
import { elementText, type Upstream } from './upstream.ts';

/** Where subnets are: what only the network's own service knows. */
export interface SubnetDirectory {
  /**
   * The zone of each of a region's subnets, in their order.
   * @throws AwsError if one does not exist
   */
  zonesOf(region: string, subnetIds: readonly string[]): Promise<readonly string[]>;
}

/** Without a network service any subnet exists: the first is in the first zone, and so on. */
export function zoneByOrder(zonesOfRegion: (region: string) => readonly string[]): SubnetDirectory {
  return {
    async zonesOf(region, subnetIds) {
      const zones = zonesOfRegion(region);
      return subnetIds.map((_, index) => zones[index % zones.length]!);
    },
  };
}

/** Remembers what another directory said, so that a saved cloud can be loaded without it. */
export class RememberedSubnets implements SubnetDirectory {
  private readonly known: Map<string, string>;
  private readonly directory: SubnetDirectory;

  /** `known`: zones by subnet id. */
  constructor(directory: SubnetDirectory, known: Readonly<Record<string, string>> = {}) {
    this.directory = directory;
    this.known = new Map(Object.entries(known));
  }

  async zonesOf(region: string, subnetIds: readonly string[]): Promise<readonly string[]> {
    if (subnetIds.some((id) => !this.known.has(id))) {
      const zones = await this.directory.zonesOf(region, subnetIds);
      for (const [index, id] of subnetIds.entries()) this.known.set(id, zones[index]!);
    }
    return subnetIds.map((id) => this.known.get(id)!);
  }

  toJSON(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.known);
  }
}

/** Asks EC2 of the upstream, which has the network. */
export function subnetsOf(upstream: Upstream): SubnetDirectory {
  return {
    async zonesOf(region, subnetIds) {
      const ids = Object.fromEntries(subnetIds.map((id, index) => [`SubnetId.${index + 1}`, id]));
      const call = { Action: 'DescribeSubnets', Version: '2016-11-15', ...ids };
      const answer = await upstream.query(region, 'ec2', call);
      const { status } = answer;
      const zones = zonesIn(answer.body.toString());
      const missing = subnetIds.find((id) => !zones.has(id));
      if (status === 200 && missing === undefined) return subnetIds.map((id) => zones.get(id)!);
      const why = elementText(answer, 'Message');
      throw validationError(why ?? `The subnet ID '${missing}' does not exist`);
    },
  };
}

/** Each subnet of the answer has one of either. */
function zonesIn(answer: string): ReadonlyMap<string, string> {
  const zones = new Map<string, string>();
  let id: string | null = null;
  let zone: string | null = null;
  for (const [, tag, value = ''] of answer.matchAll(/<(subnetId|availabilityZone)>([^<]*)</g)) {
    if (tag === 'subnetId') id = value;
    else zone = value;
    if (id === null || zone === null) continue;
    zones.set(id, zone);
    id = null;
    zone = null;
  }
  return zones;
}
