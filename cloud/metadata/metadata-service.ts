import { randomBytes } from 'node:crypto';
import type { Cloud } from '../cloud.ts';
import { documentSignature, signatureItems } from '../identity/identity-document.ts';
import type { RegionKeys } from '../identity/region-keys.ts';
import { type InstanceRecord, metadataOptions } from '../instance-record.ts';
import { AwsError } from '../protocol/aws-error.ts';
import type { InstanceProfiles } from './instance-profiles.ts';
import { metadataItems, userData } from './metadata-items.ts';

/** What an instance asks of 169.254.169.254. */
export interface MetadataRequest {
  readonly instanceId: string;
  readonly method: string;
  /** Without a query, and without the leading slash. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Network hops between whoever asks and the instance: 1 on the instance itself, 2 in a container on it. */
  readonly hops: number;
}

export interface MetadataAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

/** A token lives from one second to six hours ("How IMDSv2 works" in the EC2 user guide). */
const longestTokenSeconds = 21_600;
const ttlHeader = 'x-aws-ec2-metadata-token-ttl-seconds';

/** Builds of the metadata: `latest`, and any by its date. */
const versionPattern = /^(latest|\d{4}-\d{2}-\d{2}|1\.0)(?:\/(.*))?$/;

interface Token {
  readonly instanceId: string;
  /** By the cloud's clock, in seconds since 1970. */
  readonly expiresAt: number;
}

export interface MetadataSources {
  readonly cloud: Cloud;
  readonly keys: RegionKeys;
  readonly profiles: InstanceProfiles;
}

/**
 * The instance metadata service: version 2, and version 1 where an instance's template leaves tokens
 * optional. Statuses: "Access instance metadata" in the EC2 user guide.
 */
export class MetadataService {
  private readonly sources: MetadataSources;
  private readonly tokens = new Map<string, Token>();

  constructor(sources: MetadataSources) {
    this.sources = sources;
  }

  /** Whether an instance runs that could ask. */
  runs(instanceId: string): boolean {
    return this.find(instanceId) !== null;
  }

  /** null: the answer does not arrive, because it may travel fewer hops. */
  async serve(request: MetadataRequest): Promise<MetadataAnswer | null> {
    const { cloud } = this.sources;
    await cloud.catchUp();
    const record = this.find(request.instanceId);
    if (record === null) return notFound;
    const options = metadataOptions(record);
    if (!options.enabled) return { status: 403, body: 'Forbidden' };
    const { method, path } = request;
    if (path === 'latest/api/token' && method === 'PUT') {
      if (request.headers['x-forwarded-for'] !== undefined)
        return { status: 403, body: 'Forbidden' };
      return request.hops > options.hopLimit ? null : this.newToken(request);
    }
    if (method !== 'GET' && method !== 'HEAD') return { status: 405, body: 'Method Not Allowed' };
    if (!this.isAllowed(request, options.tokenRequired))
      return { status: 401, body: 'Unauthorized' };
    try {
      const body = await this.read(record, path);
      return body === null ? notFound : { status: 200, body };
    } catch (error) {
      // Of the upstream, which has the instance's role.
      if (error instanceof AwsError) return { status: error.status, body: error.message };
      throw error;
    }
  }

  private newToken({ instanceId, headers }: MetadataRequest): MetadataAnswer {
    const seconds = Number(headers[ttlHeader]);
    const ok = Number.isInteger(seconds) && seconds >= 1 && seconds <= longestTokenSeconds;
    if (!ok) return { status: 400, body: 'Bad Request' };
    const now = this.sources.cloud.account.clock.now();
    for (const [known, { expiresAt }] of this.tokens) {
      if (expiresAt <= now) this.tokens.delete(known);
    }
    const token = randomBytes(40).toString('base64url');
    this.tokens.set(token, { instanceId, expiresAt: now + seconds });
    return { status: 200, headers: { [ttlHeader]: String(seconds) }, body: token };
  }

  /** A token that is sent must be good, required or not. */
  private isAllowed({ instanceId, headers }: MetadataRequest, required: boolean): boolean {
    const sent = headers['x-aws-ec2-metadata-token'];
    if (sent === undefined) return !required;
    const token = this.tokens.get(String(sent));
    const now = this.sources.cloud.account.clock.now();
    return token !== undefined && token.instanceId === instanceId && token.expiresAt > now;
  }

  /** null: there is no such item now. A folder lists what is in it. */
  private async read(record: InstanceRecord, path: string): Promise<string | Buffer | null> {
    if (path === '') return 'latest';
    const [, version, rest = ''] = versionPattern.exec(path) ?? [];
    if (version === undefined) return null;
    const item = rest.replace(/\/+$/, '');
    const { keys, profiles } = this.sources;
    if (item === 'user-data') return userData(record);
    const signature = signatureItems.find((each) => item === `dynamic/instance-identity/${each}`);
    if (signature !== undefined) return documentSignature(record, signature, keys);
    const items = new Map(metadataItems(record));
    const values: Record<string, () => Promise<string | null>> = {};
    for (const each of signatureItems) items.set(`dynamic/instance-identity/${each}`, '');
    if (userData(record) !== null) items.set('user-data', '');
    const profile =
      item === 'meta-data' || item.startsWith('meta-data/iam') ? await profiles.find(record) : null;
    if (profile !== null) {
      const { role, arn, id } = profile;
      const credentials = `meta-data/iam/security-credentials/${role.name}`;
      items.set(credentials, '');
      items.set('meta-data/iam/info', '');
      values[credentials] = async () => text(await profiles.credentialsOf(record, role.name));
      values['meta-data/iam/info'] = async () => {
        const LastUpdated = (await profiles.credentialsOf(record, role.name))?.LastUpdated;
        return text({
          Code: 'Success',
          LastUpdated,
          InstanceProfileArn: arn,
          InstanceProfileId: id,
        });
      };
    }
    return values[item]?.() ?? items.get(item) ?? folder(items, item);
  }

  private find(instanceId: string): InstanceRecord | null {
    for (const region of this.sources.cloud.account.regions.values()) {
      const record = region.instances().get(instanceId);
      if (record !== undefined) return record.instance.endedAt === null ? record : null;
    }
    return null;
  }
}

const notFound: MetadataAnswer = { status: 404, body: 'Not Found' };

function text(value: object | null): string | null {
  return value === null ? null : JSON.stringify(value, null, 2);
}

/** null: it is none. */
function folder(items: ReadonlyMap<string, string>, path: string): string | null {
  const inside = new Set<string>();
  for (const item of items.keys()) {
    if (path !== '' && !item.startsWith(`${path}/`)) continue;
    const [first = '', ...rest] = item.slice(path === '' ? 0 : path.length + 1).split('/');
    inside.add(rest.length > 0 ? `${first}/` : first);
  }
  return inside.size === 0 ? null : [...inside].sort().join('\n');
}
