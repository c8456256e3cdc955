/** The building blocks of the schema: each says in its errors what it got and what is allowed. */
import * as z from 'zod';
import { rejected, showValue } from './finding.ts';
import { nearest, suggestion } from './nearest.ts';
import {
  type Parsed,
  parseDuration,
  parsePrice,
  parseSize,
  printDuration,
  printSize,
} from './parse-units.ts';
import type { Gibibytes, Seconds } from './units.ts';

type RawIssue = { readonly code: string; readonly input: unknown };

function rejecting(allowed: string): { error: (issue: RawIssue) => string } {
  return { error: ({ input }) => rejected(input, allowed) };
}

/** Separates the allowed keys that {@link mapping} puts in the message of an unknown key. */
export const keySeparator = ', ';

/** A mapping with these keys and no others. */
export function mapping<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  const keys = Object.keys(shape).join(keySeparator);
  return z.strictObject(shape, {
    // The one who explains an unknown key needs the known ones: they are the message.
    error: ({ code, input }) =>
      code === 'unrecognized_keys' ? keys : rejected(input, `a mapping with the keys ${keys}`),
  });
}

/**
 * A mapping from names of one's own to values of one kind. `key` is for editors: zod leaves the
 * values under a bad key unread, so `rules.ts` judges the keys.
 */
export function record<Value extends z.core.SomeType>(
  value: Value,
  limits: { key: z.ZodString; minimum: number; maximum: number; of: string },
) {
  const { key, minimum, maximum, of } = limits;
  const allowed = rejecting(`a mapping of ${minimum} to ${maximum} ${of}`);
  const { $schema: _, ...propertyNames } = z.toJSONSchema(key, { target: 'draft-7' });
  return z
    .record(z.string(), value, allowed)
    .refine((entries) => Object.keys(entries).length >= minimum, allowed)
    .refine((entries) => Object.keys(entries).length <= maximum, allowed)
    .meta({ minProperties: minimum, maxProperties: maximum, propertyNames });
}

/** A list with at least one entry. */
export function list<Value extends z.core.SomeType>(value: Value, maximum: number, of: string) {
  const allowed = rejecting(`a list of 1 to ${maximum} ${of}`);
  return z.array(value, allowed).min(1, allowed).max(maximum, allowed);
}

/** Text of a form; `what` names the form, best with an example. */
export function text(what: string, pattern: RegExp, maximum = 255) {
  const error = ({ input }: RawIssue) => {
    const quote = typeof input === 'number' || typeof input === 'boolean';
    return rejected(input, what, quote ? `; did you mean ${JSON.stringify(String(input))}?` : '');
  };
  return z.string({ error }).regex(pattern, { error }).max(maximum, { error });
}

/** Text on which a check finds a problem, or null. */
export function checkedText(what: string, check: (value: string) => string | null) {
  return z
    .string(rejecting(what))
    .max(1_000, rejecting(what))
    .superRefine((value, context) => {
      const problem = check(value);
      if (problem !== null) context.addIssue({ code: 'custom', message: problem });
    });
}

export function wholeNumber(minimum: number, maximum: number, of: string) {
  const allowed = rejecting(`a whole number from ${minimum} to ${maximum} (${of})`);
  return z.int(allowed).min(minimum, allowed).max(maximum, allowed);
}

/** A number above 0. */
export function positiveNumber(maximum: number, of: string) {
  const allowed = rejecting(`a number above 0, up to ${maximum} (${of})`);
  return z.number(allowed).gt(0, allowed).max(maximum, allowed);
}

/** A number within limits, both allowed. */
export function numberBetween(minimum: number, maximum: number, of: string) {
  const allowed = rejecting(`a number from ${minimum} to ${maximum} (${of})`);
  return z.number(allowed).min(minimum, allowed).max(maximum, allowed);
}

/** A part of a whole that is never all of it: from 0 to below 1. */
export function partOf(whole: string, or = '') {
  const allowed = rejecting(`a number from 0 to below 1 (part of ${whole})${or}`);
  return z.number(allowed).min(0, allowed).lt(1, allowed);
}

/** What YAML 1.1 took for true and false, and YAML 1.2 takes for text. */
const switchWords: Readonly<Record<string, string>> = {
  ...{ yes: 'true', on: 'true', True: 'true', no: 'false', off: 'false', False: 'false' },
};

