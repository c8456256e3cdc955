import { describe, expect, it } from 'vitest';
import {
  groupName,
  launchTemplateName,
  noticeTopicName,
  scalerPolicyName,
  securityGroupName,
  workerRoleName,
} from '../../pool/names.ts';

type NameOfPool = (fleet: string, poolId: string) => string;

/** Each kind of name, with what its service takes, from the reference of its API. */
const kinds: readonly [string, NameOfPool, RegExp][] = [
  // CreateAutoScalingGroup: up to 255 characters, no colon.
  ['group', (fleet, pool) => groupName(fleet, pool, 'on-demand'), /^[^:]{1,255}$/],
  // CreateLaunchTemplate.
  [
    'launch template',
    (fleet, pool) => launchTemplateName(fleet, pool, 'x86_64'),
    /^[a-zA-Z0-9()./_-]{3,128}$/,
  ],
  // CreateRole; CreateInstanceProfile takes the same and is longer.
  ['role', workerRoleName, /^[\w+=,.@-]{1,64}$/],
  // CreatePolicy.
  ['policy', (fleet) => scalerPolicyName(fleet, 12), /^[\w+=,.@-]{1,128}$/],
  // CreateSecurityGroup, in a VPC.
  ['security group', securityGroupName, /^(?!sg-)[a-zA-Z0-9 ._:/()#,@[\]+=&;{}!$*-]{1,255}$/],
  // CreateTopic: no dots.
  ['notice topic', noticeTopicName, /^[a-zA-Z0-9_-]{1,256}$/],
];

const longest = 'x'.repeat(40);

describe.each(kinds)('the name of a %s', (kind, nameOf, allowed) => {
  it('is one that AWS takes', () => {
    for (const id of ['a', 'sg-a', 'ci-linux', 'a-', longest]) {
      expect(nameOf(id, id)).toMatch(allowed);
    }
  });

  it('is of one fleet and pool only, wherever the hyphens are', () => {
    const pairs = [
      ['ci', 'linux-a'],
      ['ci-linux', 'a'],
      ['ci', 'linux-a-spot'],
      ['ci-linux-a', 'spot'],
      ['muster', 'ci'],
      ['muster-ci', 'linux-a'],
    ] as const;
    const names = pairs.map(([fleet, pool]) => nameOf(fleet, pool));
    const distinct = kind === 'policy' ? new Set(pairs.map(([fleet]) => fleet)).size : pairs.length;
    expect(new Set(names).size).toBe(distinct);
  });

  it('is another one for another fleet or pool of the longest names', () => {
    const other = `${longest.slice(1)}y`;
    const names = [nameOf(longest, longest), nameOf(longest, other), nameOf(other, longest)];
    expect(new Set(names).size).toBe(kind === 'policy' ? 2 : 3);
  });
});
