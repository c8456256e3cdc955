/** Which images of a fleet may go. Pure. */
import type { Seconds, UnixSeconds } from '../pool/units.ts';

/** An image in one region. */
export interface OwnedImage {
  readonly region: string;
  readonly id: string;
  readonly name: string;
  /** Id of the build that made it; null: Packer was ended before it could say so. */
  readonly build: string | null;
  /** Images that replace each other, such as `worker linux x86_64`. */
  readonly series: string;
  /** Regions that its pool has now; none for a base image, which is made in one region. */
  readonly poolRegions: readonly string[];
  readonly createdAt: UnixSeconds;
  /** As EC2 says: `available` is whole. */
  readonly state: string;
  readonly snapshots: readonly string[];
  /** What uses it, such as `instance i-0a1b2c3d`. */
  readonly uses: readonly string[];
  /** Whether a deployment took it back: its workers failed, or none was proven. */
  readonly takenBack: boolean;
}

/** A snapshot of the fleet's that no image has. */
export interface LooseSnapshot {
  readonly region: string;
  readonly id: string;
  readonly createdAt: UnixSeconds;
}

/** What a build needs beside the image, and removes at its end, in one region. */
export interface BuildMachine {
  readonly region: string;
  readonly build: string;
  /** Such as `instance i-0a1b2c3d`. */
  readonly items: readonly string[];
  /** null: a security group alone, whose age nobody knows. */
  readonly lastMadeAt: UnixSeconds | null;
}

export interface Retention {
  /** Newest whole images of each series that stay in each region. */
  readonly keep: number;
  readonly olderThan: Seconds;
  readonly now: UnixSeconds;
}

export interface Verdict<Item> {
  readonly item: Item;
  readonly removes: boolean;
  readonly because: string;
}

/** No build runs longer (`--time-limit` of `muster image build`), so what is half made then stays so. */
const longestBuild: Seconds = 86_400;

/**
 * In use, it stays. Half-copied, it goes once no build can still be at it, and does not count as kept.
 * Else it goes when it is old enough and enough newer ones of its series are there; one that a deployment
 * took back goes when it is old enough, and does not count as kept either.
 */
export function imagesToClean(
  images: readonly OwnedImage[],
  retention: Retention,
): Verdict<OwnedImage>[] {
  const { keep, olderThan, now } = retention;
  const wholeBefore = new Map<string, number>();
  const newestFirst = [...images].sort(
    (a, b) => b.createdAt - a.createdAt || (a.id < b.id ? -1 : 1),
  );
  return newestFirst.map((item) => {
    const age = now - item.createdAt;
    const half = halfMade(item, images);
    const series = `${item.region} ${item.series}`;
    const newer = wholeBefore.get(series) ?? 0;
    if (half === null && !item.takenBack) wholeBefore.set(series, newer + 1);
    const verdict = (removes: boolean, because: string) => ({ item, removes, because });
    if (item.uses.length > 0) return verdict(false, `used by ${item.uses.join(', ')}`);
    if (half !== null) {
      return age > longestBuild
        ? verdict(true, half)
        : verdict(false, `${half}, but its build may still run`);
    }
    const isKept = newer < keep && !item.takenBack;
    if (isKept) return verdict(false, `one of the newest ${keep} of ${item.series}`);
    if (age <= olderThan) return verdict(false, `${days(age)} old`);
    if (item.takenBack) return verdict(true, `${days(age)} old, and its deployment was taken back`);
    return verdict(true, `${days(age)} old, and ${newer} newer of ${item.series}`);
  });
}

/** One that no image has is what a build or a removal has left half-way. */
export function snapshotsToClean(
  snapshots: readonly LooseSnapshot[],
  { now }: Retention,
): Verdict<LooseSnapshot>[] {
  return snapshots.map((item) => {
    const removes = now - item.createdAt > longestBuild;
    return {
      item,
      removes,
      because: removes ? 'of no image' : 'of no image, but its build may still run',
    };
  });
}

/** A build's own end, or a failure, removes them; what is left is of a command that was killed. */
export function machinesToClean(
  machines: readonly BuildMachine[],
  { now }: Retention,
): Verdict<BuildMachine>[] {
  return machines.map((item) => {
    const removes = item.lastMadeAt !== null && now - item.lastMadeAt > longestBuild;
    const of = `of build ${item.build}`;
    return {
      item,
      removes,
      because: removes ? `${of}, which has died` : `${of}, which may still run`,
    };
  });
}

/** null: it is whole. */
function halfMade(image: OwnedImage, all: readonly OwnedImage[]): string | null {
  if (image.state !== 'available') return `half-copied: its state is ${image.state}`;
  if (image.build === null) return 'half-copied: it has no tags';
  const has = new Set(all.filter(({ build }) => build === image.build).map(({ region }) => region));
  // A region that an older build reached was the pool's already.
  const missing = all.find(
    (other) =>
      other.series === image.series &&
      other.createdAt < image.createdAt &&
      image.poolRegions.includes(other.region) &&
      !has.has(other.region),
  );
  return missing === undefined ? null : `half-copied: there is none in ${missing.region}`;
}

function days(age: Seconds): string {
  const whole = Math.floor(age / 86_400);
  return whole === 1 ? '1 day' : `${whole} days`;
}
