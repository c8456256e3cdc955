import { SourceError } from './source.ts';

/**
 * The body as text, given up as soon as it is too large.
 * @throws SourceError
 */
export async function readBody(response: Response, limitBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of response.body ?? []) {
      bytes += chunk.byteLength;
      if (bytes > limitBytes) break;
      chunks.push(chunk);
    }
  } catch (error) {
    const message = `the answer broke off: ${causeOf(error)}`;
    throw new SourceError('unavailable', message, { cause: error });
  }
  if (bytes > limitBytes) {
    throw new SourceError('unreadable', `the answer is larger than ${limitBytes} bytes`);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** `fetch failed` says little; its cause has the system's code. */
export function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return cause instanceof Error ? `${error.message} (${cause.message})` : error.message;
}

/** How a text begins, quoted, for a message about what it is not. */
export function startOf(text: string): string {
  return JSON.stringify(text.slice(0, 40));
}
