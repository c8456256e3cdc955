import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { findInstanceType } from '../pool/catalogue.ts';
import { accountId, dateOf } from './account.ts';
import type { Cloud } from './cloud.ts';
import type { InstanceRecord } from './instance-record.ts';
import { zoneId } from './zones.ts';

/** A token lives from one second to six hours ("Use IMDSv2" in the EC2 user guide). */
const longestTokenSeconds = 21_600;

interface Token {
  readonly instanceId: string;
  /** By the cloud's clock, in seconds since 1970. */
  readonly expiresAt: number;
}

/**
 * The instance metadata service, version 2 alone, under `/_muster/metadata/INSTANCE-ID/`: what an instance
 * sees at 169.254.169.254. Paths: "Instance metadata categories" in the EC2 user guide.
 */
export function addMetadata(server: FastifyInstance, cloud: Cloud): void {
  const tokens = new Map<string, Token>();
  const base = '/_muster/metadata/:instanceId/latest';

  server.put(`${base}/api/token`, async (request, reply) => {
    await cloud.catchUp();
    const { instanceId } = request.params as { instanceId: string };
    const seconds = Number(request.headers['x-aws-ec2-metadata-token-ttl-seconds']);
    const ok = Number.isInteger(seconds) && seconds >= 1 && seconds <= longestTokenSeconds;
    if (!ok) return reply.code(400).type('text/plain').send('Bad Request');
    if (runningRecord(cloud, instanceId) === null) return notFound(reply);
    const now = cloud.account.clock.now();
    for (const [known, { expiresAt }] of tokens) if (expiresAt <= now) tokens.delete(known);
    const token = Buffer.from(`${instanceId} ${tokens.size} ${now}`).toString('base64url');
    tokens.set(token, { instanceId, expiresAt: now + seconds });
    reply.header('x-aws-ec2-metadata-token-ttl-seconds', String(seconds));
    return reply.type('text/plain').send(token);
  });

  server.get(`${base}/*`, async (request, reply) => {
    await cloud.catchUp();
    const { instanceId, '*': path } = request.params as { instanceId: string; '*': string };
    if (!isAllowed(request, tokens, instanceId, cloud.account.clock.now())) {
      return reply.code(401).type('text/plain').send('Unauthorized');
    }
    const record = runningRecord(cloud, instanceId);
    const text = record === null ? null : itemOf(record, path.replace(/\/$/, ''));
    return text === null ? notFound(reply) : reply.type('text/plain').send(text);
  });
}

function isAllowed(
  request: FastifyRequest,
  tokens: ReadonlyMap<string, Token>,
  instanceId: string,
  now: number,
): boolean {
  const token = tokens.get(String(request.headers['x-aws-ec2-metadata-token']));
  return token !== undefined && token.instanceId === instanceId && token.expiresAt > now;
}

function notFound(reply: FastifyReply) {
  return reply.code(404).type('text/plain').send('Not Found');
}

/** null: nothing runs there that could ask. */
function runningRecord({ account }: Cloud, instanceId: string): InstanceRecord | null {
  for (const region of account.regions.values()) {
    const record = region.instances().get(instanceId);
    if (record !== undefined) return record.instance.endedAt === null ? record : null;
  }
  return null;
}

/** null: there is no such item now. A folder lists what is in it. */
function itemOf(record: InstanceRecord, path: string): string | null {
  const items = itemsOf(record);
  const value = items.get(path);
  if (value !== undefined) return value;
  const inside = new Set<string>();
  for (const item of items.keys()) {
    if (path !== '' && !item.startsWith(`${path}/`)) continue;
    const [first = '', ...rest] = item.slice(path === '' ? 0 : path.length + 1).split('/');
    inside.add(rest.length > 0 ? `${first}/` : first);
  }
  return inside.size === 0 ? null : [...inside].sort().join('\n');
}

function itemsOf(record: InstanceRecord): ReadonlyMap<string, string> {
  const { instance, imageId, privateIp, tags } = record;
  const { instanceType, zone, region, market } = instance.offering;
  const hostname = `ip-${privateIp.replaceAll('.', '-')}.${region}.compute.internal`;
  const data: Record<string, string> = {
    'ami-id': imageId,
    'ami-launch-index': '0',
    hostname,
    'instance-id': instance.id,
    'instance-life-cycle': market,
    'instance-type': instanceType,
    'local-hostname': hostname,
    'local-ipv4': privateIp,
    'placement/availability-zone': zone,
    'placement/availability-zone-id': zoneId(zone),
    'placement/region': region,
    'services/domain': 'amazonaws.com',
    'services/partition': 'aws',
    'autoscaling/target-lifecycle-state': targetState(record),
    ...interruption(record),
  };
  if (record.metadataTags) {
    for (const [key, value] of tags) data[`tags/instance/${key}`] = value;
  }
  const items = new Map(Object.entries(data).map(([path, value]) => [`meta-data/${path}`, value]));
  items.set('dynamic/instance-identity/document', identityDocument(record));
  return items;
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

function identityDocument({ instance, imageId, privateIp }: InstanceRecord): string {
  const { instanceType, zone, region } = instance.offering;
  return JSON.stringify(
    {
      accountId,
      architecture: findInstanceType(instanceType)?.architecture ?? 'x86_64',
      availabilityZone: zone,
      billingProducts: null,
      devpayProductCodes: null,
      marketplaceProductCodes: null,
      imageId,
      instanceId: instance.id,
      instanceType,
      kernelId: null,
      pendingTime: secondsText(instance.launchedAt),
      privateIp,
      ramdiskId: null,
      region,
      version: '2017-09-30',
    },
    null,
    2,
  );
}

function secondsText(at: number): string {
  return dateOf(Math.floor(at)).toISOString().replace('.000Z', 'Z');
}
