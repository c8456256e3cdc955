/** Where a pool's notices are sent. Pure. */
import { type NoticeTarget, noticeTarget } from '../../pool/notice-target.ts';
import type { Pool } from '../../pool/pool.ts';

/** One place to send to, or nowhere and why. */
export type SendTarget =
  | Exclude<NoticeTarget, { readonly kind: 'email' }>
  | { readonly kind: 'none'; readonly name: string; readonly problem: string };

/**
 * E-mail addresses are subscribed to the pool's own topic, so that all of them together are one
 * target; topics and webhooks are one each, and each once.
 *
 * @param poolTopic ARN of the pool's own topic; null: not known
 */
export function sendTargets(
  { id, notifyOnMissing }: Pick<Pool, 'id' | 'notifyOnMissing'>,
  poolTopic: string | null,
): readonly SendTarget[] {
  const targets = new Map<string, SendTarget>();
  for (const text of notifyOnMissing) {
    const target = noticeTarget(text);
    if (target?.kind === 'email') targets.set(poolTopic ?? '', addressesTarget(id, poolTopic));
    else targets.set(text, target ?? none('an entry', 'it is no address, topic or https URL'));
  }
  return [...targets.values()];
}

/** What a target is called in errors and logs: of a URL the host alone, since the rest may be secret. */
export function targetName(target: SendTarget): string {
  switch (target.kind) {
    case 'topic':
      return target.arn;
    case 'webhook':
      return new URL(target.url).host;
    case 'none':
      return target.name;
  }
}

function addressesTarget(poolId: string, poolTopic: string | null): SendTarget {
  const name = 'e-mail addresses';
  if (poolTopic === null) {
    const problem = `no group of pool ${poolId} names a topic for them; apply the stacks`;
    return none(name, problem);
  }
  const topic = noticeTarget(poolTopic);
  if (topic?.kind === 'topic') return topic;
  return none(name, `the groups of pool ${poolId} name ${poolTopic}, which is no SNS topic`);
}

function none(name: string, problem: string): SendTarget {
  return { kind: 'none', name, problem };
}
