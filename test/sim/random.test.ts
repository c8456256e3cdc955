import { describe, expect, it } from 'vitest';
import { randomStream } from '../../sim/random.ts';
import { ascending, deviation, mean, quantile } from '../../sim/statistics.ts';

const draw = (count: number, next: () => number) => Array.from({ length: count }, next);

describe('a random stream', () => {
  it('is the same for the same seed and name', () => {
    const one = draw(50, randomStream(7, 'boots').uniform);
    expect(draw(50, randomStream(7, 'boots').uniform)).toEqual(one);
  });

  it('differs by seed and by name', () => {
    const one = draw(5, randomStream(7, 'boots').uniform);
    expect(draw(5, randomStream(8, 'boots').uniform)).not.toEqual(one);
    expect(draw(5, randomStream(7, 'boot').uniform)).not.toEqual(one);
  });

  it('is not shifted by what other streams draw', () => {
    const alone = draw(5, randomStream(7, 'a').uniform);
    const [a, b] = [randomStream(7, 'a'), randomStream(7, 'b')];
    const beside = draw(5, () => {
      b.uniform();
      return a.uniform();
    });
    expect(beside).toEqual(alone);
  });

  it('is uniform in [0, 1), streams of neighbouring seeds together too', () => {
    for (const values of [
      draw(20_000, randomStream(1, 'u').uniform),
      Array.from({ length: 20_000 }, (_, seed) => randomStream(seed, 'u').uniform()),
    ]) {
      expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...values)).toBeLessThan(1);
      expect(mean(values)).toBeCloseTo(0.5, 1.7);
      for (const share of [0.1, 0.25, 0.5, 0.75, 0.9]) {
        expect(Math.abs(quantile(ascending(values), share) - share)).toBeLessThan(0.015);
      }
    }
  });

  it('has the moments that its distributions state', () => {
    const random = randomStream(3, 'moments');
    const normal = draw(50_000, random.normal);
    expect(Math.abs(mean(normal))).toBeLessThan(0.02);
    expect(Math.abs(deviation(normal) - 1)).toBeLessThan(0.02);
    expect(mean(draw(50_000, () => random.exponential(60))) / 60).toBeCloseTo(1, 1);
    const logNormal = ascending(draw(50_000, () => random.logNormal(75, 0.541)));
    expect(Math.abs(quantile(logNormal, 0.5) - 75)).toBeLessThan(1.5);
    expect(Math.abs(quantile(logNormal, 0.9) - 150)).toBeLessThan(5);
    const whole = draw(10_000, () => random.integer(6));
    expect([...new Set(whole)].sort()).toEqual([0, 1, 2, 3, 4, 5]);
  });
});
