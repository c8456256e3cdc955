import { describe, expect, it } from 'vitest';
import { nameRegex } from '../../stacks/image.ts';
import { smallestFleet } from './declarations.ts';
import { synthesise } from './synthesise.ts';

describe('an image location', () => {
  it.each([
    ['muster-.*', 'muster-.*'],
    ['^111122223333/muster-.*', '^muster-.*'],
    ['111122223333/muster-.*', '^muster-.*'],
    [String.raw`^111122223333\/muster-.*`, '^muster-.*'],
    ['^[^/]+/muster-.*', '^muster-.*'],
    [String.raw`^\d+/a/b$`, '^a/b$'],
    ['ubuntu/images/.*', 'ubuntu/images/.*'],
  ])('%s is the name %s', (location, name) => {
    expect(nameRegex(location, ['111122223333'])).toBe(name);
  });

  it('that starts with what may not be the owner is refused', () => {
    expect(() => nameRegex('^(a|b)/x', ['111122223333'])).toThrow(/^image location \^\(a\|b\)\/x /);
  });
});

describe('an image parameter', () => {
  it('must tell architectures apart where there are two', () => {
    const fleet = smallestFleet();
    const pools = fleet.pools.map((pool) => ({
      ...pool,
      instances: [
        ...pool.instances,
        {
          type: 'c7g.large',
          architecture: 'arm64' as const,
          capacity: 1,
          utility: 1,
          maxPrice: null,
          onDemandDiscount: 0,
        },
      ],
    }));
    expect(() => synthesise({ ...fleet, pools })).toThrow(
      /two architectures but one image parameter, \/muster\/ci\/linux: .*\{arch\}/,
    );
  });
});
