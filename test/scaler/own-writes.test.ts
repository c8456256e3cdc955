import { describe, expect, it } from 'vitest';
import { CloudWithOwnWrites } from '../../scaler/own-writes.ts';
import type { CloudGroup, CloudPort } from '../../scaler/ports.ts';
import { aGroup, aWorker } from '../decide/situations.ts';

const { signal } = new AbortController();
const group = 'ci_linux_spot';
const launch = { group, zone: 'eu-west-1a', slots: 3, token: 'linux-spot-1-0' };

/** A cloud whose describes never change, whatever is called. */
function lateCloud() {
  const { workers: _, ...declared } = aGroup({ name: group, desiredCapacity: 2 });
  const { heartbeat: _none, ...worker } = aWorker({ instanceId: 'i-1', phase: 'in-service' });
  const seen: CloudGroup = { ...declared, poolId: 'linux', launchFailures: [], workers: [worker] };
  const cloud: CloudPort = {
    region: declared.region,
    observe: async () => ({ region: declared.region, groups: [seen] }),
    setOverrides: async () => {},
    setDesiredCapacity: async () => {},
    launch: async ({ slots }) => slots - 1,
    terminate: async () => {},
  };
  let now = 1_000;
  const own = new CloudWithOwnWrites(cloud, { now: () => now });
  return {
    own,
    pass: (seconds: number) => {
      now += seconds;
    },
    look: async () => (await own.observe(signal)).groups[0]!,
    seen,
  };
}

describe('a cloud that knows its own writes', () => {
  it('tells of what it was told while nothing was called', async () => {
    const { look, seen } = lateCloud();
    expect(await look()).toBe(seen);
  });

  it('has the desired capacity that it was given, for a minute', async () => {
    const { own, look, pass } = lateCloud();
    await own.setDesiredCapacity(group, 7, signal);
    expect((await look()).desiredCapacity).toBe(7);
    pass(59);
    expect((await look()).desiredCapacity).toBe(7);
    pass(1);
    expect((await look()).desiredCapacity).toBe(2);
  });

  it('adds what each launch started to what was known', async () => {
    const { own, look } = lateCloud();
    await look();
    expect(await own.launch(launch, signal)).toBe(2);
    expect((await look()).desiredCapacity).toBe(2 + 2);
    await own.launch(launch, signal);
    expect((await look()).desiredCapacity).toBe(2 + 2 + 2);
  });

  it('knows an instance that it ended as ending, for a minute', async () => {
    const { own, look, pass } = lateCloud();
    await own.terminate('i-1', signal);
    expect((await look()).workers[0]!.phase).toBe('terminating');
    pass(60);
    expect((await look()).workers[0]!.phase).toBe('in-service');
  });
});
