import { describe, expect, it } from 'vitest';
import { imagesToClean, type OwnedImage, snapshotsToClean } from '../../account/image-to-clean.ts';

const day = 86_400;
const now = 1_000 * day;
const retention = { keep: 2, olderThan: 30 * day, now };

function image(id: string, ageDays: number, more: Partial<OwnedImage> = {}): OwnedImage {
  return {
    ...{ region: 'eu-west-1', id, name: id, build: id, series: 'worker linux x86_64' },
    ...{ poolRegions: ['eu-west-1', 'us-east-1'], createdAt: now - ageDays * day },
    ...{ state: 'available', snapshots: [], uses: [], takenBack: false },
    ...more,
  };
}

const told = (images: readonly OwnedImage[]) =>
  Object.fromEntries(
    imagesToClean(images, retention).map(({ item, removes, because }) => [
      `${item.id}${item.region === 'us-east-1' ? ' us' : ''}`,
      `${removes ? '-' : '+'} ${because}`,
    ]),
  );

describe('which images go', () => {
  it('keeps the newest, the young and the used', () => {
    const images = ['a', 'b', 'c', 'd', 'e'].map((id, index) =>
      image(id, 10 + 15 * index, id === 'd' ? { uses: ['instance i-1', 'AMI set x'] } : {}),
    );
    expect(told([...images].reverse())).toEqual({
      a: '+ one of the newest 2 of worker linux x86_64',
      b: '+ one of the newest 2 of worker linux x86_64',
      c: '- 40 days old, and 2 newer of worker linux x86_64',
      d: '+ used by instance i-1, AMI set x',
      e: '- 70 days old, and 4 newer of worker linux x86_64',
    });
    expect(told([image('a', 1), image('b', 2), image('c', 30)]).c).toBe('+ 30 days old');
  });

  it('counts each region, pool and architecture for itself', () => {
    const others = [
      image('a', 40, { series: 'worker linux arm64' }),
      image('b', 41, { series: 'base al2023 x86_64', poolRegions: [] }),
      image('c', 42, { region: 'us-east-1', poolRegions: ['us-east-1'] }),
      image('d', 43),
    ];
    for (const line of Object.values(told(others))) expect(line).not.toMatch(/^-/);
  });

  it('finds the half-copied, which take no place among the newest', () => {
    const images = [
      image('e', 2),
      image('e', 2, { region: 'us-east-1', state: 'failed' }),
      image('d', 3),
      image('c', 0.5, { build: null }),
      image('b', 40),
      image('b', 40, { region: 'us-east-1' }),
      image('a', 50),
      image('a', 50, { region: 'us-east-1' }),
    ];
    expect(told(images)).toMatchObject({
      'e us': '- half-copied: its state is failed',
      d: '- half-copied: there is none in us-east-1',
      c: '+ half-copied: it has no tags, but its build may still run',
      b: '+ one of the newest 2 of worker linux x86_64',
      a: '- 50 days old, and 2 newer of worker linux x86_64',
    });
  });

  it('calls no image half-copied for a region that its pool has left or has gained', () => {
    const left = { poolRegions: ['eu-west-1'] };
    const images = [
      image('b', 2, left),
      image('a', 50, left),
      image('a', 50, { region: 'us-east-1', ...left }),
    ];
    expect(told(images).b).toMatch(/^\+ one of the newest/);
    const gained = [image('b', 2), image('b', 2, { region: 'us-east-1' }), image('a', 50)];
    expect(told(gained).a).toMatch(/^\+ one of the newest/);
  });

  it('does not count one that was taken back among the newest, nor keep it for that', () => {
    const images = [
      image('d', 31, { takenBack: true }),
      image('c', 5, { takenBack: true }),
      image('b', 40),
      image('a', 50),
    ];
    expect(told(images)).toEqual({
      d: '- 31 days old, and its deployment was taken back',
      c: '+ 5 days old',
      b: '+ one of the newest 2 of worker linux x86_64',
      a: '+ one of the newest 2 of worker linux x86_64',
    });
  });

  it('keeps a half-copied one that is used', () => {
    const used = image('a', 50, { build: null, uses: ['parameter /x'] });
    expect(told([used])).toEqual({ a: '+ used by parameter /x' });
  });

  it('removes snapshots of no image a day after', () => {
    const snapshot = (id: string, age: number) => ({ region: 'r', id, createdAt: now - age });
    const verdicts = snapshotsToClean([snapshot('a', day + 1), snapshot('b', day)], retention);
    expect(verdicts.map(({ removes }) => removes)).toEqual([true, false]);
  });
});
