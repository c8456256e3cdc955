/** Cases of docs/what-happens-when.md: limits, notices and calls that fail. */
import { describe, expect, it } from 'vitest';
import { plainInfrastructure } from '../../pool/infrastructure.ts';
import type { Fleet } from '../../pool/pool.ts';
import { decide } from '../../scaler/decide/decide.ts';
import { noticesToSend } from '../../scaler/decide/notice.ts';
import { allowances } from '../../scaler/limits.ts';
import {
  aGroup,
  aMemory,
  anObservation,
  aPool,
  known,
  now,
  remembered,
  workers,
} from '../decide/situations.ts';

const urgent = { waiting: [{ arrivedAt: now - 120, tasks: 40 }] };
const queue = known(40);

describe('limits', () => {
  it('stops launches of an image whose boots fail, and tells the owner once', () => {
    const failedBoots = [now - 60, now - 50, now - 40];
    const first = decide(aPool(), anObservation({ queue }), aMemory({ ...urgent, failedBoots }));
    expect(first.decision.target).toBe(0);
    expect(first.decision.notices).toMatchObject([{ kind: 'boots-fail', failures: 3 }]);
    const at = now + 10;
    const next = anObservation({ at, queue: known(40, 0, { readAt: at }) });
    expect(decide(aPool(), next, first.memory).decision).toMatchObject({ target: 0, notices: [] });
    const after = now - 40 + 1_800;
    const then = anObservation({ at: after, queue: known(40, 0, { readAt: after }) });
    expect(decide(aPool(), then, first.memory).decision.target).toBe(40);

    const never = remembered(workers(3, { launchedAt: now - 900 }), { heardAt: null });
    const failed = (bootedLaunchedAt: number | null) =>
      decide(aPool(), anObservation({ queue }), {
        ...aMemory({ ...urgent, workers: never, heard: true }),
        bootedLaunchedAt,
      }).decision.target;
    expect([failed(null), failed(now - 901), failed(now - 600)]).toEqual([0, 0, 40]);
  });

  it('launches nothing above the minimum once the budget is spent', () => {
    const budget = { usd: 10, per: 'day', alertAt: 0.8, cap: true } as const;
    const spent = { since: now - 3_600, usd: 10, at: now - 10 };
    const memory = aMemory({ ...urgent, spend: { day: spent, month: spent } });
    const pool = aPool({ budget, capacity: { min: 2, max: 100 } });
    const { decision } = decide(pool, anObservation({ queue }), memory);
    expect(decision.target).toBe(2);
    expect(decision.notices).toMatchObject([{ kind: 'budget-spent' }]);
    const alertOnly = aPool({ budget: { ...budget, cap: false } });
    expect(decide(alertOnly, anObservation({ queue }), memory).decision.target).toBe(40);
  });

  it('shares the launches of a region and minute evenly between pools', () => {
    const fleet: Fleet = {
      name: 'ci',
      interval: 10,
      credentials: { kind: 'default' },
      heartbeat: null,
      launchesPerMinute: 30,
      budget: null,
      paused: false,
      infrastructure: plainInfrastructure,
      regions: [
        {
          name: 'eu-west-1',
          network: { kind: 'existing', vpcId: 'vpc-1', subnetIds: [] },
          credentials: { kind: 'default' },
        },
      ],
      pools: [],
    };
    const wants = (tasks: number) =>
      decide(aPool(), anObservation({ queue: known(tasks) }), {
        ...aMemory(),
        waiting: [{ arrivedAt: now - 120, tasks }],
      }).decision;
    const wanted = new Map([
      ['large', wants(40)],
      ['small', wants(5)],
      ['other', wants(40)],
    ]);
    const launched = [{ region: 'eu-west-1', at: now - 30, slots: 5 }];
    expect(allowances(fleet, wanted, launched, now)).toEqual(
      new Map([
        ['large', 10],
        ['other', 10],
      ]),
    );
    const { decision } = decide(aPool(), anObservation({ queue, allowance: 10 }), aMemory(urgent));
    expect(decision.target).toBe(10);
    expect(decision.reasons).toContainEqual({ kind: 'launch-limit', from: 40, to: 10 });
  });

  it('does nothing while paused, and says so', () => {
    const groups = [aGroup({ desiredCapacity: 3 })];
    const observation = anObservation({ queue, groups });
    const { decision } = decide(aPool({ paused: true }), observation, aMemory(urgent));
    expect(decision).toMatchObject({ target: 3, drain: [], terminate: [] });
    expect(decision.groups[0]).toMatchObject({ overrides: null, addedSlots: 0 });
    expect(decision.reasons).toContainEqual({ kind: 'paused' });
  });

  it('tells the owner when capacity that was asked for never comes', () => {
    const groups = [aGroup({ desiredCapacity: 40 })];
    const at = (outstandingSince: number) =>
      decide(aPool(), anObservation({ queue, groups }), aMemory({ ...urgent, outstandingSince }))
        .decision.notices;
    expect(at(now - 1_200)).toEqual([]);
    expect(at(now - 1_201)).toMatchObject([{ kind: 'launches-fail' }]);
  });

  it('tells of an incident that goes on after one hour, two, four, up to a day', () => {
    const notice = { kind: 'launches-fail', cause: 'no-capacity', since: now } as const;
    const told: number[] = [];
    let incidents = {};
    for (let minutes = 0; minutes < 5 * 24 * 60; minutes += 1) {
      const result = noticesToSend(incidents, [notice], now + minutes * 60);
      incidents = result.incidents;
      if (result.send.length > 0) told.push(minutes / 60);
    }
    expect(told).toEqual([0, 1, 3, 7, 15, 31, 55, 79, 103]);
  });
});
