import { describe, expect, it } from 'vitest';
import { type WorkerType, workerTypeRequest } from '../../pool/worker-type.ts';
import {
  launchCombinations,
  launchSpecificationFaults,
} from '../../pool/worker-type-launch-specification.ts';
import { definition as sent } from '../scaler/api/definitions.ts';

const definition = workerTypeRequest.parse(sent);

describe('the cascade of launch specifications', () => {
  it('is general, region, zone, type, key by key', () => {
    const zone = 'us-west-2b';
    const cascade = workerTypeRequest.parse({
      ...sent,
      userData: { general: 1, region: 1, zone: 1, type: 1 },
      regions: [{ ...definition.regions[0], userData: { region: 2, zone: 2, type: 2 } }],
      availabilityZones: [
        {
          availabilityZone: zone,
          region: 'us-west-2',
          launchSpec: {},
          userData: { zone: 3, type: 3 },
        },
      ],
      instanceTypes: [{ ...definition.instanceTypes[0], userData: { type: 4 } }],
    });
    const [inZone] = launchCombinations(cascade, zone);
    expect(inZone?.userData).toEqual({ general: 1, region: 2, zone: 3, type: 4 });
    const [elsewhere] = launchCombinations(cascade, 'us-west-2a');
    expect(elsewhere?.userData).toEqual({ general: 1, region: 2, zone: 2, type: 4 });
  });

  it.each<[Partial<WorkerType>, string]>([
    [{ launchSpec: { ImageId: 'ami-1' } }, 'ImageId'],
    [{ launchSpec: { InstanceType: 'c5.xlarge' } }, 'InstanceType'],
    [{ launchSpec: { UserData: '' } }, 'UserData'],
    [{ launchSpec: { Nonsense: 1 } }, 'Nonsense'],
    [{ launchSpec: { SecurityGroups: ['a'], SubnetId: 'subnet-1' } }, 'SubnetId'],
    [
      { regions: [...definition.regions, ...definition.regions] },
      'region us-west-2 is there twice',
    ],
    [{ regions: [{ ...definition.regions[0]!, launchSpec: {} }] }, 'no ImageId'],
    [
      { instanceTypes: [...definition.instanceTypes, definition.instanceTypes[0]!] },
      'instance type c5.xlarge is there twice',
    ],
    [
      {
        availabilityZones: [
          {
            availabilityZone: 'us-east-1a',
            region: 'us-east-1',
            launchSpec: {},
            secrets: {},
            userData: {},
          },
        ],
      },
      'not among the regions',
    ],
  ])('refuses %j', (change, said) => {
    expect(launchSpecificationFaults(definition)).toEqual([]);
    expect(launchSpecificationFaults({ ...definition, ...change }).join()).toContain(said);
  });
});
