import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

/** A request that came, read in whole. */
export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface HttpFake {
  readonly port: number;
  readonly url: string;
  /** Every request so far. */
  readonly received: readonly ReceivedRequest[];
  close(): Promise<void>;
}

/** A real HTTP server on loopback that answers as it is told, and remembers what it was asked. */
export async function startHttpFake(
  answer: (request: ReceivedRequest, response: ServerResponse) => void,
): Promise<HttpFake> {
  const received: ReceivedRequest[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method = '', url: path = '', headers } = request;
    const whole = { method, path, headers, body: Buffer.concat(chunks).toString('utf8') };
    received.push(whole);
    answer(whole, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  const { port } = address;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    received,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
