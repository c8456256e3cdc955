import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AwsError } from '../protocol/aws-error.ts';
import type { MetadataService } from './metadata-service.ts';

/** How long an answer that does not arrive is waited for. Whoever asks gives up before. */
const silenceMilliseconds = 60_000;

export interface EndpointOrder {
  readonly instanceId: string;
  /** 0: any free one. */
  readonly port: number;
  /** From whoever asks to the instance, itself included: 2 for a container on it. */
  readonly hops: number;
}

export interface MetadataEndpoint extends EndpointOrder {
  /** For AWS_EC2_METADATA_SERVICE_ENDPOINT. */
  readonly endpoint: string;
}

/**
 * Loopback ports of their own for instances: what is served there is at the same paths as at
 * 169.254.169.254, so that SDKs and scripts need nothing but another address. A port closes when it is
 * asked after its instance's end.
 */
export class MetadataEndpoints {
  private readonly service: MetadataService;
  private readonly open = new Map<Server, MetadataEndpoint>();

  constructor(service: MetadataService) {
    this.service = service;
  }

  list(): readonly MetadataEndpoint[] {
    for (const [server, { instanceId }] of this.open) {
      if (!this.service.runs(instanceId)) this.shut(server);
    }
    return [...this.open.values()];
  }

  /** The one that is open already, where the order is the same. @throws AwsError if there is no such instance, or the port is taken */
  async add(order: EndpointOrder): Promise<MetadataEndpoint> {
    const { instanceId, port, hops } = order;
    if (!this.service.runs(instanceId)) {
      throw new AwsError('InvalidInstanceID.NotFound', `no instance ${instanceId} runs`, 404);
    }
    const known = this.list().find(
      (each) =>
        each.instanceId === instanceId && each.hops === hops && (port === 0 || each.port === port),
    );
    if (known !== undefined) return known;
    const server = createServer((request, response) => {
      void this.answer(server, { instanceId, hops }, request, response);
    });
    try {
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new AwsError('InvalidParameterValue', `port ${port}: ${why}`, 409);
    }
    server.unref();
    const taken = (server.address() as AddressInfo).port;
    const endpoint = { instanceId, hops, port: taken, endpoint: `http://127.0.0.1:${taken}` };
    this.open.set(server, endpoint);
    return endpoint;
  }

  close(): void {
    for (const server of this.open.keys()) this.shut(server);
  }

  private shut(server: Server): void {
    this.open.delete(server);
    server.close();
    server.closeAllConnections();
  }

  private async answer(
    server: Server,
    { instanceId, hops }: Pick<EndpointOrder, 'instanceId' | 'hops'>,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    try {
      const { method = 'GET', url = '/', headers } = request;
      const path = decodeURI(url.slice(1).split('?')[0]!);
      const answer = await this.service.serve({ instanceId, method, path, headers, hops });
      if (!this.service.runs(instanceId)) {
        this.shut(server);
        return;
      }
      if (answer === null) {
        setTimeout(() => response.destroy(), silenceMilliseconds).unref();
        return;
      }
      response.writeHead(answer.status, { 'content-type': 'text/plain', ...answer.headers });
      response.end(answer.body);
    } catch (error) {
      const status = error instanceof URIError ? 400 : 500;
      response.writeHead(status, { 'content-type': 'text/plain' });
      response.end(error instanceof Error ? error.message : String(error));
    }
  }
}
