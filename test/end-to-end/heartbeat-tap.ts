import { createServer } from 'node:http';
import { freePort } from '../harness/free-port.ts';

/** One worker's word, and what it was told, as they passed. */
export interface PassedHeartbeat {
  readonly instanceId: string;
  readonly busySlots: number;
  readonly taking: boolean;
  readonly finished: number;
  /** When it came in, in milliseconds since 1970. */
  readonly at: number;
  /** Null: the scaler did not answer. */
  readonly drain: boolean | null;
}

export interface HeartbeatTap {
  /** What workers are told is the scaler. */
  readonly url: string;
  /** In the order in which they came in. */
  readonly passed: readonly PassedHeartbeat[];
  stop(): Promise<void>;
}

const limitMilliseconds = 10_000;

/** Passes heartbeats on to the scaler and keeps what was said, as a witness beside its own log. */
export async function tapHeartbeats(scalerUrl: string): Promise<HeartbeatTap> {
  const passed: PassedHeartbeat[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const at = Date.now();
    const answer = await pass(`${scalerUrl}${request.url}`, body);
    passed.push({ ...readHeartbeat(body), at, drain: answer.drain });
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.text);
  });
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${port}`, passed, stop };
}

async function pass(
  url: string,
  body: Buffer,
): Promise<{ status: number; text: string; drain: boolean | null }> {
  try {
    const headers = { 'content-type': 'application/json' };
    const signal = AbortSignal.timeout(limitMilliseconds);
    const response = await fetch(url, {
      method: 'POST',
      headers,
      body: new Uint8Array(body),
      signal,
    });
    const text = await response.text();
    return { status: response.status, text, drain: JSON.parse(text).drain === true };
  } catch {
    return { status: 502, text: '{}', drain: null };
  }
}

function readHeartbeat(body: Buffer) {
  const { instanceId, busySlots, taking, finished } = JSON.parse(body.toString());
  return { instanceId, busySlots, taking, finished: finished?.length ?? 0 };
}
