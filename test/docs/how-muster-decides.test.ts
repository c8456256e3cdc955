/** Works out again what docs/how-muster-decides.md says of demand and cost. */
import { describe, expect, it } from 'vitest';
import { bootTimeOf, readiness } from '../../scaler/decide/boot-times.ts';
import { horizonBootShare, launchDelay } from '../../scaler/decide/constants.ts';
import {
  bootFactor,
  emptyingFactor,
  expectedCost,
  hourlyDisk,
  lostWorkFactor,
} from '../../scaler/decide/cost.ts';
import { slotsToRequest } from '../../scaler/decide/demand.ts';
import { interruptionRate } from '../../scaler/decide/interruption-rate.ts';
import { spotMaxPrice } from '../../scaler/decide/overrides.ts';
import { rankOfferings } from '../../scaler/decide/ranking.ts';
import { policySchema } from '../../scaler/schemas/policy-schema.ts';
import { pool, stepAt, steps } from './decide-example.ts';
import { fenced, like, readText, section, tableOf, tables } from './markdown.ts';

const page = readText('docs/how-muster-decides.md');
const example = '## A worked example';

describe('the worked example', () => {
  it('has the pool of examples/decide.jsonl', () => {
    const [written] = fenced(page, 'json pool');
    expect(policySchema.parse(JSON.parse(written!))).toEqual(pool);
  });

  it('is decided as the table says', () => {
    const decided = steps.map(({ after, observation: { queue }, decision }) => {
      const { capacity } = decision;
      const known = queue.status === 'known' ? queue : null;
      return [
        ...[after, known?.pending, known?.claimed],
        ...[capacity.booting, capacity.idle, capacity.busy, capacity.draining],
        ...[decision.target, decision.drain.length, decision.terminate.length],
      ].map(String);
    });
    expect(tableOf(page, example)).toEqual(decided);
  });

  it('comes out by hand as it does by the code', () => {
    const { decision, observation } = stepAt(360);
    const before = stepAt(120);
    const demand = decision.reasons.find((reason) => reason.kind === 'demand')!;
    const maximum = decision.reasons.find((reason) => reason.kind === 'maximum')!;
    const oldest = observation.queue.status === 'known' ? observation.queue.oldestPendingAge! : 0;
    const due = pool.wait - oldest;
    const { busy } = decision.capacity;
    const finished = observation.finishedTasks.map(({ duration }) => duration);
    const busySeconds = before.decision.capacity.busy * (360 - 120);
    const mean = finished.reduce((sum, duration) => sum + duration, 0) / finished.length;
    const slotTime = (busySeconds + 5 * mean) / (finished.length + 5);
    const { bootTimes } = before.memory;
    const share = bootTimes.filter((time) => time <= due).length / bootTimes.length;
    const finish = (busy * due) / slotTime;
    const sure = finish - Math.sqrt(finish);
    const slots = (demand.pending - sure) / share;
    const byHand = [
      demand.pending,
      slotTime,
      Math.max(...bootTimes) + 5,
      due,
      share,
      finish,
      sure,
      slots,
      busy + slots,
      Math.min(busy + slots, pool.capacity.max),
      Math.min(busy + slots, pool.capacity.max) - busy,
    ];
    const values = tables(section(page, example))[1]!.map(([, , value]) => value);
    expect(values).toEqual(byHand.map(String));
    expect(demand).toMatchObject({ taskDuration: slotTime, bootTime: 125, slots: busy + slots });
    expect(maximum).toMatchObject({ from: busy + slots, to: pool.capacity.max });
    expect(decision.groups[0]!.addedSlots).toBe(byHand.at(-1));
  });
});

