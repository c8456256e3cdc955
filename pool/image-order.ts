import { compareText } from './compare-text.ts';

/** What EC2 says of an image, as far as the choice of one needs it. */
export interface ImageCandidate {
  readonly id: string;
  /** `OWNER/NAME`, or the bucket and manifest of an image that is kept in S3. */
  readonly location: string;
}

/**
 * The image that sorts last among those whose location the expression matches anywhere; null: none
 * does. The expression's first group sorts: as numbers where it is a whole number in every match, so
 * that 10 follows 9, else as text. Without a group, and among equals, the location sorts, then the id.
 *
 * The rule is that of the `valid_ami_location_regex` of Buildbot's EC2 worker (its manual, "Amazon Web
 * Services Elastic Compute Cloud").
 */
export function lastImage(
  images: readonly ImageCandidate[],
  locationRegex: string | null,
): ImageCandidate | null {
  const expression = locationRegex === null ? null : new RegExp(locationRegex);
  const matches = images.flatMap((image) => {
    const match = expression?.exec(image.location);
    return match === null ? [] : [{ image, group: match?.[1] ?? '' }];
  });
  const areNumbers = matches.every(({ group }) => /^\d+$/.test(group));
  const sorted = matches.sort(
    (a, b) =>
      (areNumbers ? compareWhole(a.group, b.group) : compareText(a.group, b.group)) ||
      compareText(a.image.location, b.image.location) ||
      compareText(a.image.id, b.image.id),
  );
  return sorted.at(-1)?.image ?? null;
}

/** Of any length: a group is often a date and time in digits, or a build number. */
function compareWhole(a: string, b: string): number {
  const difference = BigInt(a) - BigInt(b);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}
