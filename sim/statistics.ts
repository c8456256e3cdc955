/** The value that a share of `sorted` (ascending) does not exceed, by nearest rank; NaN when empty. */
export function quantile(sorted: readonly number[], share: number): number {
  const rank = Math.ceil(share * sorted.length) - 1;
  return sorted[Math.min(sorted.length - 1, Math.max(0, rank))] ?? Number.NaN;
}

export function ascending(values: Iterable<number>): number[] {
  return [...values].sort((a, b) => a - b);
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Standard deviation of a sample. */
export function deviation(values: readonly number[]): number {
  const middle = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - middle) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1));
}

/** How many of `times` fall into each window of `width` from `start` to `end`. */
export function countsByWindow(
  times: Iterable<number>,
  { start, end, width }: { start: number; end: number; width: number },
): number[] {
  const counts = new Array<number>(Math.floor((end - start) / width)).fill(0);
  for (const time of times) {
    const index = Math.floor((time - start) / width);
    if (counts[index] !== undefined) counts[index]++;
  }
  return counts;
}
