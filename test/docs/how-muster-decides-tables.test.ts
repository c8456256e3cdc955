/** Works out again the times and shares that docs/how-muster-decides.md lists. */
import { describe, expect, it } from 'vitest';
import { fairShare } from '../../scaler/decide/fair-share.ts';
import { followSpot, spotDelivers } from '../../scaler/decide/fallback.ts';
import { noticesToSend } from '../../scaler/decide/notice.ts';
import { capacityChange } from '../../scaler/decide/old-provisioner.ts';
import { addRefusal, type Refusals } from '../../scaler/decide/refusals.ts';
import { idleTime } from '../../scaler/decide/scale-in.ts';
import { onDemandSlots } from '../../scaler/decide/scale-out.ts';
import { aPool, aSpotMarket } from '../decide/situations.ts';
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

  it('divides a limit as the table says', () => {
    for (const [limit, wanted, shares] of tableOf(page, '## Limits that pools share')) {
      const wants = wanted!.split(', ').map((slots, index) => [`${index}`, Number(slots)] as const);
      const given = fairShare(new Map(wants), Number(limit));
      expect(wants.map(([name]) => given.get(name)).join(', ')).toBe(shares);
    }
  });

  it('lets a worker idle for a boot and a cold start, and never for less than 15 s', () => {
    const idle = (bootTime: number, coldStart: number) =>
      idleTime({ pool: aPool({ coldStart }), bootTime });
    expect([idle(120, 0), idle(120, 60), idle(3, 0)]).toEqual([120, 180, 15]);
  });

  it('states the ratio rule', () => {
    const counts = { running: 10, booting: 4, pending: 20, min: 0, max: 100, ratio: 0.25 };
    // pending - booting - round(r x running); half rounds up.
    expect(capacityChange(counts)).toBe(20 - 4 - 3);
    expect(section(page, '## Other scaling rules')).toContain('round(r x running)');
  });
});
