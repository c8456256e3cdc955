import type { RequestLaunchTemplateData } from '@aws-sdk/client-ec2';
import { CreateLaunchTemplateCommand } from '@aws-sdk/client-ec2';
import { type CloudSession, openSession } from './cloud-session.ts';
import { makeSpotGroup } from './fleet-on-cloud.ts';

/** A cloud with one instance, of a template that says more than the usual one. */
export interface MetadataSession extends CloudSession {
  readonly instanceId: string;
  /** What stands for http://169.254.169.254 on the instance. */
  readonly endpoint: string;
  /** A session token. */
  token(ttlSeconds?: number): Promise<string>;
  /** Status and text of what is under `latest/`, with a token. */
  get(path: string): Promise<readonly [number, string]>;
}

export async function openMetadata(
  data: RequestLaunchTemplateData = {},
  options: Parameters<typeof openSession>[0] = {},
): Promise<MetadataSession> {
  const session = await openSession(options);
  const { LaunchTemplate } = await session.clients.ec2.send(
    new CreateLaunchTemplateCommand({
      LaunchTemplateName: 'with-metadata',
      LaunchTemplateData: {
        ImageId: 'ami-0123456789abcdef0',
        ...data,
        MetadataOptions: { HttpTokens: 'required', ...data.MetadataOptions },
      },
    }),
  );
  const change = { DesiredCapacity: 1 };
  const group = await makeSpotGroup(session.clients, LaunchTemplate!.LaunchTemplateId!, change);
  await session.running.cloud.step(60);
  const [instanceId = ''] = await session.instanceIds(group);
  const endpoint = await openEndpoint(session, { instanceId });
  const token = async (ttlSeconds = 300) => {
    const headers = { 'X-aws-ec2-metadata-token-ttl-seconds': String(ttlSeconds) };
    const response = await fetch(`${endpoint}/latest/api/token`, { method: 'PUT', headers });
    return response.text();
  };
  const sixHours = await token(21_600);
  return {
    ...session,
    instanceId,
    endpoint,
    token,
    async get(path) {
      const headers = { 'X-aws-ec2-metadata-token': sixHours };
      const response = await fetch(`${endpoint}/latest/${path}`, { headers });
      return [response.status, await response.text()];
    },
  };
}

/** A port of an instance's own. */
export async function openEndpoint(
  { running }: Pick<CloudSession, 'running'>,
  order: { readonly instanceId: string; readonly hops?: number },
): Promise<string> {
  const body = JSON.stringify(order);
  const response = await fetch(`${running.endpoint}/_muster/metadata`, { method: 'POST', body });
  const { endpoint } = (await response.json()) as { endpoint: string };
  return endpoint;
}
