/** How a deployment goes, by what is known of the pool's workers. Pure. */
import type { Seconds, Slots, UnixSeconds } from '../pool/units.ts';

/** A worker of the pool, or an instance that was one. */
export interface DeployedWorker {
  readonly instanceId: string;
  readonly region: string;
  readonly imageId: string;
  readonly launchedAt: UnixSeconds;
  /** EC2's code for why it ended, such as `Client.InstanceInitiatedShutdown`; null: it has not ended. */
  readonly endedBecause: string | null;
  /** Whether its group says that it is in service. */
  readonly inService: boolean;
  /** Whether the scaler has heard it; null: the scaler is not asked. */
  readonly heard: boolean | null;
}

export interface Progress {
  /** Of the new image: registered and running. */
  readonly proven: readonly string[];
  /** Of the new image: not yet known. */
  readonly booting: readonly string[];
  /** Of the new image: ended by itself or by EC2, or never registered; with why. */
  readonly failed: ReadonlyMap<string, string>;
  /** Of another image, still there. */
  readonly older: number;
  /** What the groups are to have and do not have yet. */
  readonly awaited: Slots;
}

/** The scaler ends within this what it has not heard within `missingAfter`. */
const reapGrace: Seconds = 120;

/** Codes of an end that says nothing of the image (StateReason, EC2 API reference). */
const endedByOthers = /^(Client\.User|Server\.Spot|Client\.Spot|Server\.ScheduledStop)/;

/**
 * With the scaler asked, a worker is proven once it was heard. Else once it is in service, where a launch
 * hook holds it back until it says that it is ready; without one, once it has been in service for longer
 * than the scaler waits for a word before it ends a worker.
 *
 * @param before what earlier looks found: a proven worker that ends has still been proven
 */
export function progressOf(
  workers: readonly DeployedWorker[],
  deployment: {
    readonly images: ReadonlySet<string>;
    /** Instances from before are not the deployment's, even of the same image. */
    readonly since: UnixSeconds;
    readonly missingAfter: Seconds;
    /** How long the launch hook holds a worker back; null: there is none. */
    readonly launchHook: Seconds | null;
    readonly awaited: Slots;
    readonly now: UnixSeconds;
  },
  before: Progress | null,
): Progress {
  const { images, since, missingAfter, launchHook, awaited, now } = deployment;
  const limit = launchHook ?? missingAfter;
  const silence = missingAfter + reapGrace;
  const proven = new Set(before?.proven);
  const failed = new Map(before?.failed);
  const booting: string[] = [];
  let older = 0;
  for (const worker of workers) {
    const { instanceId, endedBecause } = worker;
    if (!images.has(worker.imageId)) {
      if (endedBecause === null) older += 1;
      continue;
    }
    if (worker.launchedAt < since || proven.has(instanceId) || failed.has(instanceId)) continue;
    const age = now - worker.launchedAt;
    const late = age > limit;
    if (endedBecause !== null) {
      if (!endedByOthers.test(endedBecause)) failed.set(instanceId, `ended: ${endedBecause}`);
      else if (late) failed.set(instanceId, 'ended without having registered');
    } else if (worker.heard ?? (worker.inService && (launchHook !== null || age > silence))) {
      proven.add(instanceId);
    } else if (age > missingAfter && (worker.heard === false || age > silence)) {
      failed.set(instanceId, 'did not register in time');
    } else booting.push(instanceId);
  }
  return { proven: [...proven], booting, failed, older, awaited };
}

/** Whether no worker will start by itself: all that are wanted are there, and none is to be replaced. */
export function isAtRest({ booting, older, awaited }: Progress): boolean {
  return booting.length === 0 && older === 0 && awaited === 0;
}

/** Boots that may fail by chance once the canaries are proven, as long as as many succeed. */
const failuresByChance = 2;

/** Whether the image is to be taken back: one canary that fails is enough. */
export function isFailing({ proven, failed }: Progress, canary: number | null): boolean {
  if (canary !== null && proven.length < canary) return failed.size > 0;
  return failed.size > failuresByChance && failed.size > proven.length;
}
