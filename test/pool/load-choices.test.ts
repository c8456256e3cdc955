/** What a pool may choose beyond what every pool has: how to scale, where, within which limits. */
import { describe, expect, it } from 'vitest';
import { findInstanceType } from '../../pool/catalogue.ts';
import { parseFleet } from '../../pool/load.ts';
import type { Pool } from '../../pool/pool.ts';
import { changed, sample } from './sample.ts';

function poolOf(text: string): Pool {
  const [pool] = parseFleet(text, 'f').pools;
  if (pool === undefined) throw new Error('no pool');
  return pool;
}

const withKey = (yaml: string) => poolOf(changed('    wait: 90s', `    ${yaml}`));

describe('a pool', () => {
  it.each([
    ['wait', { kind: 'wait' }],
    ['task', { kind: 'task' }],
    ['{ ratio: 0.2 }', { kind: 'ratio', ratio: 0.2 }],
    ['{ ratio: -0.2 }', { kind: 'ratio', ratio: -0.2 }],
    ['{ ratio: 0 }', { kind: 'ratio', ratio: 0 }],
    ['{ fixed: 8 }', { kind: 'fixed', slots: 8 }],
    ['{ fixed: 0 }', { kind: 'fixed', slots: 0 }],
  ])('scales by %s', (scaling, expected) => {
    expect(withKey(`scaling: ${scaling}`).scaling).toEqual(expected);
  });

  it('scales by a schedule', () => {
    const pool = withKey(
      'schedule: [{ cron: 0 7 * * 1-5, timeZone: Europe/Berlin, for: 10h, min: 8 }, ' +
        '{ cron: "*/30 6,7 1-7 JAN MON", for: 1m, min: 1 }]\n    scaling: schedule',
    );
    expect(pool.scaling).toEqual({ kind: 'schedule' });
    expect(pool.schedule).toEqual([
      { cron: '0 7 * * 1-5', timeZone: 'Europe/Berlin', duration: 36_000, min: 8 },
      { cron: '*/30 6,7 1-7 JAN MON', timeZone: 'UTC', duration: 60, min: 1 },
    ]);
  });

  it.each([
    ['buffer: 8', { buffer: 8 }],
    ['coldStart: 60s', { coldStart: 60 }],
    ['paused: true', { paused: true }],
    ['learnUtility: true', { learnUtility: true }],
    [
      'placement: { zones: cheapest }',
      { placement: { zones: 'cheapest', regionShare: 1, zoneShare: 0.7 } },
    ],
    [
      'placement: { zones: cheapest, zoneShare: 0.4, regionShare: 0.5 }',
      { placement: { zones: 'cheapest', regionShare: 0.5, zoneShare: 0.4 } },
    ],
    [
      'breakers: { boots: { count: 5, pause: 1h } }',
      {
        breakers: {
          interruptions: { count: 3, within: 900, pause: 1_800 },
          boots: { count: 5, within: 1_800, pause: 3_600 },
        },
      },
    ],
    ['budget: 500/month', { budget: { usd: 500, per: 'month', alertAt: 0.8, cap: true } }],
    ['budget: 20.50/day', { budget: { usd: 20.5, per: 'day', alertAt: 0.8, cap: true } }],
    [
      'budget: { usd: 500, per: month, alertAt: 0.5, cap: false }',
      { budget: { usd: 500, per: 'month', alertAt: 0.5, cap: false } },
    ],
    [
      'budget: { usd: 0.01, per: day }',
      { budget: { usd: 0.01, per: 'day', alertAt: 0.8, cap: true } },
    ],
    [
      'notifyOnMissing: [a@example.com, "arn:aws:sns:eu-west-1:111122223333:ops", ' +
        '"https://hooks.example.com/T0/B0", a@example.com]',
      {
        notifyOnMissing: [
          'a@example.com',
          'arn:aws:sns:eu-west-1:111122223333:ops',
          'https://hooks.example.com/T0/B0',
        ],
      },
    ],
  ])('has %s', (yaml, expected) => {
    expect(withKey(yaml)).toMatchObject(expected);
  });
});

describe('a fleet', () => {
  it('has limits that its pools share', () => {
    const keys = 'limits: { launchesPerMinute: 100 }\nbudget: 500/month\npaused: true';
    expect(parseFleet(changed('fleet: ci', `fleet: ci\n${keys}`), 'f')).toMatchObject({
      launchesPerMinute: 100,
      budget: { usd: 500, per: 'month', alertAt: 0.8, cap: true },
      paused: true,
    });
    expect(parseFleet(changed('fleet: ci', 'fleet: ci\nlimits: {}'), 'f')).toEqual(
      parseFleet(sample, 'f'),
    );
  });

  it('has a discount, which a pool and a type may replace', () => {
    const discounts = (text: string) =>
      poolOf(text).instances.map(({ onDemandDiscount }) => onDemandDiscount);
    const ofFleet = changed('fleet: ci', 'fleet: ci\nonDemandDiscount: 0.28');
    const ofPool = ofFleet.replace('wait: 90s', 'onDemandDiscount: 0.1');
    const ofType = ofPool.replace('utility: 2 }', 'utility: 2, onDemandDiscount: 0 }');
    expect(discounts(ofFleet)).toEqual([0.28, 0.28]);
    expect(discounts(ofPool)).toEqual([0.1, 0.1]);
    expect(discounts(ofType)).toEqual([0.1, 0]);
  });
});

describe('an instance type', () => {
  it('has a price of its own that spot may not pass', () => {
    const text = changed('utility: 2 }', 'utility: 2, maxPrice: 0.105 }');
    expect(poolOf(text).instances.map(({ maxPrice }) => maxPrice)).toEqual([null, 0.105]);
  });

  it("has the catalogue's score / 1000 for a utility where the pool declares none", () => {
    const text = changed(', utility: 1.5', '').replace(', utility: 2', '');
    const scores = ['c6i.xlarge', 'c7g.xlarge'].map(
      (type) => findInstanceType(type)?.clangMultiScore ?? Number.NaN,
    );
    expect(scores[0]).toBeGreaterThan(1_000);
    expect(poolOf(text).instances.map(({ utility }) => utility)).toEqual(
      scores.map((score) => score / 1_000),
    );
  });
});
