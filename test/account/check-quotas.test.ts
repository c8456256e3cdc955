import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { quotaFindings } from '../../account/quota-findings.ts';
import { type AccountQuotas, readQuotas } from '../../account/read-quotas.ts';
import { parseFleet } from '../../pool/load.ts';
import { clientsFor, makeSpotGroup, makeTemplate } from '../cloud/fleet-on-cloud.ts';
import { type RunningCloud, startCloud } from '../cloud/running-cloud.ts';
import { createWorld, type World } from '../end-to-end/world.ts';
import { missingParts } from '../harness/missing-part.ts';
import { motoPart } from '../harness/moto.ts';
import { smallest } from '../stacks/declarations.ts';
import { runMuster, useEndpoint } from './on-cloud.ts';

// At its maximum of 20 slots: 10 of c6i.2xlarge, which have 8 vCPUs each.
const text = smallest.replace('market: spot', 'market: { spot: {}, onDemandAfter: never }');
const fleet = parseFleet(text, 'muster.yaml');

describe('what fits', () => {
  const quotas = (spot: number, groups = 500): AccountQuotas => ({
    roles: { quota: 1000, others: 999 },
    regions: [
      {
        region: 'eu-west-1',
        groups: { quota: groups, others: 3 },
        launchTemplates: { quota: null, others: 0 },
        ec2: new Map([['L-34B43A08', spot]]),
      },
    ],
  });

  it('counts what others have, and tells each quota', () => {
    expect(quotaFindings(fleet, quotas(80))).toEqual([
      { fits: 'yes', text: 'eu-west-1: auto scaling groups: needs 1, others have 3, quota 500' },
      {
        fits: 'unknown',
        text: 'eu-west-1: launch templates: needs 1, others have 0, quota not known',
      },
      {
        fits: 'yes',
        text:
          'eu-west-1: spot vCPUs, Standard (A, C, D, H, I, M, R, T, Z): pools at their maximum ' +
          'need 80, quota 80 (L-34B43A08)',
      },
      { fits: 'yes', text: 'roles of workers: needs 1, others have 999, quota 1000' },
    ]);
  });

  it.each([
    [79, 500, ['yes', 'unknown', 'no', 'yes']],
    [80, 3, ['no', 'unknown', 'yes', 'yes']],
  ])('with %i vCPUs and %i groups says %j', (spot, groups, expected) => {
    expect(quotaFindings(fleet, quotas(spot, groups)).map(({ fits }) => fits)).toEqual(expected);
  });

  it('leaves it open where the choice of types decides', () => {
    const types = '[{ type: c6i.2xlarge, capacity: 2 }, { type: c6i.8xlarge, capacity: 2 }]';
    const mixed = parseFleet(text.replace(/instances: .*/, `instances: ${types}`), 'f');
    const finding = quotaFindings(mixed, quotas(100))[2];
    expect(finding).toMatchObject({ fits: 'maybe', text: expect.stringContaining('80 to 320') });
  });

  it('counts families by their own quota, and names types that it does not know', () => {
    const types = '[{ type: g5.xlarge, capacity: 1, utility: 1 }]';
    const graphics = parseFleet(text.replace(/instances: .*/, `instances: ${types}`), 'f');
    expect(quotaFindings(graphics, quotas(1))[2]).toMatchObject({
      fits: 'unknown',
      text: expect.stringContaining('spot vCPUs, G and VT: pools at their maximum need 80'),
    });
  });
});

describe.skipIf(await missingParts([motoPart]))('muster check on the local AWS', () => {
  let world: World;
  let cloud: RunningCloud;
  let restore: () => void;

  beforeAll(async () => {
    world = await createWorld();
    cloud = await startCloud({ upstream: world.moto.endpoint });
    restore = useEndpoint(cloud.endpoint);
    const clients = clientsFor(cloud.endpoint);
    const template = await makeTemplate(clients, 'ci_linux_x86-64');
    await makeSpotGroup(clients, template, { VPCZoneIdentifier: undefined });
    await makeSpotGroup(clients, template, { AutoScalingGroupName: 'others', Tags: [] });
    clients.destroy();
  }, 90_000);
  afterAll(async () => {
    restore?.();
    await cloud?.stop();
    await world?.stop();
  });

  it('reads what the account allows, and what others have of it', async () => {
    const { regions, roles } = await readQuotas(fleet, AbortSignal.timeout(20_000));
    expect(regions).toHaveLength(1);
    expect(regions[0]).toMatchObject({
      region: 'eu-west-1',
      groups: { quota: expect.any(Number), others: 1 },
      launchTemplates: { quota: null, others: 0 },
    });
    expect(regions[0]?.ec2.get('L-34B43A08')).toBe(1_000_000);
    expect(roles.quota).toBeGreaterThan(0);
  });

  it('exits with 1 where something does not fit, else with 0', async () => {
    const check = async (declaration: string) => {
      writeFileSync(join(world.folder, 'muster.yaml'), declaration);
      return runMuster(cloud.endpoint, world.folder, 'check');
    };
    expect(await check(text)).toMatchObject({ exitCode: 0, stderr: '' });
    // The local AWS allows 1,000,000 vCPUs; 8,000 of these have 128 each.
    const types = '[{ type: c6i.32xlarge, capacity: 1 }]';
    const large = text
      .replace('max: 20', 'max: 8000')
      .replace(/instances: .*/, `instances: ${types}`);
    const short = await check(large);
    expect(short.exitCode).toBe(1);
    expect(short.stdout).toMatch(
      /^does not fit: eu-west-1: spot vCPUs, .*need 1024000, quota 1000000 \(L-34B43A08\)$/m,
    );
    expect(short.stderr).toBe(
      '1 do not fit: ask for more in Service Quotas, or lower capacity.max\n',
    );
  });

  it('names images that are to be launched and are gone', async () => {
    const ssm = new SSMClient({ region: 'eu-west-1' });
    const put = (Value: string) =>
      ssm.send(
        new PutParameterCommand({
          Name: '/muster/ci/linux',
          Value,
          Type: 'String',
          Overwrite: true,
        }),
      );
    writeFileSync(join(world.folder, 'muster.yaml'), text);
    const check = () => runMuster(cloud.endpoint, world.folder, 'check');
    await put(world.images.x86_64);
    expect((await check()).exitCode).toBe(0);
    await put('ami-0a1b2c3d');
    const lock = {
      source: { ssm: '/muster/ci/linux' },
      images: { 'eu-west-1': { x86_64: { id: 'ami-0b2c3d4e', location: 'x' } } },
    };
    writeFileSync(
      join(world.folder, 'muster.lock.json'),
      JSON.stringify({ pools: { linux: lock } }),
    );
    const { exitCode, stdout, stderr } = await check();
    expect(exitCode).toBe(1);
    expect(stdout.match(/^is not there: .*$/gm)).toEqual([
      'is not there: eu-west-1: image ami-0b2c3d4e, which muster.lock.json names',
      'is not there: eu-west-1: image ami-0a1b2c3d, which parameter /muster/ci/linux names',
    ]);
    expect(stderr).toBe('2 images are not there: deploy another, or resolve or declare it anew\n');
    ssm.destroy();
  });
});
