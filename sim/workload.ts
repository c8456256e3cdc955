import type { Seconds, UnixSeconds } from '../pool/units.ts';
import { type Random, randomStream } from './random.ts';
import type { TaskArrival } from './task-queue.ts';

/**
 * A build farm's tasks. Pushes come at random at a rate that follows the hour of the day; each
 * push releases bursts of tasks at random delays, as its earlier tasks end; a burst's tasks arrive
 * within seconds. (A Neyman-Scott cluster process, in two steps.) Durations are a mixture of log-normals.
 */
export interface WorkloadParameters {
  readonly pushesPerHour: number;
  /** The rate is this share above its mean at the peak hour (UTC), and below it twelve hours later. */
  readonly dailyAmplitude: number;
  readonly peakHour: number;
  /** Bursts of a push, and tasks of a burst: log-normal, rounded, at least 1. */
  readonly bursts: { readonly median: number; readonly sigma: number; readonly limit: number };
  readonly burstSize: { readonly median: number; readonly sigma: number; readonly limit: number };
  /** Mean time from a push to each of its bursts, exponential; and between tasks of a burst. */
  readonly burstDelay: Seconds;
  readonly taskSpacing: Seconds;
  readonly durations: readonly DurationMode[];
}

/** One kind of task: log-normal durations. */
export interface DurationMode {
  readonly share: number;
  readonly median: Seconds;
  /** Standard deviation of the logarithm. */
  readonly sigma: number;
}

export interface WorkloadSpan {
  readonly start: UnixSeconds;
  readonly duration: Seconds;
}

/** Tasks that arrive within the span, in order of time. The same seed gives the same tasks. */
export function generateWorkload(
  seed: number,
  name: string,
  { start, duration }: WorkloadSpan,
  parameters: WorkloadParameters,
): readonly TaskArrival[] {
  const pushes = randomStream(seed, `pushes ${name}`);
  const bursts = randomStream(seed, `bursts ${name}`);
  const durations = randomStream(seed, `durations ${name}`);
  // Pushes from before the span still release bursts in it.
  const from = start - 6 * parameters.burstDelay;
  const times: UnixSeconds[] = [];
  for (const push of pushTimes(pushes, from, start + duration, parameters)) {
    for (let count = drawCount(bursts, parameters.bursts); count > 0; count--) {
      let at = push + bursts.exponential(parameters.burstDelay);
      for (let tasks = drawCount(bursts, parameters.burstSize); tasks > 0; tasks--) {
        if (at >= start && at < start + duration) times.push(at);
        at += bursts.exponential(parameters.taskSpacing);
      }
    }
  }
  return times
    .sort((a, b) => a - b)
    .map((at) => ({ at, duration: drawDuration(durations, parameters.durations) }));
}

/** A Poisson process of varying rate, by thinning one of the highest rate (Lewis and Shedler 1979). */
function pushTimes(
  random: Random,
  from: UnixSeconds,
  until: UnixSeconds,
  { pushesPerHour, dailyAmplitude, peakHour }: WorkloadParameters,
): UnixSeconds[] {
  const highest = (pushesPerHour * (1 + dailyAmplitude)) / 3600;
  const times: UnixSeconds[] = [];
  for (let at = from + random.exponential(1 / highest); at < until; ) {
    const hour = (at / 3600) % 24;
    const level = 1 + dailyAmplitude * Math.cos((2 * Math.PI * (hour - peakHour)) / 24);
    if (random.uniform() * (1 + dailyAmplitude) < level) times.push(at);
    at += random.exponential(1 / highest);
  }
  return times;
}

function drawCount(
  random: Random,
  { median, sigma, limit }: { median: number; sigma: number; limit: number },
): number {
  return Math.min(limit, Math.max(1, Math.round(random.logNormal(median, sigma))));
}

function drawDuration(random: Random, modes: readonly DurationMode[]): Seconds {
  let left = random.uniform() * modes.reduce((sum, { share }) => sum + share, 0);
  const mode = modes.find(({ share }) => {
    left -= share;
    return left < 0;
  });
  const { median, sigma } = mode ?? modes[0]!;
  return Math.max(1, random.logNormal(median, sigma));
}
