import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { SourceDeclaration } from '../../../../pool/queues/declaration.ts';
import type { ContractSubject, Counts, FaultName, SubjectWorld } from './subject.ts';

export interface HttpRequest {
  readonly url: URL;
  readonly method: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface HttpSubjectOptions {
  readonly kind: SourceDeclaration['kind'];
  readonly tellsClaimed?: boolean;
  /** Its credentials are the variable CONTRACT_SECRET. Default true. */
  readonly sendsSecret?: boolean;
  readonly without?: ContractSubject['without'];
  /** The declaration that leads to a server at this address. */
  declare(url: string): SourceDeclaration;
  /** The JSON that a healthy server answers a request with; null: status 404. */
  answer(request: HttpRequest, counts: Counts): unknown;
  /** The same with a field that the source needs called otherwise. */
  renamed(request: HttpRequest, counts: Counts): unknown;
  /** Called once with the address, as where it is in a variable of the process. */
  prepare?(url: string): void;
}

const secretVariable = 'CONTRACT_SECRET';
/** Larger than what any source reads. */
const hugeBytes = 40 * 1024 * 1024;

/** A source whose system is reached over HTTP, against a real HTTP server that can fail in every way. */
export function httpSubject(options: HttpSubjectOptions): ContractSubject {
  const { kind, tellsClaimed = true, sendsSecret = true, without = {} } = options;
  return {
    kind,
    against: 'HTTP',
    tellsClaimed,
    secret: sendsSecret ? secretVariable : null,
    without,
    open: () => openWorld(options),
  };
}

async function openWorld(options: HttpSubjectOptions): Promise<SubjectWorld> {
  let counts: Counts = { pending: 0, claimed: 0 };
  let fault: FaultName | null = null;
  let requests = 0;
  let elsewhere = 0;
  const environment: Record<string, string> = { [secretVariable]: 'first-secret' };
  const other = await listen((_request, response) => {
    elsewhere += 1;
    send(response, 200, JSON.stringify([]));
  });
  const handle = async (incoming: IncomingMessage, response: ServerResponse) => {
    const request = await readRequest(incoming);
    requests += 1;
    const body = (given: unknown) =>
      given === null ? send(response, 404, '{}') : send(response, 200, JSON.stringify(given));
    switch (fault) {
      case null:
        return body(options.answer(request, counts));
      case 'unreachable':
        return response.destroy();
      case '401':
        return send(response, 401, '{"message":"who are you"}');
      case '429, Retry-After':
        return send(response, 429, '{}', { 'retry-after': '60' });
      case '5xx':
        return send(response, 503, '{}');
      case 'HTML':
        return send(response, 200, '<!doctype html><title>Sign in</title>');
      case 'negative count':
        return body(options.answer(request, { pending: -1, claimed: 0 }));
      case 'absurd count':
        return body(options.answer(request, { pending: 1e15, claimed: 0 }));
      case 'renamed field':
        return body(options.renamed(request, counts));
      case 'redirect to another host':
        return send(response, 302, '[]', { location: `${addressOf(other)}/elsewhere` });
      case 'slow answer':
        return; // Never answers; the connection ends with the server.
      case 'huge answer':
        return sendHuge(response);
    }
  };
  let server = await listen(handle);
  const url = addressOf(server);
  options.prepare?.(url);
  const port = Number(new URL(url).port);
  return {
    declaration: options.declare(url),
    environment,
    requests: () => requests,
    requestsElsewhere: () => elsewhere,
    async serve(given) {
      counts = given;
      fault = null;
      if (!server.listening) server = await listen(handle, port);
    },
    async meet(name) {
      fault = name;
      if (name === 'unreachable') await close(server);
    },
    async stop() {
      await close(server);
      await close(other);
    },
  };
}

async function readRequest(incoming: IncomingMessage): Promise<HttpRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  const { method = '', url = '', headers } = incoming;
  const body = Buffer.concat(chunks).toString('utf8');
  return { url: new URL(url, 'http://127.0.0.1'), method, headers, body };
}

function send(
  response: ServerResponse,
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
}

function sendHuge(response: ServerResponse): void {
  const megabyte = Buffer.alloc(1024 * 1024, ' ');
  let sent = 0;
  const more = () => {
    while (sent < hugeBytes && !response.destroyed) {
      sent += megabyte.byteLength;
      if (!response.write(megabyte)) return;
    }
    response.end('[]');
  };
  response.on('drain', more);
  more();
}

async function listen(
  handle: (request: IncomingMessage, response: ServerResponse) => void,
  port = 0,
): Promise<Server> {
  const server = createServer(handle);
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

async function close(server: Server): Promise<void> {
  if (!server.listening) return;
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
}

function addressOf(server: Server): string {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return `http://127.0.0.1:${address.port}`;
}
