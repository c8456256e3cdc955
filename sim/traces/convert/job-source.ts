import type { z } from 'zod';
import type { Seconds, UnixSeconds } from '../../../pool/units.ts';

/** What became of one job of a CI system. */
export type JobOutcome =
  | {
      readonly kind: 'task';
      /** When it could first have been taken by a worker. */
      readonly arrivedAt: UnixSeconds;
      /** How long a worker was busy with it. */
      readonly duration: Seconds;
      /** What says which workers may take it. */
      readonly labels: readonly string[];
      /** What had to be assumed of it; completes "12 ...". */
      readonly assumed?: string;
    }
  /** It was no work for a worker, or not yet; `because` completes "12 jobs left out: ...". */
  | { readonly kind: 'left-out'; readonly because: string };

/** Where jobs stand in what a system's API or export gives, and what they say. */
export interface JobSource<Job = unknown> {
  /** As `muster convert` takes it. */
  readonly name: string;
  /** One line, for `--help`: what to give it. */
  readonly input: string;
  /** What `--label` matches. */
  readonly label: string;
  /** Keys under which jobs stand, in one or in lists; of several that an object has, the first counts. */
  readonly containers: readonly string[];
  /** Whether an object is a job, or one of its siblings that never runs on a worker. */
  readonly isJob: (value: Readonly<Record<string, unknown>>) => boolean;
  /** What is read of a job; keys that are not listed are passed over. */
  readonly schema: z.ZodType<Job>;
  /** One outcome, save where a system keeps several runs of a job together. */
  readonly outcomes: (job: Job) => readonly JobOutcome[];
}

/** Keeps a source's own type of job within it. */
export function jobSource<Job>(source: JobSource<Job>): JobSource {
  return {
    ...source,
    // The engine gives `outcomes` only what `schema` has returned.
    outcomes: (job) => source.outcomes(job as Job),
  };
}
