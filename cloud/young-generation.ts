import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

const mebibyte = 1024 * 1024;
/** Of its two halves together. */
const wanted = 8 * mebibyte;
const mostRounds = 200;

/**
 * Keeps V8's young generation at a size. It would grow to 32 MiB and more in a moment in which thousands
 * of instances start, and nearly all of that is garbage; at less than this, describing all groups takes
 * three times as long.
 */
export function holdYoungGeneration(): void {
  // It grows when what survives is as much as it holds, so something has to.
  const kept: object[] = [];
  for (let round = 0; round < mostRounds && size() < wanted; round++) {
    for (let count = 0; count < 5_000; count++) kept.push({ round, count });
  }
  kept.length = 0;
  setFlagsFromString('--semi-space-growth-factor=1');
}

function size(): number {
  const space = getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space');
  return space?.space_size ?? wanted;
}
