import type {
  CreateLaunchTemplateRequest,
  CreateLaunchTemplateResult,
  CreateLaunchTemplateVersionRequest,
  CreateLaunchTemplateVersionResult,
  DeleteLaunchTemplateRequest,
  DeleteLaunchTemplateResult,
  DeleteLaunchTemplateVersionsRequest,
  DeleteLaunchTemplateVersionsResult,
  DescribeLaunchTemplatesRequest,
  DescribeLaunchTemplatesResult,
  DescribeLaunchTemplateVersionsRequest,
  DescribeLaunchTemplateVersionsResult,
  LaunchTemplate,
  LaunchTemplateVersion,
  ModifyLaunchTemplateRequest,
  ModifyLaunchTemplateResult,
  ResponseLaunchTemplateData,
} from '@aws-sdk/client-ec2';
import { accountId } from '../account.ts';
import { filtered } from '../filters.ts';
import type {
  LaunchTemplateRecord,
  TemplateReference,
  TemplateVersion,
} from '../launch-templates.ts';
import { AwsError } from '../protocol/aws-error.ts';
import { pageOf } from '../protocol/page.ts';
import type { CloudRegion } from '../region.ts';
import { invalidToken, tagList, tagsFor } from './answers.ts';

const owner = `arn:aws:iam::${accountId}:root`;

export const launchTemplateOperations = {
  CreateLaunchTemplate(
    { templates }: CloudRegion,
    input: CreateLaunchTemplateRequest,
  ): CreateLaunchTemplateResult {
    const tags = tagsFor(input.TagSpecifications, 'launch-template');
    const { LaunchTemplateName, LaunchTemplateData, VersionDescription } = input;
    return {
      LaunchTemplate: describe(
        templates.create(LaunchTemplateName!, LaunchTemplateData!, VersionDescription, tags),
      ),
    };
  },

  CreateLaunchTemplateVersion(
    { templates }: CloudRegion,
    input: CreateLaunchTemplateVersionRequest,
  ): CreateLaunchTemplateVersionResult {
    const template = templates.get(reference(input));
    const { LaunchTemplateData, VersionDescription, SourceVersion } = input;
    const version = templates.addVersion(
      template,
      LaunchTemplateData!,
      VersionDescription,
      SourceVersion,
    );
    return { LaunchTemplateVersion: describeVersion(template, version) };
  },

  ModifyLaunchTemplate(
    { templates }: CloudRegion,
    input: ModifyLaunchTemplateRequest,
  ): ModifyLaunchTemplateResult {
    const template = templates.get(reference(input));
    if (input.DefaultVersion !== undefined) {
      template.defaultVersion = templates.version(template, input.DefaultVersion).number;
    }
    return { LaunchTemplate: describe(template) };
  },

  DeleteLaunchTemplate(
    { templates }: CloudRegion,
    input: DeleteLaunchTemplateRequest,
  ): DeleteLaunchTemplateResult {
    const template = templates.get(reference(input));
    templates.byId.delete(template.id);
    return { LaunchTemplate: describe(template) };
  },

  DeleteLaunchTemplateVersions(
    { templates }: CloudRegion,
    input: DeleteLaunchTemplateVersionsRequest,
  ): DeleteLaunchTemplateVersionsResult {
    const template = templates.get(reference(input));
    const common = { LaunchTemplateId: template.id, LaunchTemplateName: template.name };
    const deleted: object[] = [];
    const kept: object[] = [];
    for (const version of input.Versions ?? []) {
      const number = Number(version);
      const entry = { ...common, VersionNumber: number };
      const isThere = template.versions.has(number);
      if (isThere && number !== template.defaultVersion) {
        template.versions.delete(number);
        deleted.push(entry);
        continue;
      }
      const Code = isThere ? 'unexpectedError' : 'launchTemplateVersionDoesNotExist';
      const Message = isThere
        ? 'The default version cannot be deleted.'
        : `Version ${version} does not exist.`;
      kept.push({ ...entry, ResponseError: { Code, Message } });
    }
    return {
      SuccessfullyDeletedLaunchTemplateVersions: deleted,
      UnsuccessfullyDeletedLaunchTemplateVersions: kept,
    };
  },

  DescribeLaunchTemplates(
    { templates }: CloudRegion,
    input: DescribeLaunchTemplatesRequest,
  ): DescribeLaunchTemplatesResult {
    const { LaunchTemplateIds, LaunchTemplateNames, Filters, NextToken, MaxResults = 200 } = input;
    const named = [
      ...(LaunchTemplateIds ?? []).map((id) => templates.get({ LaunchTemplateId: id })),
      ...(LaunchTemplateNames ?? []).map((name) => templates.get({ LaunchTemplateName: name })),
    ];
    const all = LaunchTemplateIds || LaunchTemplateNames ? named : [...templates.byId.values()];
    const found = filtered(all, Filters, ({ name, createdAt }, filter) => {
      if (filter === 'launch-template-name') return [name];
      return filter === 'create-time' ? [createdAt.toISOString()] : null;
    });
    const page = pageOf(found, NextToken, MaxResults, invalidToken);
    return { LaunchTemplates: page.items.map(describe), NextToken: page.next };
  },

  DescribeLaunchTemplateVersions(
    { templates }: CloudRegion,
    input: DescribeLaunchTemplateVersionsRequest,
  ): DescribeLaunchTemplateVersionsResult {
    const { LaunchTemplateId, LaunchTemplateName, Versions, MaxResults = 200, NextToken } = input;
    const pairs =
      LaunchTemplateId === undefined && LaunchTemplateName === undefined
        ? versionsOfAll(templates.byId.values(), Versions)
        : versionsOfOne(templates, reference(input), input);
    const page = pageOf(pairs, NextToken, MaxResults, invalidToken);
    return {
      LaunchTemplateVersions: page.items.map(({ template, version }) =>
        describeVersion(template, version),
      ),
      NextToken: page.next,
    };
  },
};

