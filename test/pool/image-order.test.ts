import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lastImage } from '../../pool/image-order.ts';

const images = (...locations: string[]) =>
  locations.map((location, index) => ({ id: `ami-${index}`, location }));
const last = (regex: string | null, ...locations: string[]) =>
  lastImage(images(...locations), regex)?.location ?? null;

describe('the last image', () => {
  it.each([
    ['by number: 10 follows 9', String.raw`/worker-(\d+)$`, ['o/worker-9', 'o/worker-10'], 1],
    [
      'as text where one is no number',
      '/worker-(.*)$',
      ['o/worker-9', 'o/worker-10', 'o/worker-b'],
      2,
    ],
    [
      'as text 9 follows 10',
      '/worker-([a-z0-9]*)$',
      ['o/worker-9', 'o/worker-10', 'o/worker-a'],
      2,
    ],
    ['by location without a group', 'worker-', ['o/worker-10', 'o/worker-9'], 1],
    ['by location where groups are equal', '^[^/]+/(w)', ['b/w', 'a/w'], 0],
    ['of a first group that is not always there', '/w(-[0-9]+)?', ['o/w', 'o/w-1'], 1],
    ['by the first of two groups', '/(a|b)-([0-9]+)', ['o/b-1', 'o/a-2'], 0],
    [
      'by a number of any length',
      '-([0-9]+)$',
      ['o/w-99999999999999999998', 'o/w-99999999999999999999'],
      1,
    ],
    ['anywhere in the location', 'manifest', ['bucket/w/image.manifest.xml', 'o/w'], 0],
    ['of all without an expression', null, ['o/a', 'o/c', 'o/b'], 1],
  ])('is chosen %s', (_, regex, locations, index) => {
    expect(last(regex, ...locations)).toBe(locations[index]);
  });

  it('is none where none matches', () => {
    expect(last('windows', 'o/linux-1')).toBeNull();
    expect(last(null)).toBeNull();
  });

  it('is the same in whatever order they are given', () => {
    const location = fc.stringMatching(/^(o|p)\/w-[0-9a-b]{1,3}$/);
    fc.assert(
      fc.property(
        fc.uniqueArray(location, { minLength: 1, maxLength: 8 }),
        fc.constantFrom('w-(.*)', null, '(.)/'),
        (locations, regex) => {
          const all = images(...locations);
          expect(lastImage([...all].reverse(), regex)).toEqual(lastImage(all, regex));
        },
      ),
    );
  });
});
