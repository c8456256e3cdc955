import { describe, expect, it } from 'vitest';
import {
  type DeployedWorker,
  isAtRest,
  isFailing,
  type Progress,
  progressOf,
} from '../../account/deploy-image-progress.ts';

const worker = (instanceId: string, more: Partial<DeployedWorker> = {}): DeployedWorker => ({
  ...{ instanceId, region: 'eu-west-1', imageId: 'ami-new', launchedAt: 1_000 },
  ...{ endedBecause: null, inService: true, heard: null },
  ...more,
});
const at = (now: number) => ({
  ...{ images: new Set(['ami-new']), since: 1_000, missingAfter: 600, now },
  ...{ launchHook: null, awaited: 0 },
});
const failures = (workers: DeployedWorker[], now: number) => [
  ...progressOf(workers, at(now), null).failed.values(),
];

describe('how a deployment goes', () => {
  it('counts the new, the old and neither twice', () => {
    const progress = progressOf(
      [
        worker('i-heard', { heard: true }),
        worker('i-boots', { heard: false }),
        worker('i-before', { launchedAt: 999, heard: true }),
        worker('i-older', { imageId: 'ami-old' }),
        worker('i-older-gone', {
          imageId: 'ami-old',
          endedBecause: 'Client.UserInitiatedShutdown',
        }),
      ],
      at(1_100),
      null,
    );
    expect(progress).toEqual({
      proven: ['i-heard'],
      booting: ['i-boots'],
      failed: new Map(),
      older: 1,
      awaited: 0,
    });
  });

  it('takes service for longer than the scaler waits as proof, where the scaler is not asked', () => {
    expect(progressOf([worker('i-1')], at(1_720), null).proven).toEqual([]);
    expect(progressOf([worker('i-1')], at(1_721), null).proven).toEqual(['i-1']);
    const out = worker('i-1', { inService: false });
    expect(progressOf([out], at(1_720), null).booting).toEqual(['i-1']);
    expect(failures([out], 1_721)).toEqual(['did not register in time']);
  });

  it('takes service as proof at once where a launch hook holds workers back', () => {
    const hooked = { ...at(1_010), launchHook: 300 };
    expect(progressOf([worker('i-1')], hooked, null).proven).toEqual(['i-1']);
    const held = worker('i-1', { inService: false });
    expect(progressOf([held], hooked, null).booting).toEqual(['i-1']);
    // The hook's time is up, so that its group has ended it.
    const given = worker('i-1', { inService: false, endedBecause: 'Client.UserInitiatedShutdown' });
    const late = progressOf([given], { ...hooked, now: 1_301 }, null);
    expect([...late.failed.values()]).toEqual(['ended without having registered']);
  });

  it('is at rest when nothing boots, is older or is awaited', () => {
    const rest = progressOf([worker('i-1', { heard: true })], at(1_100), null);
    expect(isAtRest(rest)).toBe(true);
    for (const one of [{ older: 1 }, { awaited: 1 }, { booting: ['i-2'] }]) {
      expect(isAtRest({ ...rest, ...one })).toBe(false);
    }
  });

  it('tells ends that are the fault of the image from others', () => {
    const ended = (endedBecause: string) => worker('i-1', { endedBecause, heard: false });
    expect(failures([ended('Client.InstanceInitiatedShutdown')], 1_100)).toEqual([
      'ended: Client.InstanceInitiatedShutdown',
    ]);
    expect(failures([ended('Client.InternalError')], 1_100).length).toBe(1);
    expect(failures([ended('Server.SpotInstanceTermination')], 1_100)).toEqual([]);
    expect(failures([ended('Client.UserInitiatedShutdown')], 1_600)).toEqual([]);
    expect(failures([ended('Client.UserInitiatedShutdown')], 1_601)).toEqual([
      'ended without having registered',
    ]);
    expect(failures([worker('i-1', { heard: false })], 1_601)).toEqual([
      'did not register in time',
    ]);
  });

  it('remembers whom it has seen run, and does not blame the image for their end', () => {
    const first = progressOf([worker('i-1', { heard: true })], at(1_100), null);
    const end = worker('i-1', { endedBecause: 'Client.InstanceInitiatedShutdown', heard: false });
    const then = progressOf([end], at(1_200), first);
    expect([then.proven, then.failed.size]).toEqual([['i-1'], 0]);
  });

  it('is failing with one canary, or else with more failures than chance and successes', () => {
    const progress = (proven: number, failed: number): Progress => ({
      proven: Array.from({ length: proven }, (_, index) => `i-${index}`),
      booting: [],
      failed: new Map(Array.from({ length: failed }, (_, index) => [`i-f${index}`, 'x'])),
      ...{ older: 0, awaited: 0 },
    });
    expect(isFailing(progress(1, 1), 2)).toBe(true);
    expect(isFailing(progress(2, 1), 2)).toBe(false);
    expect(isFailing(progress(0, 2), null)).toBe(false);
    expect(isFailing(progress(0, 3), null)).toBe(true);
    expect(isFailing(progress(3, 3), null)).toBe(false);
  });
});
