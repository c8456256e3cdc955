import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  findInstanceType,
  instanceTypes,
  nearestInstanceType,
  onDemandPrice,
} from '../../pool/catalogue.ts';
import { missingParts } from '../harness/missing-part.ts';
import { projectRoot } from '../harness/project-root.ts';

const sourceFile = `${projectRoot}/../shared/data/instances/instance_types.csv`;
const architectures: Readonly<Record<string, string>> = { amd64: 'x86_64', arm64: 'arm64' };
const regions = ['us-east-1', 'us-west-2', 'eu-west-1', 'us-east-2', 'eu-central-1'];

const part = {
  name: '../shared/data',
  install: 'put the reference data beside the project to compare the catalogue with it',
  present: () => existsSync(sourceFile),
};
// The data is no part of the project, so even a build machine may lack it.
const missing = await missingParts([part], {});

describe.skipIf(missing)('the catalogue agrees with the reference data', () => {
  it('in every row and cell', () => {
    const [header = '', ...lines] = readFileSync(sourceFile, 'utf8').trim().split('\n');
    const keys = header.split(',');
    const rows = new Map(
      lines.map((line) => {
        const cells = line.split(',');
        const row = new Map(keys.map((key, index) => [key, cells[index] ?? '']));
        return [row.get('instance_type'), row];
      }),
    );
    const orNull = (cell: string | undefined) => (cell ? Number(cell) : null);
    expect(instanceTypes().size).toBeGreaterThan(400);
    for (const type of instanceTypes().values()) {
      const row = rows.get(type.name);
      const prices = regions.flatMap((region) => {
        const cell = row?.get(`on_demand_usd_per_hour_${region.replaceAll('-', '_')}`);
        return cell ? [[region, Number(cell)] as const] : [];
      });
      expect(type).toEqual({
        name: row?.get('instance_type'),
        architecture: architectures[row?.get('arch') ?? ''],
        virtualCpus: Number(row?.get('vcpu')),
        memoryMebibytes: Number(row?.get('memory_mib')),
        localDisk: orNull(row?.get('local_nvme_gib')),
        clangMultiScore: orNull(row?.get('clang_multi')),
        onDemandPrices: new Map(prices),
      });
    }
  });
});

describe('the catalogue', () => {
  it('is sound: sorted, each type once, every number above 0', () => {
    const types = [...instanceTypes().values()];
    const names = types.map(({ name }) => name);
    expect(names).toEqual([...new Set(names)].sort());
    for (const type of types) {
      const { virtualCpus, memoryMebibytes, localDisk, clangMultiScore, onDemandPrices } = type;
      const known = [localDisk, clangMultiScore].filter((number) => number !== null);
      for (const number of [virtualCpus, memoryMebibytes, ...known, ...onDemandPrices.values()]) {
        expect(number, type.name).toBeGreaterThan(0);
      }
    }
  });

  it('finds a type, its price, and the one that was meant', () => {
    expect(findInstanceType('c7g.2xlarge')).toMatchObject({
      architecture: 'arm64',
      virtualCpus: 8,
      memoryMebibytes: 16_384,
    });
    expect(onDemandPrice('c6i.2xlarge', 'eu-west-1')).toBe(0.3648);
    expect(nearestInstanceType('c6i.2xlrage')).toBe('c6i.2xlarge');
    expect(nearestInstanceType('C6I.2XLARGE')).toBe('c6i.2xlarge');
  });

  it('says so when it does not know', () => {
    expect(findInstanceType('constructor')).toBeNull();
    expect(nearestInstanceType('quantum.huge')).toBeNull();
    expect(onDemandPrice('c6i.2xlarge', 'sa-east-1')).toBeNull();
    expect(onDemandPrice('quantum.huge', 'eu-west-1')).toBeNull();
  });
});
