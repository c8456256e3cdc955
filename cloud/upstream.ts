import { AwsError } from './protocol/aws-error.ts';

/** A request as it came, for whoever serves what the simulated cloud does not. */
export interface RawRequest {
  readonly method: string;
  /** With its query. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string | Buffer | undefined;
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Of the connection, not of the message (RFC 9110, 7.6.1); and what fetch sets itself. */
const ofConnection = new Set([
  'connection',
  'content-encoding',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Another stand-in for AWS, which serves all other services and the network of EC2. */
export class Upstream {
  private readonly url: URL;

  constructor(url: URL) {
    this.url = url;
  }

  /** @throws AwsError of status 503 if it does not answer */
  async passOn({ method, url, headers, body }: RawRequest): Promise<RawAnswer> {
    const sent = Object.entries(headers).flatMap(([name, value]): [string, string][] =>
      value === undefined || ofConnection.has(name) ? [] : [[name, [value].flat().join(', ')]],
    );
    try {
      const response = await fetch(new URL(url, this.url), {
        method,
        headers: sent,
        redirect: 'manual',
        ...(body === undefined || method === 'GET' || method === 'HEAD' ? {} : { body }),
      });
      const answered = [...response.headers].filter(([name]) => !ofConnection.has(name));
      return {
        status: response.status,
        headers: Object.fromEntries(answered),
        body: Buffer.from(await response.arrayBuffer()),
      };
    } catch (error) {
      const cause = error instanceof Error ? error.message : String(error);
      throw new AwsError('ServiceUnavailable', `${this.url.origin} does not answer: ${cause}`, 503);
    }
  }
}
