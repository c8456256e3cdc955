import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { parseFleet } from '../../pool/load.ts';
import { effectiveFleet } from '../../pool/stored-pools.ts';
import { workerTypeRequest } from '../../pool/worker-type.ts';
import { workerTypeOfPool } from '../../pool/worker-type-of-pool.ts';
import { missingParts } from '../harness/missing-part.ts';
import { projectRoot } from '../harness/project-root.ts';
import { declarationOf, declared, level } from './worker-type-declaration.ts';

const fleetFile = join(projectRoot, '../shared/data/fleet/worker_types_2019-10.json');
const fleetPart = {
  name: 'the definitions of a real fleet',
  install: 'put them at ../shared/data/fleet',
  present: () => existsSync(fleetFile),
};

describe.skipIf(await missingParts([fleetPart]))("a real fleet's definitions", () => {
  interface Condensed {
    readonly regions: readonly string[];
    readonly availabilityZones: readonly string[];
    readonly instanceTypes: readonly { readonly instanceType: string }[];
  }
  const { workerTypes } = JSON.parse(readFileSync(fleetFile, 'utf8')) as {
    workerTypes: Record<string, Condensed>;
  };
  const definitions = Object.entries(workerTypes).map(([workerType, condensed]) => ({
    workerType,
    definition: workerTypeRequest.parse({
      ...level,
      ...condensed,
      description: workerType,
      owner: 'owner@example.com',
      regions: condensed.regions.map((region) => ({
        ...level,
        region,
        launchSpec: { ImageId: `ami-${region.replaceAll('-', '')}` },
      })),
      instanceTypes: condensed.instanceTypes.map((type) => ({ ...level, ...type })),
      availabilityZones: condensed.availabilityZones.map((availabilityZone) => ({
        availabilityZone,
        region: availabilityZone.slice(0, -1),
        launchSpec: {},
      })),
    }),
  }));
  const regions = ['eu-central-1', 'us-east-1', 'us-west-1', 'us-west-2'];

  it('are 34, and each becomes a pool, a line of YAML, and a definition again', () => {
    expect(definitions).toHaveLength(34);
    const declaration = declared(regions);
    const { fleet, stored } = effectiveFleet(declaration, definitions);
    expect(fleet.pools).toHaveLength(35);
    for (const { workerType, definition: one } of definitions) {
      const { pool, waiting, notUsed, declaration: written } = stored.get(workerType)!;
      expect([workerType, waiting, notUsed]).toEqual([workerType, [], []]);
      const back = workerTypeOfPool(pool!);
      const byType = (
        { instanceType: a }: { instanceType: string },
        b: { instanceType: string },
      ) => (a < b.instanceType ? -1 : 1);
      const { availabilityZones: _, ...plain } = one;
      const inFleetOrder = regions.flatMap((name) =>
        one.regions.filter(({ region }) => region === name),
      );
      expect(back).toEqual({
        ...plain,
        instanceTypes: one.instanceTypes.toSorted(byType),
        regions: inFleetOrder,
      });
      // What `muster pull` writes is the same pool.
      const file = declarationOf(regions);
      const pools = { ...file.pools, [written!.name]: written!.declaration };
      const pulled = parseFleet(stringify({ ...file, pools }), 'muster.yaml');
      expect(pulled.pools.find(({ id }) => id === pool?.id)).toEqual(pool);
    }
  });
});
