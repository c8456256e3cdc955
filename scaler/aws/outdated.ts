/** Which instances a new one would differ from in its launch template or image. Pure. */
import type {
  AutoScalingGroup,
  Instance as GroupInstance,
  LaunchTemplateSpecification,
} from '@aws-sdk/client-auto-scaling';
import type { Architecture } from '../../pool/pool.ts';
import type { Seconds } from '../../pool/units.ts';
import type { InstanceFacts } from './group-observation.ts';
import type { ParameterImages } from './image-parameters.ts';
import { launchTemplateOf } from './launch-template-of.ts';
import type { TemplateFacts } from './launch-templates.ts';

/** A launch that began before a parameter changed has its instance no later than this after. */
const launchLimit: Seconds = 60;

export interface TemplateKnowledge {
  readonly architectureOf: (instanceType: string) => Architecture | null;
  /** null: not known. */
  readonly templateOf: (templateId: string) => TemplateFacts | null;
  /** null: not known. */
  readonly imagesOf: (parameter: string) => ParameterImages | null;
  readonly factsOf: (instanceId: string) => InstanceFacts;
}

/**
 * Ids of the outdated instances of a region's groups. An instance is outdated when
 *
 * - its launch template is not the one that its type would be launched from now, or is that one in
 *   another version, or
 * - its template reads the image from an SSM parameter, and the instance has neither the image that the
 *   parameter holds nor the one that a deployment tries, or
 * - where that is not known: a newer instance from the same version of the same template has another
 *   image. That shows only with the first launch after a change.
 *
 * What is not known makes nothing outdated.
 */
export function outdatedInstances(
  groups: readonly AutoScalingGroup[],
  knowledge: TemplateKnowledge,
): ReadonlySet<string> {
  const byOrigin = new Map<string, LaunchedInstance[]>();
  for (const group of groups) {
    for (const instance of group.Instances ?? []) {
      const one = launchedInstance(group, instance, knowledge);
      // The same for instances that one launch template made in one version.
      const origin = `${one.templateId} ${one.version}`;
      const others = byOrigin.get(origin);
      if (others === undefined) byOrigin.set(origin, [one]);
      else others.push(one);
    }
  }
  const outdated = [...byOrigin.values()].flatMap((launched) => {
    const hasOldImage = oldImageRule(launched, knowledge);
    return launched.filter((one) => hasOldTemplate(one, knowledge) || hasOldImage(one));
  });
  return new Set(outdated.map(({ instance }) => instance.InstanceId ?? ''));
}

interface LaunchedInstance {
  readonly group: AutoScalingGroup;
  readonly instance: GroupInstance;
  readonly facts: InstanceFacts;
  readonly templateId: string | null;
  readonly version: string | null;
}

function launchedInstance(
  group: AutoScalingGroup,
  instance: GroupInstance,
  { factsOf }: TemplateKnowledge,
): LaunchedInstance {
  const facts = factsOf(instance.InstanceId ?? '');
  const templateId = instance.LaunchTemplate?.LaunchTemplateId ?? null;
  // EC2 wrote it down at the launch; a group may tell what `$Default` stands for now.
  const version = facts.templateVersion ?? versionNumber(instance.LaunchTemplate?.Version);
  return { group, instance, facts, templateId, version };
}

function hasOldTemplate(
  { group, instance, templateId, version }: LaunchedInstance,
  knowledge: TemplateKnowledge,
): boolean {
  if (templateId === null) return false;
  const now = templateNow(group, instance.InstanceType ?? '', knowledge);
  if (now === null) return false;
  if (now.templateId !== templateId) return true;
  return now.version !== null && version !== null && now.version !== version;
}

/** Tells which of the instances of one origin have an image that a new one would not have. */
function oldImageRule(
  launched: readonly LaunchedInstance[],
  { templateOf, imagesOf }: TemplateKnowledge,
): (one: LaunchedInstance) => boolean {
  const [{ templateId, version } = { templateId: null, version: null }] = launched;
  if (templateId === null || version === null) return () => false;
  const parameter = templateOf(templateId)?.imageParameter ?? null;
  const images = parameter === null ? null : imagesOf(parameter);
  if (images !== null) {
    // Of what was launched since the reading the parameter may say something else by now.
    const isOld = ({ facts: { imageId, launchedAt } }: LaunchedInstance) =>
      imageId !== null &&
      imageId !== images.current &&
      imageId !== images.canary &&
      launchedAt <= images.readAt;
    // Were the template not to read this parameter after all, workers would be replaced for ever.
    const isRead = !launched.some(
      (one) => isOld(one) && one.facts.launchedAt > images.currentSince + launchLimit,
    );
    if (isRead) return isOld;
  }
  const newest = launched
    .map(({ facts }) => facts)
    .filter(({ imageId }) => imageId !== null)
    .reduce<InstanceFacts | null>(
      (latest, facts) => (latest === null || facts.launchedAt > latest.launchedAt ? facts : latest),
      null,
    );
  return ({ facts: { imageId, launchedAt } }) =>
    newest !== null &&
    imageId !== null &&
    newest.launchedAt > launchedAt &&
    newest.imageId !== imageId;
}

/** What a new instance of a type would be launched from; null: not known. */
function templateNow(
  group: AutoScalingGroup,
  instanceType: string,
  { architectureOf, templateOf }: TemplateKnowledge,
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
  const versions = templateOf(templateId);
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
