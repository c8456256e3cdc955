import type { Comparison, PolicyResult } from '../compare/result.ts';

/** The policy that a report is about: muster where it took part, else the first. */
export function subjectOf({ results }: Comparison): PolicyResult {
  const subject = results.find(({ policy }) => policy === 'muster') ?? results[0];
  if (subject === undefined)
    throw new RangeError('a report needs the result of one policy or more');
  return subject;
}

/** Cheapest first; of equal cost, by name. */
export function byCost({ results }: Comparison): readonly PolicyResult[] {
  return [...results].sort((a, b) => a.usd - b.usd || (a.policy < b.policy ? -1 : 1));
}

/** Tasks that had not finished when the run ended. */
export function unfinished({ summary: { tasks } }: PolicyResult): number {
  return tasks.arrived - tasks.finished;
}