export function trueOrFalse() {
  return z.boolean({
    error: ({ input }) => {
      const meant =
        typeof input === 'string' && Object.hasOwn(switchWords, input) ? switchWords[input] : null;
      return rejected(input, 'true or false', meant ? `; did you mean ${meant}?` : '');
    },
  });
}

/** One of a few words. `synonyms` are what people write instead, by what they mean. */
export function words<const Words extends readonly [string, ...string[]]>(
  allowed: Words,
  { synonyms = {}, or = '' }: { synonyms?: Readonly<Record<string, string>>; or?: string } = {},
) {
  return z.enum(allowed, {
    error: ({ input }) => rejected(input, `${allowed.join(', ')}${or}`, fix(input)),
  });
  function fix(input: unknown): string {
    if (typeof input !== 'string') return '';
    if (Object.hasOwn(synonyms, input)) return suggestion(synonyms[input] ?? null);
    return suggestion(nearest(input, allowed));
  }
}

const durationPattern = '^([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?$';

/** A duration within limits, as seconds; or one of the words, as itself. */
export function duration<const Word extends string = never>(
  minimum: Seconds,
  maximum: Seconds,
  ...specialWords: Word[]
) {
  const or = specialWords.map((word) => `, or ${word}`).join('');
  const allowed = `a duration from ${printDuration(minimum)} to ${printDuration(maximum)}${or}`;
  const pattern = [...specialWords.map((word) => `^${word}$`), durationPattern].join('|');
  return parsedText(allowed, pattern, (written): Parsed<Seconds | Word> => {
    const word = specialWords.find((special) => special === written);
    if (word !== undefined) return { ok: true, value: word };
    const fix = suggestion(nearest(written, specialWords));
    if (fix !== '') return { ok: false, problem: `allowed: ${allowed}${fix}` };
    return within(parseDuration(written), minimum, maximum, allowed);
  });
}

/** A size of a volume within limits, as GiB. */
export function size(minimum: Gibibytes, maximum: Gibibytes) {
  const allowed = `a size from ${printSize(minimum)} to ${printSize(maximum)}`;
  return parsedText(allowed, '^[0-9]+(GiB|TiB)$', (written) =>
    within(parseSize(written), minimum, maximum, allowed),
  );
}

/** USD per instance-hour. */
export function price(maximum: number) {
  const allowed = `a number above 0, up to ${maximum} (USD per instance-hour)`;
  const error = ({ input }: RawIssue) => {
    const parsed = typeof input === 'string' ? parsePrice(input) : null;
    const fix = parsed?.ok ? `${input} without quotes` : '';
    return parsed === null || parsed.ok
      ? rejected(input, allowed, fix && `; did you mean ${fix}?`)
      : `got ${showValue(input)}: ${parsed.problem}`;
  };
  const number = z.number({ error }).gt(0, { error }).max(maximum, { error });
  return number.superRefine((value, context) => {
    const parsed = parsePrice(String(value));
    if (parsed.ok || value <= 0) return;
    context.addIssue({ code: 'custom', message: `got ${value}: ${parsed.problem}` });
  });
}

function within<T>(parsed: Parsed<T>, minimum: T, maximum: T, allowed: string): Parsed<T> {
  if (!parsed.ok || (parsed.value >= minimum && parsed.value <= maximum)) return parsed;
  return { ok: false, problem: `allowed: ${allowed}` };
}

/** Text that a parser turns into a value; the pattern is for editors and is no stricter than it. */
export function parsedText<T>(
  allowed: string,
  pattern: string,
  parse: (written: string) => Parsed<T>,
) {
  return z
    .string({
      error: ({ input }) => {
        if (typeof input !== 'number') return rejected(input, allowed);
        const parsed = parse(String(input));
        return `got ${input}: ${parsed.ok ? allowed : parsed.problem}`;
      },
    })
    .meta({ pattern })
    .transform((written, context): T => {
      const parsed = parse(written);
      if (parsed.ok) return parsed.value;
      const message = `got ${showValue(written)}: ${parsed.problem}`;
      context.addIssue({ code: 'custom', message });
      return z.NEVER;
    });
}
