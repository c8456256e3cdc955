import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  parseDuration,
  parsePrice,
  parseSize,
  printDuration,
  printPrice,
  printSize,
} from '../../pool/parse-units.ts';

const days = 86_400;

describe('what is printed is read back', () => {
  it.each([
    ['duration', fc.nat(3_650 * days), printDuration, parseDuration],
    ['size', fc.nat(1_048_576), printSize, parseSize],
    ['price', fc.nat(999_999_999_999).map((n) => n / 1e6), printPrice, parsePrice],
  ] as const)('%s', (_, values, print, parse) => {
    fc.assert(
      fc.property(values, (value) => {
        expect(parse(print(value))).toEqual({ ok: true, value });
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('what is read prints as it was, or is refused', () => {
  const written = fc.string({
    unit: fc.constantFrom(...'0123456789dhmsGTiB.'.split('')),
    maxLength: 9,
  });
  it.each([
    ['duration', parseDuration, printDuration],
    ['size', parseSize, printSize],
  ] as const)('%s', (_, parse, print) => {
    fc.assert(
      fc.property(written, (text) => {
        const parsed = parse(text);
        if (!parsed.ok) expect(parsed.problem).not.toBe('');
        else expect(parse(print(parsed.value))).toEqual(parsed);
      }),
      { numRuns: 2_000 },
    );
  });
});

it.each([
  ['90s', 90],
  ['5m', 300],
  ['1h30m', 5_400],
  ['96h', 345_600],
  ['2d', 2 * days],
  ['1d1h1m1s', days + 3_661],
  ['0s', 0],
])('duration %s', (text, value) => {
  expect(parseDuration(text)).toEqual({ ok: true, value });
});

it.each([
  ['', 'such as 90s'],
  ['90', 'a duration needs a unit: 90s'],
  ['90x', 'unknown unit "x"; allowed: d, h, m, s'],
  ['5min', 'did you mean 5m?'],
  ['5M', 'did you mean 5m?'],
  ['100ms', 'unknown unit "ms"; allowed: d, h, m, s'],
  ['1.5h', 'no fractions'],
  ['1h 30m', 'no spaces'],
  ['30m1h', 'from large to small'],
  ['1m1m', 'from large to small'],
  ['-5m', 'such as 90s'],
  ['05m', 'superfluous 0'],
  ['1h60m', 'write 2h'],
  ['3651d', 'at most 3650d'],
  [`${'9'.repeat(400)}s`, 'at most 3650d'],
  ['5constructor', 'unknown unit "constructor"'],
])('no duration: %s', (text, problem) => {
  expect(parseDuration(text)).toEqual({ ok: false, problem: expect.stringContaining(problem) });
});

it.each([
  ['20GiB', 20],
  ['1TiB', 1024],
  ['0GiB', 0],
])('size %s', (text, value) => {
  expect(parseSize(text)).toEqual({ ok: true, value });
});

it.each([
  ['20', 'a size needs a unit: 20GiB'],
  ['20GB', 'did you mean 20GiB?'],
  ['20 GiB', 'no spaces'],
  ['2T', 'did you mean 2TiB?'],
  ['512MiB', 'unknown unit "MiB"; allowed: GiB, TiB'],
  ['1.5TiB', 'no fractions'],
  ['', 'such as 20GiB'],
  ['9999TiB', 'at most 1024TiB'],
])('no size: %s', (text, problem) => {
  expect(parseSize(text)).toEqual({ ok: false, problem: expect.stringContaining(problem) });
});

it.each([
  ['$0.30', 'did you mean 0.30?'],
  ['0.30 USD', 'did you mean 0.30?'],
  ['0,30', 'such as 0.30'],
  ['1e-7', 'such as 0.30'],
  ['0.1234567', 'at most 6'],
  ['-1', 'such as 0.30'],
])('no price: %s', (text, problem) => {
  expect(parsePrice(text)).toEqual({ ok: false, problem: expect.stringContaining(problem) });
});
