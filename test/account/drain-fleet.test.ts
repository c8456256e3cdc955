import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CompleteLifecycleActionCommand,
  PutLifecycleHookCommand,
} from '@aws-sdk/client-auto-scaling';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { drainFleet, type GroupToDrain, groupsToDrain } from '../../account/drain-fleet.ts';
import { parseFleet } from '../../pool/load.ts';
import { drainHookName, tagKeys } from '../../pool/names.ts';
import { type CloudSession, openSession } from '../cloud/cloud-session.ts';
import { describeGroup, makeSpotGroup } from '../cloud/fleet-on-cloud.ts';
import { smallest } from '../stacks/declarations.ts';
import { runMuster, useEndpoint } from './on-cloud.ts';

describe('muster drain', () => {
  let session: CloudSession;
  let restore: () => void;
  let group: string;
  const fleet = parseFleet(smallest, 'muster.yaml');
  const signal = () => AbortSignal.timeout(20_000);

  beforeEach(async () => {
    session = await openSession();
    restore = useEndpoint(session.running.endpoint);
    group = await session.groupOf(3);
  });
  afterEach(async () => {
    restore();
    await session.stop();
  });

  const finishAll = async () => {
    for (const InstanceId of await session.instanceIds(group)) {
      const of = { AutoScalingGroupName: group, LifecycleHookName: drainHookName, InstanceId };
      await session.send(
        new CompleteLifecycleActionCommand({ ...of, LifecycleActionResult: 'CONTINUE' }),
      );
    }
  };

  it('lets workers finish, and leaves groups empty that stay so', async () => {
    await session.send(
      new PutLifecycleHookCommand({
        AutoScalingGroupName: group,
        LifecycleHookName: drainHookName,
        LifecycleTransition: 'autoscaling:EC2_INSTANCE_TERMINATING',
        HeartbeatTimeout: 900,
      }),
    );
    const looks: GroupToDrain[][] = [];
    let finished = false;
    const drained = drainFleet(
      {
        fleet,
        poolIds: null,
        interval: 0.05,
        onLook: (groups) => looks.push([...groups]),
      },
      signal(),
    );
    while (!finished) {
      await session.running.cloud.step(5);
      const states = await session.states(group);
      if (states.length === 3 && states.every((state) => state === 'Terminating:Wait')) {
        // Held by the hook: they finish their tasks.
        await finishAll();
        finished = true;
      }
    }
    const stepping = setInterval(() => session.running.cloud.step(30), 50);
    const groups = await drained.finally(() => clearInterval(stepping));
    expect(looks[0]?.[0]).toMatchObject({ name: group, closed: false, ending: [] });
    expect(looks[0]?.[0]?.running).toHaveLength(3);
    expect(looks.some(([look]) => look?.ending.length === 3)).toBe(true);
    expect(groups).toEqual([
      { region: 'eu-west-1', name: group, pool: 'linux', running: [], ending: [], closed: true },
    ]);
    await session.running.cloud.step(600);
    expect(await describeGroup(session.clients, group)).toMatchObject({
      MinSize: 0,
      MaxSize: 0,
      DesiredCapacity: 0,
      Instances: [],
    });
  });

  it('leaves alone what is not of the fleet, of another pool, or of no pool', async () => {
    const of = (tags: Record<string, string>) =>
      Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
    const make = (name: string, tags: Record<string, string>) =>
      makeSpotGroup(
        session.clients,
        session.templateId,
        {
          AutoScalingGroupName: name,
          Tags: of(tags),
        },
        { 'c6i.large': 1 },
      );
    await make('other_linux_spot', { [tagKeys.fleet]: 'other', [tagKeys.pool]: 'linux' });
    await make('ci_scaler', { [tagKeys.fleet]: 'ci' });
    await make('ci_windows_spot', { [tagKeys.fleet]: 'ci', [tagKeys.pool]: 'windows' });
    const names = async (poolIds: ReadonlySet<string> | null) =>
      (await groupsToDrain({ fleet, poolIds }, signal())).map(({ name }) => name);
    expect(await names(null)).toEqual(['ci_linux_spot', 'ci_windows_spot']);
    expect(await names(new Set(['linux']))).toEqual(['ci_linux_spot']);
  });

  it('ends when it is told to, with what is left still closed', async () => {
    await session.send(
      new PutLifecycleHookCommand({
        AutoScalingGroupName: group,
        LifecycleHookName: drainHookName,
        LifecycleTransition: 'autoscaling:EC2_INSTANCE_TERMINATING',
        HeartbeatTimeout: 900,
      }),
    );
    const stop = new AbortController();
    let left: readonly GroupToDrain[] = [];
    await expect(
      drainFleet(
        {
          fleet,
          poolIds: null,
          interval: 0.05,
          onLook: (groups) => {
            left = groups;
            if (groups[0]?.ending.length === 3) stop.abort();
          },
        },
        stop.signal,
      ),
    ).rejects.toThrow();
    expect(left[0]).toMatchObject({ closed: true, running: [] });
  });

  it('does nothing without --yes, and says what it would do', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'muster-drain-'));
    try {
      writeFileSync(join(folder, 'muster.yaml'), smallest);
      const muster = (...parameters: string[]) =>
        runMuster(session.running.endpoint, folder, 'drain', ...parameters);
      const ids = (await session.instanceIds(group)).sort().join(', ');
      expect(await muster('--all')).toMatchObject({
        exitCode: 0,
        stdout:
          `eu-west-1 ci_linux_spot: stop launches, set to 0; end ${ids}\n` +
          'Nothing was changed; --yes does it\n',
      });
      expect(await describeGroup(session.clients, group)).toMatchObject({ DesiredCapacity: 3 });
      expect(await muster()).toMatchObject({
        exitCode: 2,
        stderr: expect.stringContaining('give either --all or --pool NAME'),
      });
      expect(await muster('--pool', 'linx')).toMatchObject({
        exitCode: 2,
        stderr: 'muster.yaml: pools: got linx; allowed: linux; did you mean "linux"?\n',
      });
      const stuck = await muster('--all', '--yes', '--timeout', '2s');
      expect(stuck).toMatchObject({
        exitCode: 1,
        stdout: '1 groups: 3 instances run, 0 are finishing\n',
      });
      expect(stuck.stderr).toMatch(/^muster: not empty after 2s; left: eu-west-1 ci_linux_spot i-/);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
