import { accountId } from '../account.ts';
import { identityDocument } from '../identity/identity-document.ts';
import { type InstanceRecord, metadataOptions } from '../instance-record.ts';
import { secondsText } from '../seconds-text.ts';
import { zoneId } from '../zones.ts';

/**
 * What an instance can read of itself at once, by path under `latest/`. Paths: "Instance metadata
 * categories" in the EC2 user guide.
 */
export function metadataItems(record: InstanceRecord): ReadonlyMap<string, string> {
  const { instance, privateIp, subnetId, tags, version } = record;
  const { instanceType, zone, region, market } = instance.offering;
  const hostname = `ip-${privateIp.replaceAll('.', '-')}.${region}.compute.internal`;
  const mac = macOf(privateIp);
  const network = `network/interfaces/macs/${mac}`;
  const groups = version.data.SecurityGroupIds ?? [];
  const data: Record<string, string> = {
    'ami-id': record.imageId,
    'ami-launch-index': '0',
    'ami-manifest-path': '(unknown)',
    'autoscaling/target-lifecycle-state': targetState(record),
    'block-device-mapping/ami': '/dev/xvda',
    'block-device-mapping/root': '/dev/xvda',
    'events/maintenance/history': '[]',
    'events/maintenance/scheduled': '[]',
    hostname,
    'instance-action': 'none',
    'instance-id': instance.id,
    'instance-life-cycle': market,
    'instance-type': instanceType,
    'local-hostname': hostname,
    'local-ipv4': privateIp,
    mac,
    [`${network}/device-number`]: '0',
    [`${network}/local-hostname`]: hostname,
    [`${network}/local-ipv4s`]: privateIp,
    [`${network}/mac`]: mac,
    [`${network}/owner-id`]: accountId,
    'placement/availability-zone': zone,
    'placement/availability-zone-id': zoneId(zone),
    'placement/region': region,
    profile: 'default-hvm',
    'reservation-id': `r-${instance.id.slice(2)}`,
    'services/domain': 'amazonaws.com',
    'services/partition': 'aws',
    system: 'nitro',
    ...interruption(record),
  };
  if (subnetId !== undefined) data[`${network}/subnet-id`] = subnetId;
  if (groups.length > 0) data[`${network}/security-group-ids`] = groups.join('\n');
  if (metadataOptions(record).tags) {
    for (const [key, value] of tags) data[`tags/instance/${key}`] = value;
  }
  const items = new Map(Object.entries(data).map(([path, value]) => [`meta-data/${path}`, value]));
  items.set('dynamic/fws/instance-monitoring', 'disabled');
  items.set('dynamic/instance-identity/document', identityDocument(record));
  return items;
}

/** "Retrieve instance user data" in the EC2 user guide; null: it has none. */
export function userData({ version: { data } }: InstanceRecord): Buffer | null {
  return data.UserData ? Buffer.from(data.UserData, 'base64') : null;
}

/** "Retrieve the target lifecycle state through instance metadata" in the Auto Scaling user guide. */
function targetState({ instance }: InstanceRecord): string {
  return instance.lifecycleState.startsWith('Terminat') ? 'Terminated' : 'InService';
}

/** "Spot Instance interruption notices" and "EC2 instance rebalance recommendations" in the EC2 user guide. */
function interruption({ instance, noticeSeconds }: InstanceRecord): Record<string, string> {
  const { noticedAt, rebalanceRecommendedAt } = instance;
  const items: Record<string, string> = {};
  if (noticedAt !== null) {
    const time = secondsText(noticedAt + noticeSeconds);
    items['spot/instance-action'] = JSON.stringify({ action: 'terminate', time });
    items['spot/termination-time'] = time;
  }
  if (rebalanceRecommendedAt !== null) {
    const noticeTime = secondsText(rebalanceRecommendedAt);
    items['events/recommendations/rebalance'] = JSON.stringify({ noticeTime });
  }
  return items;
}

/** Locally administered, one for each address. */
function macOf(address: string): string {
  const bytes = address.split('.').map((part) => Number(part).toString(16).padStart(2, '0'));
  return `02:00:${bytes.join(':')}`;
}
