import { describe, expect, it } from 'vitest';
import { tagKeys } from '../../pool/names.ts';
import { fleetOf, largestFleet } from './declarations.ts';
import { type Block, blocksOf, reference, synthesise } from './synthesise.ts';

const stacks = synthesise(largestFleet());
const europe = stacks['build-farm-eu-west-1'];
const america = stacks['build-farm-us-east-1'];
const arn = reference('aws_sns_topic.first-name-notices.arn');

describe('a notice topic', () => {
  it('stands once for each pool that has an e-mail address to tell, encrypted', () => {
    expect(Object.keys(europe?.resource.aws_sns_topic ?? {}).sort()).toEqual([
      'first-name-notices',
      'searched-notices',
    ]);
    for (const topic of blocksOf(europe, 'aws_sns_topic')) {
      expect(topic.name).toMatch(/^build-farm_(first-name|searched)_notices$/);
      expect(topic.kms_master_key_id).toBe('alias/aws/sns');
      expect(topic.tags).toMatchObject({ [tagKeys.fleet]: 'build-farm' });
    }
    expect(blocksOf(america, 'aws_sns_topic')).toEqual([]);
    expect(europe?.output.notice_topic_arns.value).toEqual({
      'first-name': arn,
      searched: reference('aws_sns_topic.searched-notices.arn'),
    });
    expect(america?.output).not.toHaveProperty('notice_topic_arns');
  });

  it('reaches each address, and neither topics nor webhooks', () => {
    const subscriptions = (topic: string) =>
      blocksOf(europe, 'aws_sns_topic_subscription')
        .filter(({ topic_arn }) => topic_arn === topic)
        .map(({ protocol, endpoint }) => `${protocol} ${endpoint}`)
        .sort();
    expect(subscriptions(arn)).toEqual(['email build@example.com', 'email ops@example.com']);
    expect(subscriptions(reference('aws_sns_topic.searched-notices.arn'))).toEqual([
      'email build@example.com',
    ]);
    expect(JSON.stringify(stacks)).not.toContain('hooks.example.com');
  });

  it("is named on the pool's groups in its region, and on no other", () => {
    const named = (stack: typeof europe) =>
      Object.entries(stack?.resource.aws_autoscaling_group ?? {}).flatMap(([address, group]) =>
        group.tag
          .filter(({ key }: Block) => key === tagKeys.noticeTopic)
          .map((tag: Block) => [address, tag.value, tag.propagate_at_launch]),
      );
    expect(named(europe)).toEqual([
      ['first-name-on-demand', arn, false],
      ['first-name-spot', arn, false],
      ['searched-spot', reference('aws_sns_topic.searched-notices.arn'), false],
    ]);
    expect(named(america)).toEqual([]);
  });

  it('keeps the other subscriptions when an address goes', () => {
    const fleet = fleetOf(1);
    const withAddresses = (...notifyOnMissing: string[]) => {
      const pools = fleet.pools.map((pool) => ({ ...pool, notifyOnMissing }));
      const stack = synthesise({ ...fleet, pools })['ci-eu-west-1'];
      return Object.keys(stack?.resource.aws_sns_topic_subscription ?? {});
    };
    const [a, b] = [withAddresses('a@example.com'), withAddresses('b@example.com')];
    expect(new Set(withAddresses('a@example.com', 'b@example.com'))).toEqual(new Set([...a, ...b]));
    expect(new Set([...a, ...b]).size).toBe(2);
  });
});
