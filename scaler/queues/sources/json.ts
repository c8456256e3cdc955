import { search } from 'jmespath';
import { endpointKey } from '../../../pool/queues/http.ts';
import type { JsonDeclaration } from '../../../pool/queues/json.ts';
import type { Seconds, UnixSeconds } from '../../../pool/units.ts';
import { type QueueSource, SourceError, type SourceReading } from '../source.ts';
import { parseJson } from '../source-http.ts';

/** Any JSON or plain number over HTTP; one fetch serves all pools of an address. */
export const jsonSource: QueueSource<JsonDeclaration> = {
  groupKey: ({ endpoint }) => endpointKey(endpoint),
  describe: ({ endpoint }) => endpoint.url,
  minimumInterval: 0,
  zeroHold: 0,
  open: ({ http, clock }, { endpoint }) => ({
    async read(declarations, answer, signal) {
      const { url } = endpoint;
      const { value: text } = await http.text({ url, endpoint }, signal);
      // A number is JSON already.
      const json = parseJson(text, url);
      for (const [key, declaration] of declarations) {
        try {
          answer(key, readingOf(declaration, json, clock.now()));
        } catch (error) {
          answer(key, { error: error instanceof Error ? error.message : String(error) });
        }
      }
    },
  }),
};

function readingOf(
  { endpoint, pending, claimed, oldestPendingAge, oldestPendingSince }: JsonDeclaration,
  json: unknown,
  now: UnixSeconds,
): SourceReading {
  const number = (expression: string) => numberAt(json, expression, endpoint.url);
  const waiting = number(pending);
  return {
    pending: waiting,
    claimed: claimed === null ? null : number(claimed),
    // An answer without a waiting task has no oldest one, and its expression no value.
    oldestPendingAge:
      waiting === 0
        ? null
        : oldestPendingAge !== null
          ? number(oldestPendingAge)
          : ageSince(json, oldestPendingSince, endpoint.url, now),
  };
}

function ageSince(
  json: unknown,
  expression: string | null,
  url: string,
  now: UnixSeconds,
): Seconds | null {
  if (expression === null) return null;
  const value = valueAt(json, expression, url);
  const since = typeof value === 'string' ? Date.parse(value) / 1000 : value;
  if (typeof since !== 'number' || !Number.isFinite(since)) {
    throw new SourceError(
      'unreadable',
      expected('a date or seconds since 1970', expression, value, url),
    );
  }
  return Math.max(0, now - since);
}

function numberAt(json: unknown, expression: string, url: string): number {
  const value = valueAt(json, expression, url);
  if (typeof value === 'number') return value;
  throw new SourceError('unreadable', expected('a number', expression, value, url));
}

function valueAt(json: unknown, expression: string, url: string): unknown {
  try {
    return search(json, expression);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new SourceError('unreadable', `${url}: ${expression}: ${reason}`);
  }
}

function expected(what: string, expression: string, value: unknown, url: string): string {
  const got =
    value === null || value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 80);
  return `${url}: expected ${what} at ${expression}, got ${got}`;
}
