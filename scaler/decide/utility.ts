import type { InstanceChoice } from '../../pool/pool.ts';
import type { Utility } from '../../pool/units.ts';
import { noTaskDuration, updateEstimate } from './estimate.ts';
import type { LearnedUtility, Memory } from './memory.ts';
import type { FinishedTask, PoolPolicy } from './observation.ts';

/** A declared utility is corrected by at most this factor either way. */
const mostCorrection = 2;
/** A correction moves by at most this share with each finished task. */
const largestStep = 0.02;
/** So many tasks must have finished on a type, and in the pool, before anything is corrected. */
const leastTasks = 20;

/** The utility that counts: the declared one, times what was learned where the pool learns. */
export function correctedUtility(
  { learnUtility }: PoolPolicy,
  choice: InstanceChoice,
  memory: Memory,
): Utility {
  if (!learnUtility) return choice.utility;
  return choice.utility * (memory.learnedUtility[choice.type]?.factor ?? 1);
}

/**
 * Learns from finished tasks how types compare. A task on one slot of a type takes
 *
 *     duration = work / (utility / capacity)
 *
 * so if utilities are right, duration x utility / capacity is alike on all types. What a type has
 * of it, against the pool's mean, is the correction that it asks for:
 *
 *     factor -> pool's mean work rate / (mean duration on the type x utility / capacity)
 *
 * in steps of at most 2 % a task and within a factor of two, once 20 tasks have finished on the type.
 */
export function learnUtilities(
  pool: PoolPolicy,
  memory: Pick<Memory, 'learnedUtility'>,
  finished: readonly FinishedTask[],
): Memory['learnedUtility'] {
  if (!pool.learnUtility || finished.length === 0) return memory.learnedUtility;
  const choices = new Map(pool.instances.map((choice) => [choice.type, choice]));
  const learned: Record<string, LearnedUtility> = { ...memory.learnedUtility };
  for (const { instanceType, duration } of finished) {
    const choice = choices.get(instanceType);
    if (!choice) continue;
    const before = learned[instanceType] ?? { taskDuration: noTaskDuration, factor: 1 };
    const taskDuration = updateEstimate(before.taskDuration, duration);
    const known = { ...before, taskDuration };
    learned[instanceType] = known;
    const target = targetFactor(choice, known, learned, choices);
    if (target === null) continue;
    const step = Math.min(1 + largestStep, Math.max(1 / (1 + largestStep), target / known.factor));
    learned[instanceType] = { taskDuration, factor: bounded(known.factor * step) };
  }
  return learned;
}

function targetFactor(
  choice: InstanceChoice,
  { taskDuration }: LearnedUtility,
  learned: Memory['learnedUtility'],
  choices: ReadonlyMap<string, InstanceChoice>,
): number | null {
  if (taskDuration.samples < leastTasks) return null;
  const works: number[] = [];
  for (const [type, { taskDuration: of }] of Object.entries(learned)) {
    const other = choices.get(type);
    if (other && of.samples >= leastTasks) works.push((of.mean * other.utility) / other.capacity);
  }
  if (works.length < 2) return null;
  const mean = works.reduce((sum, work) => sum + work, 0) / works.length;
  return bounded(mean / ((taskDuration.mean * choice.utility) / choice.capacity));
}

function bounded(factor: number): number {
  return Math.min(mostCorrection, Math.max(1 / mostCorrection, factor));
}
