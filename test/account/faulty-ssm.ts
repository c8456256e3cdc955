/** What stands between a program and moto's SSM, and refuses what it is told to refuse. */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SsmCall {
  /** Such as `PutParameter`. */
  readonly action: string;
  readonly region: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

export interface FaultySsm {
  readonly endpoint: string;
  readonly calls: SsmCall[];
  /** From now on; the code of AWS with which a call is refused, or null. */
  fail(fault: (call: SsmCall) => string | null): void;
  stop(): Promise<void>;
}

export async function startFaultySsm(moto: string): Promise<FaultySsm> {
  const calls: SsmCall[] = [];
  let fault: (call: SsmCall) => string | null = () => null;
  const server = createServer(async (request, response) => {
    const body = await readBody(request);
    const call = readCall(request, body);
    calls.push(call);
    const code = fault(call);
    if (code !== null) {
      response.writeHead(400, { 'content-type': 'application/x-amz-json-1.1' });
      response.end(JSON.stringify({ __type: code, message: 'refused by the test' }));
      return;
    }
    const kept = ['authorization', 'content-type', 'x-amz-date', 'x-amz-target'];
    const headers = kept.map((name): [string, string] => [name, `${request.headers[name]}`]);
    const answer = await fetch(moto, { method: 'POST', headers, body });
    response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.1' });
    response.end(await answer.text());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    fail: (given) => {
      fault = given;
    },
    stop: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function readCall({ headers }: IncomingMessage, body: string): SsmCall {
  const action = `${headers['x-amz-target']}`.replace(/^AmazonSSM\./, '');
  const [, region = ''] =
    /Credential=[^/]+\/\d+\/([a-z0-9-]+)\//.exec(headers.authorization ?? '') ?? [];
  return { action, region, parameters: JSON.parse(body || '{}') };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}
