import { describe, expect, it } from 'vitest';
import { expectedCost } from '../../scaler/decide/cost.ts';
import {
  halfLife,
  interruptionRate,
  watchOffering,
} from '../../scaler/decide/interruption-rate.ts';

describe('expectedCost', () => {
  const basis = {
    utility: 2,
    disk: 0,
    interruptionRate: 0,
    taskDuration: 600,
    bootTime: 120,
    lifetime: 3_600,
    slots: 1,
  };

  it('is price / utility, and the share of life that boots', () => {
    expect(expectedCost(0.2, basis)).toBeCloseTo((0.2 / 2) * (1 + 120 / 3_600), 12);
  });

  it('adds the hourly price of the disk', () => {
    // 146 GiB at 0.08 USD a month of 730 h: 0.016 USD/h.
    const extra = expectedCost(0.2, { ...basis, disk: 146 }) - expectedCost(0.2, basis);
    expect(extra).toBeCloseTo((0.016 / 2) * (1 + 120 / 3_600), 12);
  });

  it('adds what interruptions lose: the task so far and another boot', () => {
    const once = expectedCost(0.2, { ...basis, interruptionRate: 1 / 7_200 });
    expect(once / expectedCost(0.2, basis)).toBeCloseTo(1 + (600 + 120) / 7_200, 12);
  });

  it.each([
    [2, 600, 3_600, 1 + (600 * 0.5) / 3_600],
    // 1/2 + 1/3 + 1/4 = 13/12.
    [4, 600, 3_600, 1 + (600 * 13) / 12 / 3_600],
    // No worker lives shorter than the task that it runs.
    [2, 600, 300, 1 + 0.5],
  ])(
    'adds what %i slots cost until the last of their tasks of %i s has ended, in %i s of life',
    (slots, taskDuration, lifetime, factor) => {
      const given = { ...basis, taskDuration, lifetime };
      const many = expectedCost(0.2, { ...given, slots });
      expect(many / expectedCost(0.2, given)).toBeCloseTo(factor, 12);
    },
  );

  it('finds two small workers cheaper than one large at the same price', () => {
    const small = expectedCost(0.1, { ...basis, utility: 1 });
    expect(small).toBeLessThan(expectedCost(0.2, { ...basis, utility: 2, slots: 2 }));
  });
});

describe('interruptionRate', () => {
  const perMonth = 1 / (30.4 * 86_400);

  it.each([
    [0, 0.025],
    [1, 0.075],
    [4, 0.25],
    [null, 0.075],
  ])('starts from the published bucket %s', (bucket, share) => {
    expect(interruptionRate(undefined, bucket)).toBeCloseTo(-Math.log(1 - share) * perMonth, 15);
  });

  it('comes to what was seen as the hours add up', () => {
    let record = watchOffering(undefined, { at: 0, instances: 0, interruptions: 0 }, 3);
    for (let hour = 1; hour <= 200; hour += 1) {
      record = watchOffering(record, { at: hour * 3_600, instances: 1_000, interruptions: 10 }, 3);
    }
    // Ten in 1,000 instance-hours.
    expect(interruptionRate(record, 0) * 3_600).toBeCloseTo(0.01, 3);
    expect(record.latest).toHaveLength(3);
  });

  it('forgets half in a half-life', () => {
    const record = watchOffering(undefined, { at: 0, instances: 0, interruptions: 8 }, 3);
    const later = watchOffering(record, { at: halfLife, instances: 0, interruptions: 0 }, 3);
    expect(later.interruptions).toBeCloseTo(4, 12);
  });
});
