import { describe, expect, it } from 'vitest';
import {
  deployedNote,
  type ImageHistory,
  imagesBefore,
  imagesTakenBack,
  insteadNote,
  type ParameterVersion,
  previousImage,
} from '../../account/image-history.ts';
import { canaryLabel } from '../../pool/names.ts';

/** Oldest first, as `image`, `image instead of other`, or `image*` for the canary's. */
function history(...versions: string[]): ImageHistory {
  const all = versions.map((text, index): ParameterVersion => {
    const [, name, star, other] = /^(\w+)(\*?)(?: instead of (\w+))?$/.exec(text) ?? [];
    return {
      ...{ version: index + 1, value: `ami-${name}`, writtenAt: 1_000 + index },
      description: other === undefined ? deployedNote : insteadNote(`ami-${other}`, 'it failed'),
      labels: star === '*' ? [canaryLabel] : [],
    };
  });
  return all.reverse() as unknown as ImageHistory;
}

describe('the image before the present one', () => {
  it.each([
    ['the one before', ['a', 'b', 'c'], 'ami-b'],
    ['none of a parameter that has had one', ['a', 'a'], null],
    ['the other of two that take turns', ['a', 'b', 'a'], 'ami-b'],
    ['not one that was taken back', ['a', 'b', 'c', 'b instead of c'], 'ami-a'],
    ['nor two', ['a', 'b', 'c', 'b instead of c', 'd', 'b instead of d'], 'ami-a'],
    ['none, if all others were taken back', ['a', 'b', 'a instead of b'], null],
    [
      'one that was taken back and then put in again',
      ['a', 'b', 'a instead of b', 'b', 'c'],
      'ami-b',
    ],
    [
      'one that was held back for its canaries and then put in',
      ['a', 'b', 'a instead of b', 'b', 'a'],
      'ami-b',
    ],
    ['the present one while a canary holds it', ['a', 'b', 'c*', 'b instead of c'], 'ami-b'],
    ['not a canary that nobody has proven', ['a', 'b*'], 'ami-a'],
    ['what a description says of its own value is nothing', ['a', 'b instead of b', 'c'], 'ami-b'],
  ])('is %s', (_, versions, expected) => {
    expect(previousImage(history(...versions))).toBe(expected);
  });

  it.each([
    ['the one before', ['a', 'b', 'c'], ['ami-b']],
    ['those before a canary that holds nothing yet', ['a', 'b', 'c*'], ['ami-b']],
    ['that before the image which a canary holds', ['a', 'b', 'c*', 'b instead of c'], ['ami-a']],
    ['none', ['a'], []],
  ])('may come back: %s', (_, versions, expected) => {
    expect([...imagesBefore(history(...versions))]).toEqual(expected);
  });

  it('knows what was taken back by what came last', () => {
    const taken = (...versions: string[]) => [...imagesTakenBack(history(...versions))];
    expect(taken('a', 'b', 'a instead of b')).toEqual(['ami-b']);
    expect(taken('a', 'b', 'a instead of b', 'b')).toEqual([]);
  });
});
