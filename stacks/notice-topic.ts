import { SnsTopic } from '@cdktf/provider-aws/lib/sns-topic/index.js';
import { SnsTopicSubscription } from '@cdktf/provider-aws/lib/sns-topic-subscription/index.js';
import { noticeTopicName } from '../pool/names.ts';
import { noticeTarget } from '../pool/notice-target.ts';
import type { Pool } from '../pool/pool.ts';
import { literal } from './literal.ts';
import type { PoolPlace } from './pool-in-region.ts';
import { shortHash } from './short-hash.ts';
import { poolTags } from './tags.ts';

/** The key that AWS keeps for SNS in each account, which whoever may publish there may use. */
const awsManagedKey = 'alias/aws/sns';

/** The e-mail addresses that a pool's notices go to; other targets need no topic of ours. */
export function noticeAddresses({ notifyOnMissing }: Pool): string[] {
  return notifyOnMissing.flatMap((text) => {
    const target = noticeTarget(text);
    return target?.kind === 'email' ? [target.address] : [];
  });
}

/** The region whose stack holds a pool's topic: its first by name, as each address confirms once. */
export function noticeRegion({ regions }: Pool): string {
  return [...regions].sort()[0] ?? '';
}

/**
 * Adds the topic of a pool's notices, with a subscription for each e-mail address, and returns its
 * ARN; null: it stands in another region, or no address is to be told. AWS sends each address a
 * message that asks for its consent.
 */
export function addNoticeTopic({ stack, fleet, region, pool }: PoolPlace): string | null {
  const addresses = noticeAddresses(pool);
  if (region.name !== noticeRegion(pool) || addresses.length === 0) return null;
  const topic = new SnsTopic(stack, `${pool.id}-notices`, {
    name: noticeTopicName(fleet.name, pool.id),
    kmsMasterKeyId: awsManagedKey,
    tags: poolTags(fleet, pool),
  });
  for (const address of addresses) {
    // By the address, so that taking one out leaves the consent of the others as it is.
    new SnsTopicSubscription(stack, `${pool.id}-notices-${shortHash(address)}`, {
      topicArn: topic.arn,
      protocol: 'email',
      endpoint: literal(address),
    });
  }
  return topic.arn;
}
