import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { DeclarationError } from '../../pool/declaration-error.ts';
import { parseFleet } from '../../pool/load.ts';
import { fullSample, sample } from './sample.ts';

/** Whether it was accepted; anything thrown but a DeclarationError with problems is a failure. */
function accepts(text: string): boolean {
  try {
    parseFleet(text, 'f');
    return true;
  } catch (error) {
    if (!(error instanceof DeclarationError)) throw error;
    expect(error.problems.length).toBeGreaterThan(0);
    for (const { position, message } of error.problems) {
      expect(message).not.toBe('');
      expect(position === null || (position.line > 0 && position.column > 0)).toBe(true);
    }
    return false;
  }
}

/** Every place in a value, as the keys that lead to it. */
function pathsOf(value: unknown): (string | number)[][] {
  if (typeof value !== 'object' || value === null) return [[]];
  const entries = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return [[], ...entries.flatMap(([key, inner]) => pathsOf(inner).map((path) => [key, ...path]))];
}

function withValueAt(value: unknown, [key, ...rest]: (string | number)[], put: unknown): unknown {
  if (key === undefined) return put;
  if (Array.isArray(value)) {
    return value.map((item, index) => (index === key ? withValueAt(item, rest, put) : item));
  }
  const entries = Object.entries(value as Record<string, unknown>);
  return Object.fromEntries(
    entries.map(([name, item]) => [name, name === key ? withValueAt(item, rest, put) : item]),
  );
}

/** The same with the keys of every mapping in another order, but for regions: theirs counts. */
function reordered(value: unknown, next: () => number): unknown {
  if (Array.isArray(value)) return value.map((item) => reordered(item, next));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, item]): [string, unknown] => [
    key,
    key === 'regions' ? item : reordered(item, next),
  ]);
  return Object.fromEntries(
    entries
      .map((entry) => ({ entry, rank: next() }))
      .sort((a, b) => a.rank - b.rank)
      .map(({ entry }) => entry),
  );
}

describe('any text', () => {
  it('is a fleet or a DeclarationError', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void accepts(text)));
    const yamlText = fc.string({
      unit: fc.constantFrom(...'ab:-[]{}&*!|>#"\'\n\t ,?%@`<0'.split('')),
    });
    fc.assert(
      fc.property(yamlText, (text) => void accepts(text)),
      { numRuns: 500 },
    );
  });

  it('is a fleet or a DeclarationError, whatever YAML value it holds', () => {
    const value = fc.anything({ maxDepth: 4, withBigInt: false, withDate: false });
    fc.assert(
      fc.property(fc.jsonValue(), (json) => void accepts(JSON.stringify(json))),
      { numRuns: 300 },
    );
    fc.assert(
      fc.property(value, (any) => {
        let text = '';
        try {
          text = stringify(any) ?? '';
        } catch {
          fc.pre(false);
        }
        accepts(text);
      }),
    );
  });

  it('is a fleet or a DeclarationError when any one value of a good one is another', () => {
    const odd = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.constantFrom(null, '', -1, 1e99, '__proto__', 'constructor', [], {}, [[]], '90x', 0.1),
    );
    for (const text of [sample, fullSample]) {
      expect(accepts(text)).toBe(true);
      const good: unknown = parse(text);
      fc.assert(
        fc.property(fc.constantFrom(...pathsOf(good)), odd, (path, put) => {
          accepts(JSON.stringify(withValueAt(good, path, put)));
        }),
        { numRuns: 1_000 },
      );
    }
  });
});

describe('a reserved key', () => {
  it('is a DeclarationError, beside whatever else is wrong there', () => {
    const regions: unknown = JSON.parse('{"__proto__": null, "": null}');
    expect(accepts(JSON.stringify(withValueAt(parse(sample), ['regions'], regions)))).toBe(false);
  });
});

describe('the order in the file', () => {
  it('of keys, pools and instance types changes nothing', () => {
    const good = parse(sample) as { pools: Record<string, { instances: unknown[] }> };
    const linux = good.pools.linux!;
    const pools = {
      linux,
      mac: { ...linux, tags: { b: 'x', a: 'y' } },
      win: { ...linux, id: 'a' },
    };
    const expected = parseFleet(JSON.stringify({ ...good, pools }), 'f');
    expect(expected.pools.map(({ id }) => id)).toEqual(['a', 'linux', 'mac']);
    const ranks = fc.infiniteStream(fc.integer());
    fc.assert(
      fc.property(
        ranks,
        fc.shuffledSubarray(linux.instances, { minLength: 2 }),
        (stream, order) => {
          const mixed = Object.entries(pools).map(([name, pool]) => [
            name,
            { ...pool, instances: order },
          ]);
          const other = reordered({ ...good, pools: Object.fromEntries(mixed) }, () => {
            return stream.next().value ?? 0;
          });
          expect(parseFleet(JSON.stringify(other), 'f')).toEqual(expected);
        },
      ),
    );
  });
});
