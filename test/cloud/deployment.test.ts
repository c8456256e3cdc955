/**
 * A new image, from the parameter to the last worker: the real `muster run` process on the local AWS, which
 * launches what the parameter holds at that moment; the parameter is moto's.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { missingParts } from '../harness/missing-part.ts';
import { motoPart } from '../harness/moto.ts';
import { type DeploymentWorld, openDeployment } from './deployment-world.ts';
import { start } from './running-cloud.ts';

const task = { after: 600, duration: 1_800 };
const images = ['ami-11111111', 'ami-22222222', 'ami-33333333', 'ami-44444444'] as const;
/** The three steps take about a minute on two idle cores. */
const timeout = 400_000;

describe.skipIf(await missingParts([motoPart]))('a new image', { timeout }, () => {
  let world: DeploymentWorld;
  let broken = false;

  beforeAll(async () => {
    // One of the two workers is busy when the first image is deployed.
    world = await openDeployment({ image: images[0], bootSeconds: 120, tasks: [task] });
  }, 120_000);
  afterAll(() => world?.stop());
  // Each step builds on the one before.
  beforeEach(() => {
    if (broken) throw new Error('not tried: an earlier step failed');
  });
  afterEach(({ task }) => {
    broken ||= task.result?.state === 'fail';
  });

  const imagesUp = () =>
    world
      .up()
      .map(({ image }) => image)
      .sort();
  const areUp = (...expected: readonly string[]) => imagesUp().join() === expected.join();
  const bothAre = (image: string) => () => areUp(image, image) && world.alive().length === 2;

  it('replaces both workers of a pool at its minimum, one after another, the busy one when it is free', async () => {
    const { cloud, lives, now, put, retiredSince, up, waitFor } = world;
    const isBusy = () => cloud.workers.summary().tasks.claimed === 1;
    await waitFor('one works and the other has nothing to do', isBusy);
    expect(imagesUp()).toEqual([images[0], images[0]]);
    const changedAt = now();
    const before = up().map(({ id }) => id);
    await put(images[1]);
    const putAt = now();
    expect(isBusy()).toBe(true);
    await waitFor('both are of the new image', bothAre(images[1]));
    const retired = retiredSince(changedAt);
    expect(retired.map(({ instanceId }) => instanceId).sort()).toEqual([...before].sort());
    const [first, second] = retired.map(
      ({ instanceId }) => lives().find(({ id }) => id === instanceId)!,
    );
    const canary = lives().find(({ image }) => image === images[1]);
    // Within a reading of the parameter and two looks; its replacement comes up before the other goes.
    expect(retired[0]!.at - putAt).toBeLessThanOrEqual(90);
    expect(canary!.launchedAt).toBeLessThan(first!.endedAt! + 60);
    expect(canary!.readyAt).toBeLessThan(retired[1]!.at);
    expect(second!.endedAt).toBeGreaterThanOrEqual(start + task.after + task.duration);
    expect(cloud.workers.summary().tasks).toMatchObject({
      ...{ finished: 1, terminated: 0, interrupted: 0 },
    });
  });

  it('keeps the canary and the others while a deployment holds the image before', async () => {
    const { atLaunchOf, label, now, pass, put, retiredSince, unlabel, waitFor } = world;
    const changedAt = now();
    const held = atLaunchOf(images[2], () => put(images[1]));
    const version = await put(images[2]);
    await label(version);
    await waitFor('the canary is up', () => areUp(images[1], images[2]));
    await held;
    await pass(1_800);
    expect(imagesUp()).toEqual([images[1], images[2]]);
    expect(retiredSince(changedAt)).toHaveLength(1);
    // Done: the value first, then the label, as a deployment does.
    await put(images[2]);
    await unlabel(version);
    await waitFor('both are of the third image', bothAre(images[2]));
    expect(retiredSince(changedAt)).toHaveLength(2);
  });

  it('loses one worker to an image that does not boot, and replaces none when it is taken back', async () => {
    const { cloud, now, pass, put, retiredSince, up, waitFor } = world;
    const changedAt = now();
    const before = up().map(({ id }) => id);
    await cloud.act({ action: 'boot', failureShare: 1 });
    await put(images[3]);
    // Long enough for one that never speaks to be ended, and another in its place.
    await pass(3_600);
    const [retired, ...others] = retiredSince(changedAt);
    expect(others).toEqual([]);
    const kept = before.filter((id) => id !== retired!.instanceId);
    expect(up().map(({ id }) => id)).toEqual(kept);
    await cloud.act({ action: 'boot', failureShare: 0 });
    await put(images[2]);
    await waitFor('two of the third image again', () => areUp(images[2], images[2]));
    expect(up().map(({ id }) => id)).toContain(kept[0]);
    expect(retiredSince(changedAt)).toHaveLength(1);
  });

  it('none of those that ended was busy', () => {
    const ended = world.lives().filter(({ endedAt }) => endedAt !== null);
    expect(ended.length).toBeGreaterThanOrEqual(5);
    expect(ended.filter(({ busyAtEnd }) => busyAtEnd > 0)).toEqual([]);
  });
});
