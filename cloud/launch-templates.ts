import type { RequestLaunchTemplateData, Tag } from '@aws-sdk/client-ec2';
import type { CloudAccount } from './account.ts';
import { AwsError } from './protocol/aws-error.ts';

export interface TemplateVersion {
  readonly number: number;
  readonly description: string | undefined;
  readonly createdAt: Date;
  readonly data: RequestLaunchTemplateData;
}

export interface LaunchTemplateRecord {
  readonly id: string;
  readonly name: string;
  readonly createdAt: Date;
  readonly tags: Map<string, string>;
  defaultVersion: number;
  latestVersion: number;
  /** By number. */
  readonly versions: Map<number, TemplateVersion>;
}

/** How a caller names a template: by id or by name. */
export interface TemplateReference {
  readonly LaunchTemplateId?: string | undefined;
  readonly LaunchTemplateName?: string | undefined;
}

const namePattern = /^[a-zA-Z0-9().\-/_]{3,128}$/;

/** A region's launch templates. Error codes: "Error codes for the Amazon EC2 API". */
export class LaunchTemplates {
  readonly byId = new Map<string, LaunchTemplateRecord>();
  private readonly account: CloudAccount;

  constructor(account: CloudAccount) {
    this.account = account;
  }

  create(
    name: string,
    data: RequestLaunchTemplateData,
    description: string | undefined,
    tags: readonly Tag[],
  ): LaunchTemplateRecord {
    if (!namePattern.test(name)) {
      throw new AwsError(
        'InvalidLaunchTemplateName.MalformedException',
        `The launch template name '${name}' must be 3 to 128 letters, digits or ( ) . - / _`,
      );
    }
    if ([...this.byId.values()].some((template) => template.name === name)) {
      throw new AwsError(
        'InvalidLaunchTemplateName.AlreadyExistsException',
        'Launch template name already in use.',
      );
    }
    const createdAt = this.account.now();
    const template: LaunchTemplateRecord = {
      id: `lt-${this.account.newHex(17)}`,
      name,
      createdAt,
      tags: new Map(tags.map(({ Key, Value }) => [Key ?? '', Value ?? ''])),
      defaultVersion: 1,
      latestVersion: 1,
      versions: new Map([[1, { number: 1, description, createdAt, data }]]),
    };
    this.byId.set(template.id, template);
    return template;
  }

  addVersion(
    template: LaunchTemplateRecord,
    data: RequestLaunchTemplateData,
    description: string | undefined,
    source: string | undefined,
  ): TemplateVersion {
    const base = source === undefined ? {} : this.version(template, source).data;
    const number = template.latestVersion + 1;
    const createdAt = this.account.now();
    const version = { number, description, createdAt, data: { ...base, ...data } };
    template.versions.set(number, version);
    template.latestVersion = number;
    return version;
  }

  /** null: there is none. */
  find({ LaunchTemplateId, LaunchTemplateName }: TemplateReference): LaunchTemplateRecord | null {
    if (LaunchTemplateId !== undefined) return this.byId.get(LaunchTemplateId) ?? null;
    for (const template of this.byId.values()) {
      if (template.name === LaunchTemplateName) return template;
    }
    return null;
  }

  /** @throws AwsError */
  get(reference: TemplateReference): LaunchTemplateRecord {
    const { LaunchTemplateId: id, LaunchTemplateName: name } = reference;
    if ((id === undefined) === (name === undefined)) {
      throw id === undefined
        ? new AwsError('MissingParameter', 'Either a launch template ID or name must be given.')
        : new AwsError(
            'InvalidParameterCombination',
            'A launch template ID and name cannot both be given.',
          );
    }
    const found = this.find(reference);
    if (found !== null) return found;
    if (id === undefined) {
      throw new AwsError(
        'InvalidLaunchTemplateName.NotFoundException',
        `At least one of the launch templates specified in the request does not exist: ${name}.`,
      );
    }
    throw new AwsError(
      'InvalidLaunchTemplateId.NotFound',
      `The specified launch template, with template ID ${id}, does not exist.`,
    );
  }

  /** @throws AwsError */
  version(template: LaunchTemplateRecord, version: string): TemplateVersion {
    const found = findVersion(template, version);
    if (found !== null) return found;
    throw new AwsError(
      'InvalidLaunchTemplateId.VersionNotFound',
      `Could not find the specified version ${version} for the launch template with ID ${template.id}.`,
    );
  }
}

/** null: there is none. */
export function findVersion(
  template: LaunchTemplateRecord,
  version: string | undefined,
): TemplateVersion | null {
  const number =
    version === undefined || version === '' || version === '$Default'
      ? template.defaultVersion
      : version === '$Latest'
        ? template.latestVersion
        : Number(version);
  return template.versions.get(number) ?? null;
}
