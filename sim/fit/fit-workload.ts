/**
 * Fits the demo workload to a trace of tasks: `npx tsx sim/fit/fit-workload.ts TRACE.csv[.gz]` with
 * columns arrival_s,duration_s. Durations by expectation maximisation of a mixture of log-normals;
 * arrivals by a random search that compares counts in windows of 10 s to 1 h with those of the trace.
 */
import { randomStream } from '../random.ts';
import { ascending, countsByWindow, mean, quantile } from '../statistics.ts';
import { type DurationMode, generateWorkload, type WorkloadParameters } from '../workload.ts';
import { readCsv } from './read-csv.ts';

const file = process.argv[2];
if (file === undefined) {
  process.stderr.write('usage: fit-workload TRACE.csv[.gz]\n');
  process.exit(2);
}
const rows = readCsv(file);
const arrivals = rows.map(([arrival]) => Number(arrival));
const taskDurations = rows.map(([, duration]) => Number(duration));
const span = arrivals.at(-1)!;
const trials = 600;
const generatedSpans = 4;
const windows = [10, 60, 600, 3600];
const shares = [0.5, 0.75, 0.9, 0.95, 0.99];

/** Dempster, Laird and Rubin 1977, on logarithms. */
function fitDurations(values: readonly number[], medians: readonly number[]): DurationMode[] {
  const logs = values.map((value) => Math.log(Math.max(1, value)));
  let modes = medians.map((median) => ({ share: 1 / medians.length, median, sigma: 0.3 }));
  for (let step = 0; step < 300; step++) {
    const sums = modes.map(() => ({ weight: 0, first: 0, second: 0 }));
    for (const log of logs) {
      const chances = modes.map(
        ({ share, median, sigma }) =>
          (share / sigma) * Math.exp(-0.5 * ((log - Math.log(median)) / sigma) ** 2),
      );
      const whole = chances.reduce((sum, chance) => sum + chance, 0);
      for (const [index, sum] of sums.entries()) {
        const weight = chances[index]! / whole;
        sum.weight += weight;
        sum.first += weight * log;
        sum.second += weight * log * log;
      }
    }
    modes = sums.map(({ weight, first, second }) => ({
      share: weight / logs.length,
      median: Math.exp(first / weight),
      sigma: Math.sqrt(Math.max(1e-4, second / weight - (first / weight) ** 2)),
    }));
  }
  return modes;
}

/** First harmonic of the hourly counts, each capped at their p90 so that single pushes do not rule. */
function fitDailyCycle(times: readonly number[]): { amplitude: number; peakHour: number } {
  const counts = countsByWindow(times, { start: 0, end: span, width: 3600 });
  const cap = quantile(ascending(counts), 0.9);
  const days = counts.slice(0, Math.floor(counts.length / 24) * 24).map((n) => Math.min(n, cap));
  const middle = mean(days);
  let cosine = 0;
  let sine = 0;
  for (const [hour, count] of days.entries()) {
    cosine += ((count / middle) * Math.cos((2 * Math.PI * hour) / 24) * 2) / days.length;
    sine += ((count / middle) * Math.sin((2 * Math.PI * hour) / 24) * 2) / days.length;
  }
  const peakHour = (Math.atan2(sine, cosine) * 24) / (2 * Math.PI);
  return { amplitude: Math.hypot(cosine, sine), peakHour: (peakHour + 24) % 24 };
}

/** Quantiles of counts and index of dispersion (variance / mean), for each window. */
function describeArrivals(times: readonly number[], end: number): number[][] {
  return windows.map((width) => {
    const counts = countsByWindow(times, { start: 0, end, width });
    const sorted = ascending(counts);
    const middle = mean(counts);
    const variance = mean(counts.map((count) => (count - middle) ** 2));
    return [...shares.map((share) => quantile(sorted, share)), variance / middle];
  });
}

function generatedTimes(seed: number, parameters: WorkloadParameters): number[] {
  const whole = { start: 0, duration: span * generatedSpans };
  return generateWorkload(seed, 'fit', whole, parameters).map(({ at }) => at);
}

function misfit(wanted: number[][], got: number[][]): number {
  let sum = 0;
  for (const [row, values] of wanted.entries()) {
    for (const [column, value] of values.entries()) {
      sum += Math.log((got[row]![column]! + 1) / (value + 1)) ** 2;
    }
  }
  return sum;
}

function fitArrivals(durations: DurationMode[]): WorkloadParameters {
  const cycle = fitDailyCycle(arrivals);
  const wanted = describeArrivals(arrivals, span);
  const random = randomStream(1, 'search');
  const between = (low: number, high: number) => low * (high / low) ** random.uniform();
  let best: { parameters: WorkloadParameters; misfit: number } | null = null;
  for (let trial = 0; trial < trials; trial++) {
    const drawn: WorkloadParameters = {
      pushesPerHour: between(0.5, 8),
      dailyAmplitude: cycle.amplitude,
      peakHour: cycle.peakHour,
      bursts: { median: between(1, 25), sigma: between(0.5, 2), limit: 1000 },
      burstSize: { median: between(0.3, 3), sigma: between(1, 2), limit: 130 },
      burstDelay: between(200, 4000),
      taskSpacing: between(0.05, 3),
      durations,
    };
    // The rate follows from the number of tasks; a second draw of the same seed has it about right.
    const made = generatedTimes(trial, drawn).length / generatedSpans;
    const pushesPerHour = (drawn.pushesPerHour * arrivals.length) / made;
    const parameters = { ...drawn, pushesPerHour };
    const got = describeArrivals(generatedTimes(trial + 1, parameters), span * generatedSpans);
    const error = misfit(wanted, got);
    if (best === null || error < best.misfit) best = { parameters, misfit: error };
  }
  process.stdout.write(`misfit ${best!.misfit.toFixed(3)} (sum of squared log ratios)\n`);
  return best!.parameters;
}

function printFit(parameters: WorkloadParameters): void {
  const print = (label: string, values: number[]) =>
    process.stdout.write(
      `${label.padEnd(24)}${values.map((v) => v.toFixed(1).padStart(9)).join('')}\n`,
    );
  const whole = { start: 0, duration: span * generatedSpans };
  const tasks = generateWorkload(99, 'check', whole, parameters);
  const durationShares = [0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99];
  const ours = ascending(tasks.map(({ duration }) => duration));
  const theirs = ascending(taskDurations);
  print(
    'duration, share',
    durationShares.map((share) => share * 100),
  );
  print('  trace', [...durationShares.map((share) => quantile(theirs, share)), mean(theirs)]);
  print('  generator', [...durationShares.map((share) => quantile(ours, share)), mean(ours)]);
  const wanted = describeArrivals(arrivals, span);
  const got = describeArrivals(
    tasks.map(({ at }) => at),
    whole.duration,
  );
  print(
    'counts, share (last: variance/mean)',
    shares.map((share) => share * 100),
  );
  for (const [index, width] of windows.entries()) {
    print(`  ${width} s, trace`, wanted[index]!);
    print(`  ${width} s, generator`, got[index]!);
  }
  const hours = span / 3600;
  print('tasks per hour', [arrivals.length / hours, tasks.length / hours / generatedSpans]);
}

const durations = fitDurations(taskDurations, [50, 160, 230, 600, 1300, 2400]);
const fitted = fitArrivals(durations);
process.stdout.write(`${JSON.stringify(fitted, null, 2)}\n`);
printFit(fitted);
