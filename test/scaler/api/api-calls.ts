/** Calls of the API with bearer tokens, for tests. */
import type { ApiServer } from './api-server.ts';

/** What tests look into; the rest is compared whole. */
export interface Answer {
  readonly code?: string;
  readonly message?: string;
  readonly baseUrl?: string;
  readonly details?: { readonly length?: number; readonly reasons?: readonly string[] };
  readonly entries?: readonly { readonly name: string }[];
}

export interface Sent {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Answer;
}

/** @param bearer null: none */
export async function sendTo(
  api: Pick<ApiServer, 'url'>,
  bearer: string | null,
  method: string,
  path: string,
  body?: unknown,
): Promise<Sent> {
  const response = await fetch(`${api.url}${path}`, {
    method,
    headers: {
      ...(bearer !== null && { authorization: `Bearer ${bearer}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const { status, headers } = response;
  return { status, headers, body: text === '' ? null : JSON.parse(text) };
}
