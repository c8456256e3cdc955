import type { SimpleShape } from './service-model.ts';

export type SimpleValue = string | number | boolean | Date | Uint8Array;

export type ParsedSimple =
  | { readonly ok: true; readonly value: SimpleValue }
  | { readonly ok: false; readonly constraint: string };

const largest = { integer: 2 ** 31 - 1, long: Number.MAX_SAFE_INTEGER } as const;

/** Text of a request as a value of its shape; else what the shape allows. */
export function parseSimple(shape: SimpleShape, text: string): ParsedSimple {
  switch (shape.type) {
    case 'string':
      return limited(shape, text, text.length, 'length');
    case 'integer':
    case 'long': {
      const number = /^[+-]?\d{1,19}$/.test(text) ? Number(text) : Number.NaN;
      if (!(Math.abs(number) <= largest[shape.type])) return refuse('Member must be an integer');
      return limited(shape, number, number, 'value');
    }
    case 'float':
    case 'double': {
      const number = text.trim() === '' ? Number.NaN : Number(text);
      if (!Number.isFinite(number)) return refuse('Member must be a number');
      return limited(shape, number, number, 'value');
    }
    case 'boolean': {
      const lower = text.toLowerCase();
      if (lower !== 'true' && lower !== 'false') return refuse('Member must be true or false');
      return { ok: true, value: lower === 'true' };
    }
    case 'timestamp': {
      const at = /^\d+(\.\d+)?$/.test(text) ? new Date(Number(text) * 1000) : new Date(text);
      if (Number.isNaN(at.getTime())) return refuse('Member must be a timestamp (ISO 8601)');
      return { ok: true, value: at };
    }
    case 'blob':
      return { ok: true, value: Buffer.from(text, 'base64') };
  }
}

function limited(
  { enum: allowed, pattern, min, max }: SimpleShape,
  value: string | number,
  measure: number,
  measured: 'length' | 'value',
): ParsedSimple {
  if (allowed && !allowed.includes(String(value))) {
    return refuse(`Member must satisfy enum value set: [${allowed.join(', ')}]`);
  }
  if (min !== undefined && measure < min) {
    return refuse(`Member must have ${measured} greater than or equal to ${min}`);
  }
  if (max !== undefined && measure > max) {
    return refuse(`Member must have ${measured} less than or equal to ${max}`);
  }
  if (pattern !== undefined && !patternOf(pattern).test(String(value))) {
    return refuse(`Member must satisfy regular expression pattern: ${pattern}`);
  }
  return { ok: true, value };
}

const patterns = new Map<string, RegExp>();

/**
 * The models' patterns are Java's: a whole match, `\p{...}` by names that JavaScript does not have.
 * One that JavaScript cannot read allows anything.
 */
function patternOf(pattern: string): RegExp {
  let known = patterns.get(pattern);
  if (known === undefined) {
    try {
      known = new RegExp(`^(?:${pattern})$`, 's');
    } catch {
      known = /^/;
    }
    patterns.set(pattern, known);
  }
  return known;
}

function refuse(constraint: string): ParsedSimple {
  return { ok: false, constraint };
}
