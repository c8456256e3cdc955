/**
 * The one door for randomness. A stream is named for its purpose, and depends on the seed and its
 * name alone: a new use of randomness is a new stream and shifts no other.
 */
import type { Seconds } from '../pool/units.ts';

export interface Random {
  /** Uniform in [0, 1), with 32 bits. */
  uniform(): number;
  /** Uniform whole number in [0, limit). */
  integer(limit: number): number;
  /** Standard normal. */
  normal(): number;
  /** Exponential with this mean, in the unit of the mean. */
  exponential(mean: Seconds): Seconds;
  /** Log-normal: `sigma` is the standard deviation of the logarithm. */
  logNormal(median: number, sigma: number): number;
}

/** The stream of one purpose, such as `boot` or `price use1-az1 c6i.large`. */
export function randomStream(seed: number, name: string): Random {
  const next = smallFastCounter(hashText(`${seed}/${name}`));
  const uniform = () => next() / 2 ** 32;
  /** In (0, 1], so that its logarithm is finite. */
  const positive = () => 1 - uniform();
  /** Box and Muller 1958; the second of each pair is dropped, so that a stream holds no half pair. */
  const normal = () => Math.sqrt(-2 * Math.log(positive())) * Math.cos(2 * Math.PI * uniform());
  return {
    uniform,
    integer: (limit) => Math.floor(uniform() * limit),
    normal,
    exponential: (mean) => -mean * Math.log(positive()),
    logNormal: (median, sigma) => median * Math.exp(sigma * normal()),
  };
}

/**
 * sfc32, "small fast counter", by Chris Doty-Humphrey (PractRand): 96 bits of chaotic state and a
 * 32-bit counter, so its period is at least 2^32. The first 12 values are thrown away, as in PractRand.
 */
function smallFastCounter([a, b, c]: readonly [number, number, number]): () => number {
  let counter = 1;
  const next = () => {
    const value = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + value) | 0;
    return value >>> 0;
  };
  for (let skipped = 0; skipped < 12; skipped++) next();
  return next;
}

/** Three 32-bit words of a text: FNV-1a from three starts, each mixed by MurmurHash3's finaliser. */
function hashText(text: string): [number, number, number] {
  const word = (start: number) => {
    let hash = start;
    for (let index = 0; index < text.length; index++) {
      hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
    }
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    return hash ^ (hash >>> 16);
  };
  return [word(0x811c9dc5), word(0x9e3779b9), word(0x6a09e667)];
}
