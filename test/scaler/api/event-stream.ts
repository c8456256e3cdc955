/** A client of server-sent events, for tests: it reads when it is told to. */
import { get, type IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

export interface StreamEvent {
  readonly id: string;
  readonly data: {
    readonly pool: string;
    readonly sequence: number;
    readonly why: readonly string[];
  };
}

export interface EventStream {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly events: readonly StreamEvent[];
  /** All that came, comments too. */
  text(): string;
  /** Reads until there are so many events. */
  wait(count: number): Promise<void>;
  isOver(): boolean;
  pause(): void;
  resume(): void;
  close(): void;
}

export async function openEventStream(
  url: string,
  bearer: string,
  headers: Record<string, string> = {},
): Promise<EventStream> {
  const all = { ...headers, authorization: `Bearer ${bearer}` };
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get(url, { headers: all, agent: false }, resolve).once('error', reject);
  });
  const events: StreamEvent[] = [];
  let text = '';
  let rest = '';
  let over = false;
  response.setEncoding('utf8').on('data', (part: string) => {
    text += part;
    const blocks = (rest + part).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const [, id] = /^id: (.*)$/m.exec(block) ?? [];
      const [, data] = /^data: (.*)$/m.exec(block) ?? [];
      if (id !== undefined && data !== undefined) events.push({ id, data: JSON.parse(data) });
    }
  });
  response.once('error', () => {}); // It ends with the server.
  response.once('close', () => {
    over = true;
  });
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    events,
    text: () => text,
    async wait(count) {
      const limit = performance.now() + 10_000;
      while (events.length < count) {
        if (performance.now() > limit) throw new Error(`not ${count} events in 10 s: ${text}`);
        await sleep(20);
      }
    },
    isOver: () => over,
    pause: () => void response.pause(),
    resume: () => void response.resume(),
    close: () => void response.destroy(),
  };
}
