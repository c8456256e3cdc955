/**
 * What stands between Packer and moto: it passes every call on and keeps it, so that a test sees what
 * moto forgets (the key of a copy, the metadata options of an instance). Two departures of moto it makes up
 * for: moto ends CreateImage with 500 when snapshots are to be tagged, and says that no image that it makes
 * has its root on EBS.
 */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface RecordedCall {
  readonly action: string;
  readonly region: string;
  /** As EC2's query protocol has them, such as `MetadataOptions.HttpTokens`. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** What EC2 answers instead; null: the call goes on to moto. */
export type Fault = (
  call: RecordedCall,
) => { readonly status: number; readonly code: string } | null;

export interface RecordingEc2 {
  readonly endpoint: string;
  readonly calls: RecordedCall[];
  /** From now on. */
  fail(fault: Fault): void;
  stop(): Promise<void>;
}

/** moto takes every image that it makes to have no EBS root; Packer refuses to start from one. */
const motoRootDevice = '<rootDeviceType>standard</rootDeviceType>';
const rootDevice = '<rootDeviceType>ebs</rootDeviceType>';

export async function startRecordingEc2(moto: string): Promise<RecordingEc2> {
  const calls: RecordedCall[] = [];
  let fault: Fault = () => null;
  const server = createServer((request, response) => {
    void (async () => {
      const body = await readBody(request);
      const call = readCall(request, body);
      if (call !== null) calls.push(call);
      const refused = call === null ? null : fault(call);
      if (refused !== null) {
        response.writeHead(refused.status, { 'content-type': 'text/xml' });
        response.end(errorAnswer(refused.code));
        return;
      }
      const sent = call?.action === 'CreateImage' ? withoutSnapshotTags(body) : body;
      const answer = await fetch(new URL(request.url ?? '/', moto), {
        method: request.method ?? 'GET',
        headers: forwarded(request),
        ...(sent === '' ? {} : { body: sent }),
      });
      response.writeHead(answer.status, {
        'content-type': answer.headers.get('content-type') ?? 'text/xml',
      });
      response.end((await answer.text()).replaceAll(motoRootDevice, rootDevice));
    })().catch((error: unknown) => {
      response.writeHead(502).end(String(error));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    fail: (given) => {
      fault = given;
    },
    stop: () => close(server),
  };
}

function readCall(request: IncomingMessage, body: string): RecordedCall | null {
  const parameters = new URLSearchParams(body);
  const action = parameters.get('Action');
  if (action === null) return null;
  const scope = /Credential=[^/]+\/\d+\/([a-z0-9-]+)\//.exec(request.headers.authorization ?? '');
  return { action, region: scope?.[1] ?? '', parameters: new Map(parameters) };
}

/** moto takes tags of the image only. */
function withoutSnapshotTags(body: string): string {
  const parameters = new URLSearchParams(body);
  const snapshots = [...parameters]
    .filter(([name, value]) => name.endsWith('.ResourceType') && value === 'snapshot')
    .map(([name]) => name.replace(/ResourceType$/, ''));
  for (const name of [...parameters.keys()]) {
    if (snapshots.some((start) => name.startsWith(start))) parameters.delete(name);
  }
  return parameters.toString();
}

function forwarded(request: IncomingMessage): Record<string, string> {
  const kept = [
    'authorization',
    'content-type',
    'x-amz-date',
    'x-amz-target',
    'x-amz-security-token',
  ];
  return Object.fromEntries(
    kept.flatMap((name) => {
      const value = request.headers[name];
      return typeof value === 'string' ? [[name, value]] : [];
    }),
  );
}

function errorAnswer(code: string): string {
  return (
    `<?xml version="1.0" encoding="UTF-8"?><Response><Errors><Error><Code>${code}</Code>` +
    `<Message>refused by the test</Message></Error></Errors><RequestID>1</RequestID></Response>`
  );
}

async function readBody(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}

function close(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
