/** `muster image deploy` in two regions of moto, of which one refuses or has no image. */
import { DeregisterImageCommand } from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { missingParts } from '../harness/missing-part.ts';
import { motoPart } from '../harness/moto.ts';
import { type TwoRegions, twoRegions } from './two-regions.ts';

describe.skipIf(await missingParts([motoPart]))(
  'muster image deploy in two regions',
  { timeout: 90_000 },
  () => {
    let world: TwoRegions;

    beforeAll(async () => {
      world = await twoRegions();
    }, 90_000);
    afterAll(() => world?.stop());
    beforeEach(() => world.begin());

    it('deploys in both, and marks the canary in both until it ends', async () => {
      const seen: (string | null)[][] = [];
      let looks: Promise<void> = Promise.resolve();
      // The pool is looked at once the images are in, and before the command ends.
      world.ssm.fail(({ action }) => {
        if (action === 'UnlabelParameterVersion') {
          looks = looks.then(async () => void seen.push(await world.canaries()));
        }
        return null;
      });
      const result = await world.deploy(...world.images(), '--canary', '1');
      await looks;
      expect(result.stderr).toBe('');
      expect(result.stdout).toContain('has no worker and wants none');
      expect(await world.current()).toEqual([world.made['eu-west-1'], world.made['us-east-1']]);
      expect(seen[0]).toContain(world.made['us-east-1']);
      expect(
        world.ssm.calls.filter(({ action }) => action === 'LabelParameterVersion').length,
      ).toBe(2);
      expect(await world.canaries()).toEqual([null, null]);
    });

    it.each([
      ['PutParameter', 'AccessDeniedException'],
      ['LabelParameterVersion', 'ParameterVersionLabelLimitExceeded'],
    ])('puts the first region back when %s fails in the second', async (action, code) => {
      world.ssm.fail((call) =>
        call.action === action &&
        call.region === 'us-east-1' &&
        call.parameters.Name === world.parameter()
          ? code
          : null,
      );
      const result = await world.deploy(...world.images(), '--canary', '1');
      expect(result.exitCode).toBe(1);
      expect(result.stderr).toMatch(
        new RegExp(
          `^muster: (putting ami-\\w+ into|labelling) parameter ${world.parameter()} in us-east-1: .*${code}.*; the previous`,
        ),
      );
      const writes = world.ssm.calls.filter(
        (call) => call.action === 'PutParameter' && call.parameters.Name === world.parameter(),
      );
      // It did reach the first region, and came back.
      expect(writes.filter(({ region }) => region === 'eu-west-1').length).toBe(2);
      if (action === 'PutParameter') expect(result.stderr).toMatch(/the previous image is back$/m);
      expect(await world.current()).toEqual([world.old, world.old]);
      expect(await world.canaries()).toEqual([null, null]);
      // What was taken back is no image to go back to.
      world.ssm.fail(() => null);
      expect((await world.deploy('--previous')).stderr).toContain(
        `has had no image but ${world.old}`,
      );
    });

    it('says where the previous image could not be put back', async () => {
      world.ssm.fail(({ action, region, parameters }) =>
        action === 'PutParameter' &&
        (region === 'us-east-1' ||
          (parameters.Value === world.old && parameters.Name === world.parameter()))
          ? 'AccessDeniedException'
          : null,
      );
      const result = await world.deploy(...world.images());
      expect(result.exitCode).toBe(1);
      expect(result.stderr).toContain(
        `the previous image could not be put back: putting ${world.old} into parameter ${world.parameter()} in eu-west-1`,
      );
      expect(await world.current()).toEqual([world.made['eu-west-1'], world.old]);
    });

    it('changes nothing when one region has no image, or one that is not whole', async () => {
      const none = await world.deploy('--image', `eu-west-1=${world.made['eu-west-1']}`);
      expect([none.exitCode, none.stderr]).toEqual([
        2,
        "muster image deploy: --image: got no image for x86_64 in us-east-1; allowed: one for each of the pool's\n",
      ]);
      const gone = { ...world.made, 'us-east-1': 'ami-0a1b2c3d' };
      const half = await world.deploy(...world.images(gone));
      expect(half.exitCode).toBe(1);
      expect(half.stderr).toContain(
        `ami-0a1b2c3d for parameter ${world.parameter()} in us-east-1 is not`,
      );
      expect(half.stderr).toContain('Nothing was changed: the previous image stays in use');
      expect(world.ssm.calls.filter(({ parameters }) => parameters.Overwrite === true)).toEqual([]);
    });

    it('tells of an image in use that was deregistered, and of one to go back to', async () => {
      const gone = await world.makeImage('us-east-1', 'gone');
      await world.put('us-east-1', gone);
      await world.put('us-east-1', world.made['us-east-1']);
      await world.put('eu-west-1', world.made['eu-west-1']);
      await world.ec2('us-east-1').send(new DeregisterImageCommand({ ImageId: gone }));
      const back = await world.deploy('--previous');
      expect(back.exitCode).toBe(1);
      expect(back.stderr).toContain(
        `${gone} for parameter ${world.parameter()} in us-east-1 is not there: it was deregistered`,
      );
      await world.put('us-east-1', gone);
      const canary = await world.deploy(...world.images(), '--canary', '1');
      expect([canary.exitCode, canary.stderr]).toEqual([
        2,
        expect.stringContaining(
          `got parameter ${world.parameter()} in us-east-1 with ${gone}, which is gone`,
        ),
      ]);
      const plain = await world.deploy(...world.images());
      expect(plain.exitCode).toBe(0);
      expect(plain.stderr).toBe(
        `muster: us-east-1 ${world.parameter()}: ${gone} is gone and cannot come back\n`,
      );
      expect(await world.current()).toEqual([world.made['eu-west-1'], world.made['us-east-1']]);
    });
  },
);
