import { randomBytes } from 'node:crypto';
import { accountId } from '../account.ts';
import type { InstanceRecord } from '../instance-record.ts';
import { secondsText } from '../seconds-text.ts';
import { elementText, type Upstream } from '../upstream.ts';

/** What `iam/security-credentials/ROLE` answers: "Retrieve security credentials" in the EC2 user guide. */
export interface RoleCredentials {
  readonly Code: 'Success';
  readonly LastUpdated: string;
  readonly Type: 'AWS-HMAC';
  readonly AccessKeyId: string;
  readonly SecretAccessKey: string;
  readonly Token: string;
  readonly Expiration: string;
}

interface Profile {
  readonly arn: string;
  readonly id: string;
  readonly role: { readonly name: string; readonly arn: string };
}

const lifeSeconds = 6 * 3600;
/** New ones are made at least so long before the old ones expire (the same page). */
const renewSeconds = 300;

/**
 * The roles of instances, as their launch template's instance profile has them, and temporary credentials
 * for them. IAM and STS of the upstream are asked; without an upstream, a profile's role has its name, and
 * credentials are made up. They expire by the real clock: it is by that that the SDKs look at them.
 */
export class InstanceProfiles {
  private readonly upstream: Upstream | null;
  private readonly now: () => number;
  private readonly credentials = new Map<
    string,
    { readonly expiresAt: number; readonly is: RoleCredentials }
  >();

  /** `now`: in seconds since 1970. */
  constructor(upstream: Upstream | null, now = () => Date.now() / 1000) {
    this.upstream = upstream;
    this.now = now;
  }

  /** null: the instance has none. */
  async find(record: InstanceRecord): Promise<Profile | null> {
    const { Arn, Name } = record.version.data.IamInstanceProfile ?? {};
    const name = Name ?? Arn?.split('/').at(-1);
    if (name === undefined) return null;
    const { upstream } = this;
    if (upstream === null) {
      return {
        arn: Arn ?? `arn:aws:iam::${accountId}:instance-profile/${name}`,
        id: 'AIPA00000000000000000',
        role: { name, arn: `arn:aws:iam::${accountId}:role/${name}` },
      };
    }
    const { region } = record.instance.offering;
    const call = { Action: 'GetInstanceProfile', Version: '2010-05-08', InstanceProfileName: name };
    const answer = await upstream.query(region, 'iam', call);
    const text = answer.body.toString();
    // The profile has an ARN and an id too, so the role's are looked for in its own part.
    const [, roleText = ''] = /<Roles>([\s\S]*)<\/Roles>/.exec(text) ?? [];
    const ofRole = { ...answer, body: Buffer.from(roleText) };
    const ofProfile = { ...answer, body: Buffer.from(text.replace(roleText, '')) };
    const role = elementText(ofRole, 'RoleName');
    const roleArn = elementText(ofRole, 'Arn');
    const arn = elementText(ofProfile, 'Arn');
    const id = elementText(ofProfile, 'InstanceProfileId');
    if (role === null || roleArn === null || arn === null || id === null) return null;
    return { arn, id, role: { name: role, arn: roleArn } };
  }

  /** null: there are none for this role. */
  async credentialsOf(record: InstanceRecord, role: string): Promise<RoleCredentials | null> {
    const profile = await this.find(record);
    if (profile === null || profile.role.name !== role) return null;
    const now = this.now();
    const key = `${record.instance.id} ${profile.role.arn}`;
    const known = this.credentials.get(key);
    if (known !== undefined && known.expiresAt - renewSeconds > now) return known.is;
    const { id, offering } = record.instance;
    const keys =
      this.upstream === null
        ? madeUpKeys()
        : await assumeRole(this.upstream, offering.region, profile.role.arn, id);
    if (keys === null) return null;
    const expiresAt = now + lifeSeconds;
    const is: RoleCredentials = {
      Code: 'Success',
      LastUpdated: secondsText(now),
      Type: 'AWS-HMAC',
      ...keys,
      Expiration: secondsText(expiresAt),
    };
    for (const [old, each] of this.credentials) {
      if (each.expiresAt <= now) this.credentials.delete(old);
    }
    this.credentials.set(key, { expiresAt, is });
    return is;
  }
}

type Keys = Pick<RoleCredentials, 'AccessKeyId' | 'SecretAccessKey' | 'Token'>;

/** In the forms that AWS's have (IAM user guide, "IAM identifiers"): `ASIA` begins a temporary key. */
function madeUpKeys(): Keys {
  return {
    AccessKeyId: `ASIA${randomBytes(8).toString('hex').toUpperCase()}`,
    SecretAccessKey: randomBytes(30).toString('base64'),
    Token: randomBytes(96).toString('base64'),
  };
}

async function assumeRole(
  upstream: Upstream,
  region: string,
  RoleArn: string,
  RoleSessionName: string,
): Promise<Keys | null> {
  const call = { Action: 'AssumeRole', Version: '2011-06-15', RoleArn, RoleSessionName };
  const answer = await upstream.query(region, 'sts', call);
  const AccessKeyId = elementText(answer, 'AccessKeyId');
  const SecretAccessKey = elementText(answer, 'SecretAccessKey');
  const Token = elementText(answer, 'SessionToken');
  if (AccessKeyId === null || SecretAccessKey === null || Token === null) return null;
  return { AccessKeyId, SecretAccessKey, Token };
}