interface Pair {
  readonly template: LaunchTemplateRecord;
  readonly version: TemplateVersion;
}

/** Across templates, AWS takes `$Latest` and `$Default` only. */
function versionsOfAll(
  templates: Iterable<LaunchTemplateRecord>,
  wanted: readonly string[] | undefined,
): Pair[] {
  const names = wanted ?? [];
  if (names.length === 0 || names.some((name) => name !== '$Latest' && name !== '$Default')) {
    throw new AwsError('MissingParameter', 'Either a launch template ID or name must be given.');
  }
  return [...templates].flatMap((template) =>
    names.map((name) => ({
      template,
      version: template.versions.get(
        name === '$Latest' ? template.latestVersion : template.defaultVersion,
      )!,
    })),
  );
}

function versionsOfOne(
  templates: CloudRegion['templates'],
  named: TemplateReference,
  { Versions, MinVersion, MaxVersion }: DescribeLaunchTemplateVersionsRequest,
): Pair[] {
  const template = templates.get(named);
  const versions =
    Versions === undefined || Versions.length === 0
      ? [...template.versions.values()].toReversed()
      : Versions.map((version) => templates.version(template, version));
  const [from, to] = [Number(MinVersion ?? 1), Number(MaxVersion ?? Number.POSITIVE_INFINITY)];
  return versions
    .filter(({ number }) => number >= from && number <= to)
    .map((version) => ({ template, version }));
}

function reference({ LaunchTemplateId, LaunchTemplateName }: TemplateReference): TemplateReference {
  return { LaunchTemplateId, LaunchTemplateName };
}

function describe(template: LaunchTemplateRecord): LaunchTemplate {
  return {
    LaunchTemplateId: template.id,
    LaunchTemplateName: template.name,
    CreateTime: template.createdAt,
    CreatedBy: owner,
    DefaultVersionNumber: template.defaultVersion,
    LatestVersionNumber: template.latestVersion,
    Tags: tagList(template.tags),
  };
}

function describeVersion(
  template: LaunchTemplateRecord,
  { number, description, createdAt, data }: TemplateVersion,
): LaunchTemplateVersion {
  return {
    LaunchTemplateId: template.id,
    LaunchTemplateName: template.name,
    VersionNumber: number,
    VersionDescription: description,
    CreateTime: createdAt,
    CreatedBy: owner,
    DefaultVersion: number === template.defaultVersion,
    // The two have the same members, but for some whose enumerations are named otherwise.
    LaunchTemplateData: data as ResponseLaunchTemplateData,
  };
}
