import { decide } from '../scaler/decide/decide.ts';
import type { Memory } from '../scaler/decide/memory.ts';
import {
  type BenchPool,
  benchPools,
  later,
  offeringsPerPool,
  withNewPrices,
} from './decide/world.ts';

export const description = 'one pass of decisions over a fleet of pools, and memory over many';

export const parameters = { pools: 1_000, rounds: 30, decisions: 1_000_000 };

/**
 * A pass decides once for every pool, on prices and workers that a pool has 192 and 8 of. Ten times
 * the pools tell whether time grows in step; a long run tells whether memory grows at all. Passes in
 * which every price is new tell that nothing rests on prices that stay.
 */
export async function run({ pools, rounds, decisions }: typeof parameters) {
  const small = measure('one pass', pools, rounds, (world) => world);
  const fewer = Math.max(3, Math.round(rounds / 5));
  const large = measure('one pass', pools * 10, fewer, (world) => world);
  const moving = measure('one pass, new prices', pools, rounds, withNewPrices);
  const times = ({ medianMilliseconds: median }: typeof small) =>
    Number((median / small.medianMilliseconds).toFixed(2));
  return {
    rows: [
      { ...small, timesSmall: 1 },
      { ...large, timesSmall: times(large) },
      { ...moving, timesSmall: times(moving) },
      heldMemory(pools, decisions),
    ],
  };
}

/** `change`: what becomes of the world before each pass, outside of the time that is measured. */
function measure(
  name: string,
  count: number,
  rounds: number,
  change: (world: readonly BenchPool[], round: number) => readonly BenchPool[],
) {
  const world = benchPools(count);
  const memories: (Memory | null)[] = world.map(() => null);
  const milliseconds: number[] = [];
  const warmUp = 5;
  for (let round = 0; round < warmUp + rounds; round += 1) {
    const pass = change(world, round).map((one) => later(one, round * 10));
    const startedAt = performance.now();
    passOver(pass, memories);
    if (round >= warmUp) milliseconds.push(performance.now() - startedAt);
  }
  milliseconds.sort((a, b) => a - b);
  const median = milliseconds[Math.floor(milliseconds.length / 2)]!;
  return {
    measure: name,
    pools: count,
    offerings: count * offeringsPerPool,
    medianMilliseconds: Number(median.toFixed(2)),
    leastMilliseconds: Number(milliseconds[0]!.toFixed(2)),
    microsecondsPerPool: Number(((median * 1_000) / count).toFixed(2)),
  };
}

/** Heap in use after a tenth of the decisions and after all of them, each after a collection. */
function heldMemory(count: number, decisions: number) {
  const world = benchPools(count);
  const memories: (Memory | null)[] = world.map(() => null);
  const passes = Math.ceil(decisions / count);
  let early = 0;
  for (let pass = 1; pass <= passes; pass += 1) {
    passOver(
      world.map((one) => later(one, pass * 10)),
      memories,
    );
    if (pass === Math.ceil(passes / 10)) early = heapMebibytes();
  }
  return {
    measure: 'heap in use',
    pools: count,
    decisions: passes * count,
    mebibytesAfterTenth: early,
    mebibytesAfterAll: heapMebibytes(),
  };
}

function passOver(pass: readonly BenchPool[], memories: (Memory | null)[]): void {
  for (let index = 0; index < pass.length; index += 1) {
    const { pool, observation } = pass[index]!;
    memories[index] = decide(pool, observation, memories[index]!).memory;
  }
}

function heapMebibytes(): number {
  globalThis.gc?.();
  return Math.round(process.memoryUsage().heapUsed / 1024 ** 2);
}
