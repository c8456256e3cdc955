/** Works out again the times and shares that docs/how-muster-decides.md lists. */
import { describe, expect, it } from 'vitest';
import { emptyMemory } from '../../scaler/decide/empty-memory.ts';
import { fairShare } from '../../scaler/decide/fair-share.ts';
import { followSpot, spotDelivers } from '../../scaler/decide/fallback.ts';
import { idleTime } from '../../scaler/decide/idle-time.ts';
import { safetyMargin, updateLateShare } from '../../scaler/decide/late-share.ts';
import { noticesToSend } from '../../scaler/decide/notice.ts';
import { capacityChange } from '../../scaler/decide/old-provisioner.ts';
import { addRefusal, type Refusals } from '../../scaler/decide/refusals.ts';
import { onDemandSlots } from '../../scaler/decide/scale-out.ts';
import { decideOn, letGo } from '../decide/deciding.ts';
import {
  aGroupOf,
  aHeartbeat,
  aMemory,
  anObservation,
  aPool,
  aSpotMarket,
  idleWorkers,
  known,
  now,
  workers,
} from '../decide/situations.ts';
import { readText, section, tableOf, tables } from './markdown.ts';

const page = readText('docs/how-muster-decides.md');
const rowsOf = (heading: string) => tableOf(page, heading).map((row) => row.map(Number));

describe('how muster decides', () => {
  it('doubles the time of a refusal as the table says', () => {
    let refusals: Refusals = {};
    let at = 0;
    const times = rowsOf('## Memory of refusals').map(([inARow]) => {
      refusals = addRefusal(refusals, 'offering', { cause: 'no-capacity', at });
      const { until } = refusals.offering!;
      const row = [inARow!, until - at];
      at = until + 1;
      return row;
    });
    expect(rowsOf('## Memory of refusals')).toEqual(times);
  });

  it('doubles the time for which on-demand stands in as the table says', () => {
    let delivery = spotDelivers;
    let at = 0;
    const times = rowsOf('## Spot to on-demand and back').map(([inARow]) => {
      const progress = { at, outstanding: 5, delivered: false, nothingToOffer: true };
      ({ delivery } = followSpot(delivery, { ...progress, onDemandAfter: 300 }));
      const row = [inARow!, delivery.onDemandUntil! - at];
      at = delivery.onDemandUntil!;
      return row;
    });
    expect(rowsOf('## Spot to on-demand and back')).toEqual(times);
  });

  it('has the on-demand base and share as the table says', () => {
    const [, shares] = tables(section(page, '## Spot to on-demand and back'));
    for (const row of shares!) {
      const [slots, onDemandBase, onDemandShare, result] = row.map(Number);
      const market = aSpotMarket({ onDemandBase: onDemandBase!, onDemandShare: onDemandShare! });
      expect([row, onDemandSlots(aPool({ market }), slots!)]).toEqual([row, result]);
    }
    expect(shares).toHaveLength(4);
  });

  it('tells of an incident again as the table says', () => {
    const [, rows] = tables(section(page, '## Notices'));
    const notice = { kind: 'launches-fail', cause: 'no-capacity', since: 0 } as const;
    let incidents = {};
    const told: number[] = [];
    for (let at = 0; told.length <= rows!.length; at += 600) {
      const result = noticesToSend(incidents, [notice], at);
      incidents = result.incidents;
      if (result.send.length > 0) told.push(at / 3_600);
    }
    const gaps = told.slice(1).map((hours, index) => [index + 1, hours - told[index]!]);
    expect(rows!.map((row) => row.map(Number))).toEqual(gaps);
    expect(rows).toHaveLength(7);
  });

  it('replaces as many workers of an older image at once as the table says', () => {
    const rows = tableOf(page, '## Workers of an older image');
    for (const [count, up, away, gone] of rows) {
      const current = up === 'yes' ? 1 : 0;
      const list = [
        ...workers(current, { heartbeat: aHeartbeat() }, 'new'),
        ...workers(Number(away), { launchedAt: now - 30 }, 'boots'),
        ...idleWorkers(Number(count) - current - Number(away), { outdated: true }),
      ];
      const pool = aPool({ capacity: { min: Number(count), max: 100 } });
      const retired = letGo(decideOn({ groups: [aGroupOf(list)] }, { pool }));
      expect([count, up, away, String(retired.length)]).toEqual([count, up, away, gone]);
    }
    expect(rows).toHaveLength(6);
  });

  it('divides a limit as the table says', () => {
    for (const [limit, wanted, shares] of tableOf(page, '## Limits that pools share')) {
      const wants = wanted!.split(', ').map((slots, index) => [`${index}`, Number(slots)] as const);
      const given = fairShare(new Map(wants), Number(limit));
      expect(wants.map(([name]) => given.get(name)).join(', ')).toBe(shares);
    }
  });

  describe('idle time', () => {
    const idle = (spells: readonly number[], coldStart = 0, bootTime = 120) =>
      idleTime(aPool({ coldStart }), bootTime, { lengths: spells, open: [] });

    it.each(tableOf(page, '## Scale-in'))('after spells of %s is %s s', (...row) => {
      const spells = row[0]!.split(', ').flatMap((part) => {
        const [count, length] = part.split(' of ').map(Number);
        return new Array<number>(count!).fill(length!);
      });
      const cost = (t: number) =>
        spells.reduce((sum, spell) => sum + (spell <= t ? spell : t + 140), 0);
      const chosen = idle(spells);
      expect(row.slice(1)).toEqual([chosen, cost(chosen), cost(140)].map(String));
      // Only a spell's length, or no time at all, can cost least.
      const others = [0, ...spells.filter((spell) => spell <= 140)].map(cost);
      if (spells.length >= 20) expect(cost(chosen)).toBe(Math.min(...others));
    });

    it('is a boot, a cold start and the time to drain at first', () => {
      expect([idle([]), idle([], 60), idle([], 0, 3)]).toEqual([140, 200, 23]);
    });
  });

  it('has the margin from the share of late starts as the table says', () => {
    const rows = tableOf(page, '## Margin from late starts');
    expect(rows).toEqual(
      rows.map(([share]) => [share, safetyMargin({ lateShare: Number(share) }).toFixed(2)]),
    );
    expect(emptyMemory.lateShare).toBe(0.03);
  });

  it('moves the share of late starts as the formula says', () => {
    const waiting = [
      { arrivedAt: now - 500, tasks: 3 },
      { arrivedAt: now - 125, tasks: 4 },
      { arrivedAt: now - 20, tasks: 5 },
    ];
    const memory = aMemory({ waiting, lateShare: 0.04 });
    const after = updateLateShare(aPool({ wait: 120 }), memory, anObservation({ queue: known(2) }));
    // Ten started: three late for certain, four by less than the 10 s between two looks.
    const w = Math.exp(-10 / 4_000);
    expect(after).toBeCloseTo(0.04 * w + ((1 - w) * 3) / 10, 12);
  });

  it('states the ratio rule', () => {
    const counts = { running: 10, booting: 4, pending: 20, min: 0, max: 100, ratio: 0.25 };
    // pending - booting - round(r x running); half rounds up.
    expect(capacityChange(counts)).toBe(20 - 4 - 3);
    expect(section(page, '## Other scaling rules')).toContain('round(r x running)');
  });
});
