/** `muster image deploy` after a command that died, beside another, and interrupted; in two regions of moto. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { until } from '../end-to-end/until.ts';
import { missingParts } from '../harness/missing-part.ts';
import { motoPart } from '../harness/moto.ts';
import { regions, type TwoRegions, twoRegions } from './two-regions.ts';

describe.skipIf(await missingParts([motoPart]))(
  'muster image deploy that is not alone',
  { timeout: 180_000 },
  () => {
    let world: TwoRegions;

    beforeAll(async () => {
      world = await twoRegions();
    }, 90_000);
    afterAll(() => world?.stop());
    beforeEach(() => world.begin());

    it('takes away the mark of a command that died, and goes back to what was before it', async () => {
      for (const region of regions) await world.put(region, world.made[region], true);
      expect((await world.deploy('--previous')).exitCode).toBe(0);
      expect(await world.current()).toEqual([world.old, world.old]);
      expect(await world.canaries()).toEqual([null, null]);

      // Launches were held when it died: what is in use is the previous image already.
      for (const region of regions) {
        await world.put(region, world.made[region], true);
        await world.put(region, world.old);
      }
      expect((await world.deploy('--previous')).stdout).toContain('Nothing to deploy');
      expect(await world.current()).toEqual([world.old, world.old]);
      expect(await world.canaries()).toEqual([null, null]);
    });

    it('is no success when a command that died is run again and the image does not run', async () => {
      for (const region of regions) await world.put(region, world.made[region], true);
      world.declare({ capacity: { min: 1, max: 8 } });
      const result = await world.deploy(...world.images(), '--canary', '1', '--timeout', '2s');
      expect(result.exitCode).toBe(1);
      expect(result.stderr).toContain(
        'muster: 0 of 1 canaries registered in time; the previous image is back\n',
      );
      expect(await world.current()).toEqual([world.old, world.old]);
      expect(await world.canaries()).toEqual([null, null]);
    });

    it('leaves alone what somebody else has put in meanwhile', async () => {
      const theirs = await world.makeImage('eu-west-1', 'theirs');
      world.declare({ capacity: { min: 1, max: 8 } });
      const running = world.start('--timeout', '15s');
      await until('it is marked', 60, async () => !(await world.canaries()).includes(null));
      await world.put('eu-west-1', theirs);
      await until('it has ended', 60, () => /back: parameter/.test(running.log()));
      expect(running.log()).toContain(
        `parameter ${world.parameter()} in eu-west-1 holds ${theirs}, which somebody else has put in; it stays`,
      );
      expect(await world.current()).toEqual([theirs, world.old]);
      await until('the mark is gone', 30, async () =>
        (await world.canaries()).every((value) => value === null),
      );
    });

    it('puts the previous image back when it is interrupted, and refuses a second one until then', async () => {
      world.declare({ capacity: { min: 1, max: 8 } });
      const running = world.start();
      await until('it is marked', 60, async () => !(await world.canaries()).includes(null));
      const second = await world.deploy(...world.images());
      expect(second.exitCode).toBe(1);
      expect(second.stderr).toMatch(
        /^muster: another deployment of this image runs: process \d+ on /,
      );
      const { exitCode } = await running.terminate(60);
      expect(running.log()).toContain(
        'stopped: 0 of 1 canaries registered; the previous image is back',
      );
      expect(exitCode).toBe(1);
      expect(await world.current()).toEqual([world.old, world.old]);
      expect(await world.canaries()).toEqual([null, null]);
      world.declare();
      expect((await world.deploy(...world.images())).exitCode).toBe(0);
    });
  },
);
