import ky, { HTTPError } from 'ky';
import type { z } from 'zod';
import type { HttpAuth, HttpEndpoint } from '../../pool/queues/http.ts';
import type { Seconds } from '../../pool/units.ts';
import {
  bodyBytes,
  httpBackoffMilliseconds,
  httpRetries,
  keptAnswerBytes,
  keptAnswers,
  longestRetryAfter,
  waitedRetryAfter,
} from './limits.ts';
import { causeOf, readBody, startOf } from './read-body.ts';
import type { Secrets } from './secrets.ts';
import { SourceError } from './source.ts';

export interface HttpRequest {
  /** Whole address. Named in errors, so it must hold no secret. */
  readonly url: string;
  /** Headers and credentials; left out: none. */
  readonly endpoint?: Pick<HttpEndpoint, 'headers' | 'auth'>;
  /** A form is sent by POST; left out: GET. */
  readonly form?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface HttpAnswer<Value> {
  readonly value: Value;
  readonly headers: Headers;
}

/** One request and what came of it, for whoever looks on. */
export interface HttpExchange {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly status: number;
  /** Whole, and with secrets if the source sent them. */
  readonly body: string;
}

interface Kept {
  readonly validators: Readonly<Record<string, string>>;
  readonly text: string;
}

/**
 * HTTP as queue sources use it: retries network errors and statuses 408, 413, 429 and 500 to 504
 * twice with jitter, heeds Retry-After, asks for no more than has changed, and reads no body beyond
 * {@link bodyBytes}. A redirect is not followed: the address is declared, and credentials go to no
 * other. A refusal (401) reads the secret anew, once. The caller's signal is the time limit.
 */
export class SourceHttp {
  readonly #secrets: Secrets;
  readonly #kept = new Map<string, Kept>();
  readonly #onExchange: (exchange: HttpExchange) => void;

  /** @param onExchange hears of every answer that was read */
  constructor(secrets: Secrets, onExchange: (exchange: HttpExchange) => void = () => {}) {
    this.#secrets = secrets;
    this.#onExchange = onExchange;
  }

  /**
   * @throws SourceError when the answer is no JSON of this schema; names the address and the field.
   */
  async json<Schema extends z.ZodType>(
    request: HttpRequest,
    schema: Schema,
    signal: AbortSignal,
  ): Promise<HttpAnswer<z.output<Schema>>> {
    const { value: text, headers } = await this.text(request, signal);
    const json = parseJson(text, request.url);
    const parsed = schema.safeParse(json);
    if (parsed.success) return { value: parsed.data, headers };
    const issue = parsed.error.issues[0];
    const place = issue === undefined || issue.path.length === 0 ? 'it' : issue.path.join('.');
    const message = `${request.url}: the answer is not as expected: ${place}: ${issue?.message}`;
    throw new SourceError('unreadable', message);
  }

  /** @throws SourceError on any status but 200, or 304 of what is kept. */
  async text(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer<string>> {
    const { url } = request;
    const key = JSON.stringify([url, request.endpoint, request.headers]);
    const kept = request.form === undefined ? this.#kept.get(key) : undefined;
    const response = await this.#withFreshSecret(request, kept, signal);
    if (response.status === 304 && kept !== undefined) {
      await response.body?.cancel();
      return { value: kept.text, headers: response.headers };
    }
    try {
      if (response.status !== 200) {
        await response.body?.cancel();
        throw new SourceError('unreadable', `expected status 200, got ${response.status}`);
      }
      const text = await readBody(response, bodyBytes);
      const method = request.form === undefined ? 'GET' : 'POST';
      this.#onExchange({ method, url, status: response.status, body: text });
      if (request.form === undefined) this.#keep(key, text, response.headers);
      return { value: text, headers: response.headers };
    } catch (error) {
      throw named(error, url);
    }
  }

  async #withFreshSecret(
    request: HttpRequest,
    kept: Kept | undefined,
    signal: AbortSignal,
  ): Promise<Response> {
    const auth = request.endpoint?.auth ?? { kind: 'none' as const };
    try {
      return await this.#send(
        request,
        kept,
        await this.#authHeaders(auth, request.url, signal),
        signal,
      );
    } catch (error) {
      const refused = error instanceof SourceError && error.kind === 'refused';
      if (!refused || auth.kind === 'none') throw error;
      this.#secrets.forget(auth.secret);
      const headers = await this.#authHeaders(auth, request.url, signal);
      return this.#send(request, kept, headers, signal);
    }
  }

