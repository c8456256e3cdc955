/** What the versions of an image parameter tell: which images were in use, and which were put back. Pure. */
import { canaryLabel } from '../pool/names.ts';
import type { UnixSeconds } from '../pool/units.ts';

/** One version of a parameter that holds an image id. SSM keeps the newest 100. */
export interface ParameterVersion {
  readonly version: number;
  readonly value: string;
  readonly description: string;
  readonly labels: readonly string[];
  readonly writtenAt: UnixSeconds;
}

/** Newest first, at least one. */
export type ImageHistory = readonly [ParameterVersion, ...ParameterVersion[]];

/** Description of a version by which a deployment puts an image in. */
export const deployedNote = 'Deployed with muster image deploy';

/** Description of a version that holds an older image, as the other is not proven or has failed. */
export function insteadNote(image: string, why: string): string {
  return `Instead of ${image}: ${why}`;
}

/** The version of a canary deployment that is under way, or whose command has died; null: there is none. */
export function canaryVersion(history: ImageHistory): ParameterVersion | null {
  return history.find(({ labels }) => labels.includes(canaryLabel)) ?? null;
}

/**
 * Images that a deployment took back and that none has put in since.
 *
 * What a version says of its own image is nothing: SSM carries a description on when somebody writes
 * another value without one.
 */
export function imagesTakenBack(history: ImageHistory): ReadonlySet<string> {
  const takenBack = new Set<string>();
  const putIn = new Set<string>();
  for (const { value, description } of history) {
    const [, other] = /^Instead of (ami-[0-9a-z]+):/.exec(description) ?? [];
    if (other !== undefined && other !== value && !putIn.has(other)) takenBack.add(other);
    putIn.add(value);
  }
  return takenBack;
}

/**
 * The image that was in use before the present one: not one that was taken back, nor a canary that nobody
 * has proven. While a canary holds the parameter's older image, that is the one. null: there is none.
 */
export function previousImage(history: ImageHistory): string | null {
  const [{ value: present }] = history;
  const canary = canaryVersion(history)?.value;
  if (canary !== undefined && canary !== present) return present;
  const takenBack = imagesTakenBack(history);
  const before = history.find(
    ({ value }) => value !== present && value !== canary && !takenBack.has(value),
  );
  return before?.value ?? null;
}

/** All that `--previous` may put in, whichever way a canary that is under way ends. */
export function imagesBefore(history: ImageHistory): ReadonlySet<string> {
  const [newest, ...older] = history;
  const canary = canaryVersion(history)?.value;
  // As it is once the canary has failed and its label is gone.
  const others = older.filter(({ value }) => value !== canary);
  const before = [previousImage(history), previousImage([newest, ...others])];
  return new Set(before.filter((image) => image !== null).filter((id) => id !== newest.value));
}
