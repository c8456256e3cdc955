import { describe, expect, it } from 'vitest';
import { smallestFleet } from './declarations.ts';
import { synthesise } from './synthesise.ts';

describe('an image of owners', () => {
  it('must be pinned, as Terraform has no such rule of the last one', () => {
    const fleet = smallestFleet();
    const pools = fleet.pools.map((pool) => ({
      ...pool,
      image: { kind: 'lookup' as const, owners: ['self'], locationRegex: null },
    }));
    expect(() => synthesise({ ...fleet, pools })).toThrow(
      'pool linux has an image of owners that is not pinned: run npx muster image resolve',
    );
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
