import type { Pool } from '../../pool/pool.ts';
import type { Seconds, Slots } from '../../pool/units.ts';
import type { PolicyResult } from './result.ts';
import { ownPolicy, runPolicy } from './run-policy.ts';
import type { Scenario } from './scenario.ts';

/** What a pool can declare that trades money for wait. */
export interface Setting {
  readonly wait: Seconds;
  readonly buffer: Slots;
  readonly idle: 'auto' | Seconds;
}

export interface Trial {
  readonly setting: Setting;
  readonly usd: number;
  /** Of waits. */
  readonly p95: Seconds;
  readonly isComplete: boolean;
}

export interface Sweep {
  readonly pool: Pool;
  /** As the pool is declared. */
  readonly declared: Trial;
  /** Cheapest first; none is as cheap and as quick as another and better at one of the two. */
  readonly paretoSet: readonly Trial[];
  /** Settings that were tried, and those of them that were tried on all tasks. */
  readonly tried: number;
  readonly triedInFull: number;
}

/** Times the declared wait target. */
const waitFactors = [0.5, 1, 1.5, 2.5];
/** Shares of the slots that are busy on average. */
const bufferShares = [0, 0.05, 0.2];
const idleTimes: readonly Setting['idle'][] = ['auto', 0, 300];
/** A pool of fewer tasks is tried in full at once. */
const fewTasks = 2000;
/** The first round has this share of the tasks, and this share of the settings goes on to the second. */
const firstShare = 0.25;
const keptShare = 1 / 3;

/**
 * Runs muster with each of some 36 settings, and keeps those that are worth having. With many tasks, in two
 * rounds of successive halving (Jamieson and Talwalkar 2016): all settings on the first quarter of the
 * tasks, and the best third of them, by fronts of cost against wait, on all.
 */
export async function sweep(
  scenario: Scenario,
  onProgress?: (share: number, doing: string) => void,
): Promise<Sweep> {
  const { pool, tasks } = scenario;
  const [declared, ...others] = settingsFor(scenario) as [Setting, ...Setting[]];
  const settings = [declared, ...others];
  const inTwoRounds = tasks.length >= fewTasks;
  const first = inTwoRounds ? firstPart(scenario) : scenario;
  const keptCount = Math.ceil(settings.length * keptShare);
  const whole = inTwoRounds ? settings.length * firstShare + keptCount : settings.length;
  let done = 0;
  const round = async (which: readonly Setting[], part: Scenario, weight: number) => {
    const trials: Trial[] = [];
    for (const setting of which) {
      trials.push(
        await tryOut(setting, part, (share) => {
          onProgress?.((done + share * weight) / whole, `of ${settings.length} settings`);
        }),
      );
      done += weight;
    }
    return trials;
  };
  let trials = await round(settings, first, inTwoRounds ? firstShare : 1);
  if (inTwoRounds) {
    const best = bestOf(trials.slice(1), keptCount - 1).map(({ setting }) => setting);
    trials = await round([declared, ...best], scenario, 1);
  }
  const paretoSet = [...front(trials)].sort((a, b) => a.usd - b.usd || a.p95 - b.p95);
  return {
    ...{ pool, declared: trials[0]!, paretoSet },
    ...{ tried: settings.length, triedInFull: trials.length },
  };
}

/** The declared one first; each once. */
function settingsFor({ pool, tasks, duration, parameters }: Scenario): readonly Setting[] {
  const work = tasks.reduce((sum, task) => sum + task.duration, 0);
  const utilities = pool.instances.map(({ utility, capacity }) => utility / capacity);
  const typical = utilities.reduce((sum, value) => sum + value, 0) / utilities.length;
  const busy = (work * parameters.worker.referenceUtilityPerSlot) / typical / duration;
  const declared = { wait: pool.wait, buffer: pool.buffer, idle: pool.lifecycle.idle };
  const settings: Setting[] = [declared];
  for (const factor of waitFactors) {
    for (const share of bufferShares) {
      for (const idle of idleTimes) {
        const buffer = Math.min(pool.capacity.max, Math.ceil(share * busy));
        settings.push({ wait: Math.max(1, Math.round(pool.wait * factor)), buffer, idle });
      }
    }
  }
  return [
    ...new Map(settings.map((one) => [`${one.wait} ${one.buffer} ${one.idle}`, one])).values(),
  ];
}

function firstPart(scenario: Scenario): Scenario {
  const tasks = scenario.tasks.slice(0, Math.ceil(scenario.tasks.length * firstShare));
  return { ...scenario, tasks, duration: tasks.at(-1)!.at - scenario.start + 1 };
}

async function tryOut(
  setting: Setting,
  scenario: Scenario,
  onProgress: (share: number) => void,
): Promise<Trial> {
  const { wait, buffer, idle } = setting;
  const lifecycle = { ...scenario.pool.lifecycle, idle };
  const pool: Pool = { ...scenario.pool, wait, buffer, lifecycle };
  const fleet = { ...scenario.fleet, pools: [pool] };
  const changed = { ...scenario, fleet, pool };
  const result = await runPolicy(ownPolicy, changed, { lowerBound: null, onProgress });
  return { setting, usd: result.usd, p95: result.summary.wait.p95, isComplete: isDone(result) };
}

function isDone({ summary: { tasks, wait } }: PolicyResult): boolean {
  return tasks.finished === tasks.arrived && Number.isFinite(wait.p95);
}

/** Front after front, until there are enough; the cheapest of the last. */
function bestOf(trials: readonly Trial[], count: number): readonly Trial[] {
  const best: Trial[] = [];
  let left = trials.filter(({ isComplete }) => isComplete);
  while (best.length < count && left.length > 0) {
    const next = front(left);
    best.push(...[...next].sort((a, b) => a.usd - b.usd).slice(0, count - best.length));
    left = left.filter((trial) => !next.includes(trial));
  }
  return best;
}

/** Trials with the same cost and wait stand once, the first of them. */
function front(trials: readonly Trial[]): readonly Trial[] {
  const complete = trials.filter(({ isComplete }) => isComplete);
  return complete.filter(
    ({ usd, p95 }, index) =>
      !complete.some(
        (other, place) =>
          other.usd <= usd &&
          other.p95 <= p95 &&
          (other.usd < usd || other.p95 < p95 || place < index),
      ),
  );
}
