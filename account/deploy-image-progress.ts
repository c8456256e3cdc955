/** How a deployment goes, by what is known of the pool's workers. Pure. */
import type { Seconds, UnixSeconds } from '../pool/units.ts';

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
}

/** The scaler ends within this what it has not heard within `missingAfter`. */
const reapGrace: Seconds = 120;

/** Codes of an end that says nothing of the image (StateReason, EC2 API reference). */
const endedByOthers = /^(Client\.User|Server\.Spot|Client\.Spot|Server\.ScheduledStop)/;

/**
 * With the scaler asked, a worker is proven once it was heard. Else once it has been in service for
 * longer than the scaler waits for a word before it ends a worker.
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
    readonly now: UnixSeconds;
  },
  before: Progress | null,
): Progress {
  const { images, since, missingAfter, now } = deployment;
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
    const late = age > missingAfter;
    if (endedBecause !== null) {
      if (!endedByOthers.test(endedBecause)) failed.set(instanceId, `ended: ${endedBecause}`);
      else if (late) failed.set(instanceId, 'ended without having registered');
    } else if (worker.heard ?? (worker.inService && age > missingAfter + reapGrace)) {
      proven.add(instanceId);
    } else if (late && (worker.heard === false || age > missingAfter + reapGrace)) {
      failed.set(instanceId, 'did not register in time');
    } else booting.push(instanceId);
  }
  return { proven: [...proven], booting, failed, older };
}

/** Boots that may fail by chance once the canaries are proven, as long as as many succeed. */
const failuresByChance = 2;

/** Whether the image is to be taken back: one canary that fails is enough. */
export function isFailing({ proven, failed }: Progress, canary: number | null): boolean {
  if (canary !== null && proven.length < canary) return failed.size > 0;
  return failed.size > failuresByChance && failed.size > proven.length;
}