  async #authHeaders(
    auth: HttpAuth,
    url: string,
    signal: AbortSignal,
  ): Promise<Record<string, string>> {
    if (auth.kind === 'none') return {};
    try {
      const secret = await this.#secrets.read(auth.secret, signal);
      switch (auth.kind) {
        case 'bearer':
          return { authorization: `${auth.scheme} ${secret}` };
        case 'basic': {
          const pair = Buffer.from(`${auth.user}:${secret}`).toString('base64');
          return { authorization: `Basic ${pair}` };
        }
        case 'header':
          return { [auth.name]: secret };
      }
    } catch (error) {
      // Not a refusal of the source: reading the secret anew would change nothing.
      throw new SourceError('unavailable', `${url}: ${causeOf(error)}`, { cause: error });
    }
  }

  async #send(
    { url, endpoint, form, headers }: HttpRequest,
    kept: Kept | undefined,
    auth: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<Response> {
    try {
      return await ky(url, {
        method: form === undefined ? 'get' : 'post',
        ...(form !== undefined && { body: new URLSearchParams(form) }),
        signal,
        // The signal is the limit, for the body too; ky's own covers the headers only.
        timeout: false,
        redirect: 'manual',
        headers: {
          accept: 'application/json',
          ...endpoint?.headers,
          ...headers,
          ...kept?.validators,
          ...auth,
        },
        throwHttpErrors: (status) => status !== 304,
        retry: {
          limit: httpRetries,
          // A form asks as GET does; it only has more to say than an address holds.
          methods: ['get', 'post'],
          backoffLimit: httpBackoffMilliseconds,
          jitter: true,
          shouldRetry: ({ error }) => (longRetryAfter(error) ? false : undefined),
        },
      });
    } catch (error) {
      throw await sourceErrorOf(error, url);
    }
  }

  #keep(key: string, text: string, headers: Headers): void {
    const etag = headers.get('etag');
    const modified = headers.get('last-modified');
    this.#kept.delete(key);
    if ((etag === null && modified === null) || text.length > keptAnswerBytes) return;
    const validators = {
      ...(etag !== null && { 'if-none-match': etag }),
      ...(etag === null && modified !== null && { 'if-modified-since': modified }),
    };
    this.#kept.set(key, { validators, text });
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= keptAnswers) break;
      this.#kept.delete(oldest);
    }
  }
}

/** @throws SourceError that quotes how the text begins. */
export function parseJson(text: string, url: string, what = 'JSON'): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const message = `${url}: expected ${what}, got text that begins ${startOf(text)}`;
    throw new SourceError('unreadable', message);
  }
}

async function sourceErrorOf(error: unknown, url: string): Promise<SourceError> {
  if (!(error instanceof HTTPError)) {
    return new SourceError('unavailable', `${url}: ${causeOf(error)}`, { cause: error });
  }
  const { status, headers } = error.response;
  await error.response.body?.cancel();
  const where = redirectedTo(headers.get('location'), url);
  // The cause is left out: it holds the request, and that its credentials.
  return new SourceError(kindOf(status), `${url}: expected status 200, got ${status}${where}`, {
    retryAfter: retryAfterOf(headers),
  });
}

/** What stands after the path may be a secret of the other address. */
function redirectedTo(location: string | null, url: string): string {
  if (location === null || !URL.canParse(location, url)) return '';
  const { origin, pathname } = new URL(location, url);
  const place = origin === new URL(url).origin ? pathname : `${origin}${pathname}`;
  return ` to ${place}; declare the address it should be`;
}

function kindOf(status: number): SourceError['kind'] {
  if (status === 401) return 'refused';
  if (status === 429) return 'throttled';
  return status === 408 || status >= 500 ? 'unavailable' : 'unreadable';
}

function longRetryAfter(error: Error): boolean {
  if (!(error instanceof HTTPError)) return false;
  return (retryAfterOf(error.response.headers) ?? 0) > waitedRetryAfter;
}

/** Seconds, or a date (RFC 9110, 10.2.3); null: neither. */
export function retryAfterOf(headers: Headers): Seconds | null {
  const written = headers.get('retry-after')?.trim();
  if (!written) return null;
  const seconds = /^\d+$/.test(written)
    ? Number(written)
    : (Date.parse(written) - Date.parse(headers.get('date') ?? '')) / 1000;
  return Number.isFinite(seconds) ? Math.min(longestRetryAfter, Math.max(0, seconds)) : null;
}

function named(error: unknown, url: string): SourceError {
  const kind = error instanceof SourceError ? error.kind : 'unavailable';
  return new SourceError(kind, `${url}: ${causeOf(error)}`, { cause: error });
}
