import type { Instance } from '@aws-sdk/client-ec2';
import type { Seconds, UnixSeconds } from '../../pool/units.ts';
import type { InstanceFacts } from './group-observation.ts';

/**
 * How long EC2 may leave out an instance that its group names before it counts as gone. EC2's
 * answers are eventually consistent: a new instance may be missing for a few seconds, and AWS
 * advises to allow for minutes in rare cases. Ended instances are listed for about an hour.
 */
export const goneAfterMissing: Seconds = 60;

interface Known {
  readonly launchedAt: UnixSeconds;
  /** Since when EC2 has left it out; null: it was listed. */
  readonly missingSince: UnixSeconds | null;
  readonly imageId: string | null;
  readonly templateVersion: string | null;
}

/** EC2 puts it on every instance from a launch template (EC2 user guide, "Launch templates"). */
const templateVersionTag = 'aws:ec2launchtemplate:version';

/** Remembers launch times, and since when an instance has been missing from EC2's answer. */
export class InstanceFactsMemory {
  #known = new Map<string, Known>();

  /**
   * Facts of each instance that the groups name.
   * @param named ids in the groups; all others are forgotten
   */
  update(
    now: UnixSeconds,
    named: readonly string[],
    listed: readonly Instance[],
  ): (instanceId: string) => InstanceFacts {
    const listedById = new Map(listed.map((instance) => [instance.InstanceId, instance]));
    const facts = new Map<string, InstanceFacts>();
    const known = new Map<string, Known>();
    for (const id of named) {
      const instance = listedById.get(id);
      const before = this.#known.get(id);
      const launchedAt = instance?.LaunchTime
        ? instance.LaunchTime.getTime() / 1000
        : // Never listed: the group launched it no later than it named it.
          (before?.launchedAt ?? now);
      const missingSince = instance ? null : (before?.missingSince ?? now);
      const versionTag = instance?.Tags?.find(({ Key }) => Key === templateVersionTag)?.Value;
      const imageId = instance?.ImageId ?? before?.imageId ?? null;
      const templateVersion = versionTag ?? before?.templateVersion ?? null;
      known.set(id, { launchedAt, missingSince, imageId, templateVersion });
      const state = instance?.State?.Name;
      facts.set(id, {
        launchedAt,
        gone:
          state === 'terminated' ||
          (missingSince !== null && now - missingSince >= goneAfterMissing),
        ending: state === 'shutting-down',
        imageId,
        templateVersion,
      });
    }
    this.#known = known;
    const nothing = { gone: false, ending: false, imageId: null, templateVersion: null };
    return (id) => facts.get(id) ?? { launchedAt: now, ...nothing };
  }
}
