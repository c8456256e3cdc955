import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { demoWorkload } from '../../sim/demo-workload.ts';
import { readCsv } from '../../sim/fit/read-csv.ts';
import { ascending, countsByWindow, mean, quantile } from '../../sim/statistics.ts';
import { generateWorkload } from '../../sim/workload.ts';
import { missingParts } from '../harness/missing-part.ts';
import { projectRoot } from '../harness/project-root.ts';

const hour = 3600;
const traceFile = `${projectRoot}/../shared/data/jobs/firefox-ci-2020-08.gecko-3-b-linux.csv.gz`;

describe('a generated workload', () => {
  const span = { start: 1000 * hour, duration: 20 * hour };
  const tasks = generateWorkload(1, 'linux', span, demoWorkload);

  it('is in order and within its span', () => {
    const times = tasks.map(({ at }) => at);
    expect(times).toEqual(ascending(times));
    expect(times[0]).toBeGreaterThanOrEqual(span.start);
    expect(times.at(-1)).toBeLessThan(span.start + span.duration);
    expect(Math.min(...tasks.map(({ duration }) => duration))).toBeGreaterThanOrEqual(1);
  });

  it('depends on seed and name alone', () => {
    expect(generateWorkload(1, 'linux', span, demoWorkload)).toEqual(tasks);
    expect(generateWorkload(2, 'linux', span, demoWorkload)).not.toEqual(tasks);
    expect(generateWorkload(1, 'mac', span, demoWorkload)).not.toEqual(tasks);
  });

  it('has more tasks at the hours of its peak', () => {
    const parameters = { ...demoWorkload, dailyAmplitude: 0.9, peakHour: 6, burstDelay: 60 };
    const days = { start: 0, duration: 100 * 24 * hour };
    const counts = [0, 0];
    for (const { at } of generateWorkload(1, 'linux', days, parameters)) {
      const fromPeak = Math.abs(((at / hour) % 24) - 6);
      if (fromPeak < 3) counts[0]!++;
      if (Math.abs(fromPeak - 12) < 3) counts[1]!++;
    }
    expect(counts[0]! / counts[1]!).toBeGreaterThan(3);
  });
});

const part = {
  name: '../shared/data',
  install: 'put the reference data beside the project to compare the demo workload with it',
  present: () => existsSync(traceFile),
};
// The data is no part of the project, so even a build machine may lack it.
const missing = await missingParts([part], {});

describe.skipIf(missing)('the demo workload is like the trace it was fitted to', () => {
  const rows = existsSync(traceFile) ? readCsv(traceFile) : [];
  const arrivals = rows.map(([arrival]) => Number(arrival));
  const durations = ascending(rows.map(([, duration]) => Number(duration)));
  const end = Math.floor((arrivals.at(-1) ?? 0) / hour) * hour;
  // Ten times as long as the trace: single pushes weigh less.
  const whole = { start: 0, duration: end * 10 };
  const tasks = generateWorkload(42, 'fit', whole, demoWorkload);
  const generated = ascending(tasks.map(({ duration }) => duration));
  const ratio = (ours: number, theirs: number) => (ours + 1) / (theirs + 1);

  it.each([0.1, 0.25, 0.5, 0.75, 0.9, 0.99])(
    'in the %d quantile of durations, to 6 %%',
    (share) => {
      const off = ratio(quantile(generated, share), quantile(durations, share));
      expect(Math.abs(off - 1)).toBeLessThan(0.06);
    },
  );

  it('in the mean duration, to 3 %', () => {
    expect(Math.abs(mean(generated) / mean(durations) - 1)).toBeLessThan(0.03);
  });

  it('in tasks per hour, to 15 %', () => {
    const perHour = (tasks.length / whole.duration) * hour;
    expect(Math.abs(perHour / ((arrivals.length / arrivals.at(-1)!) * hour) - 1)).toBeLessThan(
      0.15,
    );
  });

  it.each([
    [10, 0.99],
    [60, 0.9],
    [60, 0.99],
    [600, 0.5],
    [600, 0.99],
    [3600, 0.5],
    [3600, 0.9],
    [3600, 0.99],
  ])('in counts of %d s at the %d quantile, to a factor of 1.7', (width, share) => {
    const theirs = ascending(countsByWindow(arrivals, { start: 0, end, width }));
    const times = tasks.map(({ at }) => at);
    const ours = ascending(countsByWindow(times, { start: 0, end: whole.duration, width }));
    const off = ratio(quantile(ours, share), quantile(theirs, share));
    expect(off).toBeGreaterThan(1 / 1.7);
    expect(off).toBeLessThan(1.7);
  });
});
