/** Which instances a new one would differ from in its launch template or image. Pure. */
import type {
  AutoScalingGroup,
  Instance as GroupInstance,
  LaunchTemplateSpecification,
} from '@aws-sdk/client-auto-scaling';
import type { Architecture } from '../../pool/pool.ts';
import type { InstanceFacts } from './group-observation.ts';
import { launchTemplateOf } from './launch-template-of.ts';
import type { TemplateVersions } from './launch-templates.ts';

export interface TemplateKnowledge {
  readonly architectureOf: (instanceType: string) => Architecture | null;
  /** null: not known. */
  readonly versionsOf: (templateId: string) => TemplateVersions | null;
  readonly factsOf: (instanceId: string) => InstanceFacts;
}

/**
 * Ids of the outdated instances of a region's groups. An instance is outdated when
 *
 * - its launch template is not the one that its type would be launched from now, or is that one in
 *   another version, or
 * - a newer instance from the same version of the same template has another image: the template names
 *   an SSM parameter that EC2 resolves at each launch, and the parameter has changed since. That shows
 *   with the first launch after the change and takes no call; asking SSM would be one per parameter.
 *
 * What is not known makes nothing outdated.
 */
export function outdatedInstances(
  groups: readonly AutoScalingGroup[],
  knowledge: TemplateKnowledge,
): ReadonlySet<string> {
  const all = groups.flatMap((group) =>
    (group.Instances ?? []).map((instance) => ({ group, instance, ...launchOf(instance) })),
  );
  function launchOf(instance: GroupInstance) {
    const facts = knowledge.factsOf(instance.InstanceId ?? '');
    const templateId = instance.LaunchTemplate?.LaunchTemplateId ?? null;
    // EC2 wrote it down at the launch; a group may tell what `$Default` stands for now.
    const version = facts.templateVersion ?? versionNumber(instance.LaunchTemplate?.Version);
    return { facts, templateId, version, origin: `${templateId} ${version}` };
  }
  const newest = new Map<string, InstanceFacts>();
  for (const { facts, origin } of all) {
    if (facts.imageId === null) continue;
    const before = newest.get(origin);
    if (before === undefined || facts.launchedAt > before.launchedAt) newest.set(origin, facts);
  }
  const outdated = all.filter(({ group, instance, facts, templateId, version, origin }) => {
    if (templateId === null) return false;
    const now = templateNow(group, instance.InstanceType ?? '', knowledge);
    if (now !== null && now.templateId !== templateId) return true;
    if (now !== null && now.version !== null && version !== null && now.version !== version) {
      return true;
    }
    const latest = newest.get(origin);
    return (
      version !== null &&
      facts.imageId !== null &&
      latest !== undefined &&
      latest.launchedAt > facts.launchedAt &&
      latest.imageId !== facts.imageId
    );
  });
  return new Set(outdated.map(({ instance }) => instance.InstanceId ?? ''));
}

/** What a new instance of a type would be launched from; null: not known. */
function templateNow(
  group: AutoScalingGroup,
  instanceType: string,
  { architectureOf, versionsOf }: TemplateKnowledge,
): { readonly templateId: string; readonly version: string | null } | null {
  const { Overrides = [], LaunchTemplateSpecification } =
    group.MixedInstancesPolicy?.LaunchTemplate ?? {};
  const override = Overrides.find((candidate) => candidate.InstanceType === instanceType);
  const specification: LaunchTemplateSpecification | undefined =
    override === undefined
      ? // Not offered now; the scaler would offer it with the template for its architecture.
        templateTag(group, architectureOf(instanceType))
      : (override.LaunchTemplateSpecification ?? LaunchTemplateSpecification);
  const templateId = specification?.LaunchTemplateId;
  if (templateId === undefined) return null;
  const versions = versionsOf(templateId);
  switch (specification?.Version) {
    case undefined:
    case '$Default':
      return { templateId, version: versions?.defaultVersion ?? null };
    case '$Latest':
      return { templateId, version: versions?.latestVersion ?? null };
    default:
      return { templateId, version: versionNumber(specification?.Version) };
  }
}

function templateTag(group: AutoScalingGroup, architecture: Architecture | null) {
  if (architecture === null) return undefined;
  return launchTemplateOf(group, architecture) ?? undefined;
}

/** `$Default` and `$Latest` are no numbers: they say what was asked for, not what was launched. */
function versionNumber(version: string | undefined): string | null {
  return version !== undefined && /^\d+$/.test(version) ? version : null;
}