describe('demand', () => {
  const [, boots, cases] = tables(section(page, '## Demand from the wait target'));

  it.each(boots!)('counts boots done in %s s at the age of %s s', (...row) => {
    const [t, x, longer, done] = row.map(Number) as [number, number, number, number];
    const seen = [60, 90, 120, 180];
    expect(page).toContain('With boots of 60, 90, 120 and 180 s:');
    const known = seen.filter((time) => time > x);
    expect([known.length, known.filter((time) => time <= x + t).length]).toEqual([longer, done]);
    const { share, time } = readiness(seen, t, x);
    expect(row.slice(4)).toEqual([like(row[4]!, share), like(row[5]!, time)]);
  });

  it.each(cases!)(
    'of %s due in %s s, boots %s s, margin %s, free %s, busy %s, coming %s',
    (...row) => {
      const [waiting, due, , margin, free, busy] = row.map(Number) as [
        ...[number, number, number, number, number, number],
      ];
      const boots = row[2]!.split(', ').map(Number);
      const coming = row[6] === '-' ? [] : [row[6]!.split(' since ').map(Number)];
      const wait = 1_000;
      const basis = {
        at: 0,
        waiting: [{ arrivedAt: due - wait, tasks: waiting }],
        ...{ wait, slotTime: 240, boots, margin },
      };
      const supply = {
        ...{ free, busy },
        coming: coming.map(([slots, age]) => ({ slots: slots!, age: age! })),
      };
      const bootTime = bootTimeOf(boots, horizonBootShare) + launchDelay;
      const demand = slotsToRequest(basis, supply, bootTime + 10);
      expect([demand.slots, demand.late].map(String)).toEqual(row.slice(7));
    },
  );
});

describe('cost', () => {
  const { observation, memory } = stepAt(0);
  const { ranked, rejected } = rankOfferings(pool, observation, memory);
  const heading = '## Expected cost';
  const [parts, offerings, rates] = tables(section(page, heading));

  it('is made of the parts as the table says', () => {
    const { price, basis } = ranked[0]!;
    const values = [
      price,
      hourlyDisk(basis),
      basis.utility,
      bootFactor(basis),
      lostWorkFactor(basis),
      emptyingFactor(basis),
      expectedCost(price, basis),
    ];
    const cells = parts!.map((row) => row[3]!);
    expect(cells).toEqual(values.map((value, index) => like(cells[index]!, value)));
    const { taskDuration, bootTime, lifetime, disk } = basis;
    expect([disk, bootTime, lifetime, taskDuration + bootTime]).toEqual([20, 120, 3_600, 420]);
    expect([basis.slots, 1 + (taskDuration * (1 / 2)) / lifetime]).toEqual([
      2,
      emptyingFactor(basis),
    ]);
  });

  it('ranks the offerings as the table says', () => {
    const least = ranked[0]!.cost;
    const rows = ranked.map(({ offering, price, basis, cost }) => [
      offering.instanceType,
      offering.zone,
      price.toFixed(4),
      (price / basis.utility).toFixed(4),
      cost.toFixed(4),
      `${((cost / least - 1) * 100).toFixed(1)} %`,
    ]);
    expect(offerings).toEqual(rows);
    expect(rejected).toMatchObject([
      {
        offering: { instanceType: 'c6i.2xlarge', zone: 'eu-west-1b', price: 0.45 },
        because: 'above-max-price',
      },
    ]);
  });

  it.each(rates!)('of interruptions: bucket %s, p %s, %s h, %s interruptions', (...row) => {
    const shares = ['0.025', '0.075', '0.125', '0.175', '0.250'];
    const bucket = row[0] === 'none known' ? null : shares.indexOf(row[1]!);
    const [watched, interruptions] = [Number(row[2]) * 3_600, Number(row[3])];
    const rate = interruptionRate({ watched, interruptions, at: 0, latest: [] }, bucket);
    const work = { interruptionRate: rate, taskDuration: 3_600, bootTime: 120 };
    expect(row.slice(4)).toEqual([
      like(row[4]!, rate * 3_600),
      like(row[5]!, lostWorkFactor(work)),
    ]);
  });

  it('gives the group its types and its spot max price', () => {
    const [group] = stepAt(0).decision.groups;
    const caps = tables(section(page, '## Caps on the price of spot'))[1]!;
    const chosen = group!.overrides!.map(({ instanceType, weight }) => [
      instanceType,
      String(weight),
      (0.4 / weight).toFixed(4),
    ]);
    expect(caps).toEqual([...chosen, ['the group', '', group!.spotMaxPrice!.toFixed(4)]]);
    const types = group!.overrides!.map(({ weight }) => ({ cap: 0.4, weight }));
    expect(spotMaxPrice(types as unknown as Parameters<typeof spotMaxPrice>[0])).toBe(0.2);
  });
});
