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
  private readonly limitMilliseconds: number;

  /** `limitMilliseconds`: for one call. Default: three times as long as SQS holds a receiver. */
  constructor(url: URL, limitMilliseconds = 60_000) {
    this.url = url;
    this.limitMilliseconds = limitMilliseconds;
  }

  /** A call of the cloud's own, of a service of the query protocol. @throws AwsError of status 503 if it does not answer */
  async query(
    region: string,
    service: string,
    parameters: Readonly<Record<string, string>> & {
      readonly Action: string;
      readonly Version: string;
    },
  ): Promise<RawAnswer> {
    return this.passOn({
      method: 'POST',
      url: '/',
      headers: {
        authorization: ownAuthorization(region, service),
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: new URLSearchParams(parameters).toString(),
    });
  }

  /** As {@link query}, of a service of a JSON protocol. `target`: as its header has it. */
  async json(
    region: string,
    service: string,
    target: string,
    version: '1.0' | '1.1',
    body: object,
  ): Promise<RawAnswer> {
    return this.passOn({
      method: 'POST',
      url: '/',
      headers: {
        authorization: ownAuthorization(region, service),
        'content-type': `application/x-amz-json-${version}`,
        'x-amz-target': target,
      },
      body: JSON.stringify(body),
    });
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
        signal: AbortSignal.timeout(this.limitMilliseconds),
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

/** Well-formed, and of nobody: an upstream that checks credentials would refuse it. */
function ownAuthorization(region: string, service: string): string {
  const scope = `cloud/20110101/${region}/${service}/aws4_request`;
  return `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=${'0'.repeat(64)}`;
}

/** The text of the first element of a name in an answer; null: there is none. */
export function elementText(answer: RawAnswer, name: string): string | null {
  return new RegExp(`<${name}>([^<]*)</`).exec(answer.body.toString())?.[1] ?? null;
}
