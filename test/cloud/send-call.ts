import type { ServiceName } from '../../cloud/protocol/service-model.ts';
import { modelOf } from '../../cloud/service.ts';

export interface RawAnswer {
  readonly status: number;
  /** null: it was served. */
  readonly code: string | null;
  readonly message: string;
  readonly body: string;
}

/** One call as the protocol of its service has it, with whatever parameters. */
export async function sendCall(
  endpoint: string,
  service: ServiceName,
  operation: string,
  parameters: Readonly<Record<string, unknown>>,
  region = 'eu-west-1',
): Promise<RawAnswer> {
  const { metadata } = modelOf(service);
  const headers: Record<string, string> = { authorization: signature(service, region) };
  let body: string;
  if (metadata.protocol === 'json') {
    headers['x-amz-target'] = `${metadata.targetPrefix}.${operation}`;
    headers['content-type'] = `application/x-amz-json-${metadata.jsonVersion}`;
    body = JSON.stringify(parameters);
  } else {
    headers['content-type'] = 'application/x-www-form-urlencoded; charset=utf-8';
    const common = { Action: operation, Version: metadata.apiVersion };
    body = new URLSearchParams({ ...common, ...(parameters as Record<string, string>) }).toString();
  }
  const response = await fetch(endpoint, { method: 'POST', headers, body });
  const text = await response.text();
  if (response.ok) return { status: response.status, code: null, message: '', body: text };
  const { code, message } =
    metadata.protocol === 'json' ? errorInJson(text) : errorInXml(text, metadata.protocol);
  return { status: response.status, code, message, body: text };
}

/** Well-formed, and no more than that. */
export function signature(service: string, region: string): string {
  return (
    `AWS4-HMAC-SHA256 Credential=test/20260101/${region}/${service}/aws4_request, ` +
    `SignedHeaders=content-type;host;x-amz-date, Signature=${'0'.repeat(64)}`
  );
}

function errorInJson(text: string) {
  const { __type, message } = JSON.parse(text) as { __type: string; message: string };
  return { code: __type, message };
}

function errorInXml(text: string, protocol: 'query' | 'ec2') {
  const whole =
    protocol === 'ec2' ? /^<\?xml[^>]*>\s*<Response><Errors><Error>/ : /^<ErrorResponse /;
  if (!whole.test(text)) throw new Error(`no error of the ${protocol} protocol: ${text}`);
  const [, code = ''] = /<Code>([^<]*)<\/Code>/.exec(text) ?? [];
  const [, message = ''] = /<Message>([^<]*)<\/Message>/.exec(text) ?? [];
  return { code, message };
}
