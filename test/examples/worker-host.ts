import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface HeartbeatSent {
  readonly token: string | null;
  readonly instanceId: string;
  readonly instanceType: string;
  readonly capacity: number;
  readonly busySlots: number;
  readonly taking: boolean;
  readonly finished: readonly { readonly durationSeconds: number }[];
}

/**
 * What surrounds a worker on an instance, beside its queue: the metadata service, the scaler, and
 * Auto Scaling, whose answer to a completed hook no local server gives. Anything else is a 500.
 */
export interface WorkerHost {
  readonly endpoint: string;
  readonly heartbeats: readonly HeartbeatSent[];
  /** Bodies of the calls to Auto Scaling. */
  readonly autoScalingCalls: readonly URLSearchParams[];
  /** What could not be answered. */
  readonly refused: readonly string[];
  /** Of the metadata service, by path below `meta-data/`; what is absent is a 404. */
  readonly metadata: Map<string, string>;
  /** The answer to the next heartbeats; null: they fail. */
  drain: boolean | null;
  stop(): Promise<void>;
}

const metadataToken = 'a-session-token';

export async function startWorkerHost(): Promise<WorkerHost> {
  const heartbeats: HeartbeatSent[] = [];
  const autoScalingCalls: URLSearchParams[] = [];
  const refused: string[] = [];
  const metadata = new Map<string, string>();
  const answer = async (request: IncomingMessage): Promise<[number, string]> => {
    const path = `${request.method} ${request.url}`;
    const body = await text(request);
    if (path === 'PUT /latest/api/token') return [200, metadataToken];
    if (path.startsWith('GET /latest/meta-data/')) {
      if (request.headers['x-aws-ec2-metadata-token'] !== metadataToken) return [401, ''];
      const value = metadata.get(path.slice('GET /latest/meta-data/'.length));
      return value === undefined ? [404, ''] : [200, value];
    }
    if (path === 'POST /v1/heartbeats') {
      if (host.drain === null) return [503, ''];
      const token = request.headers.authorization?.replace(/^Bearer /, '') ?? null;
      heartbeats.push({ ...JSON.parse(body), token });
      return [200, JSON.stringify({ drain: host.drain })];
    }
    const call = new URLSearchParams(body);
    if (path === 'POST /' && call.get('Action') === 'CompleteLifecycleAction') {
      autoScalingCalls.push(call);
      return [200, lifecycleAnswer];
    }
    refused.push(path);
    return [500, ''];
  };
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    void answer(request).then(([status, body]) => response.writeHead(status).end(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const host: WorkerHost = {
    endpoint: `http://127.0.0.1:${port}`,
    heartbeats,
    autoScalingCalls,
    refused,
    metadata,
    drain: false,
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return host;
}

const lifecycleAnswer =
  '<CompleteLifecycleActionResponse xmlns="http://autoscaling.amazonaws.com/doc/2011-01-01/">' +
  '<CompleteLifecycleActionResult/><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata>' +
  '</CompleteLifecycleActionResponse>';
