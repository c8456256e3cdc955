/**
 * Every number of the decision that a pool does not declare, in one place, with where it comes from.
 */
import type { Seconds } from '../../pool/units.ts';

/**
 * Task duration assumed before any task has been seen to finish. The median of a public trace of
 * 36,511 build tasks (Firefox CI, pool gecko-3/b-linux, August 2020) is 259 s.
 */
export const taskDurationBeforeAny: Seconds = 300;

/**
 * Boot time assumed before any worker has been heard. Public measurements of 73 EC2 starts have
 * medians of 32 s until user data runs and 159 s until a container runs (Spare Cores, 2024).
 */
export const bootTimeBeforeAny: Seconds = 120;

/** Weight of a new sample in a running estimate once enough were seen: about the last 20 count. */
export const estimateGain = 0.1;

/**
 * Mean absolute deviations added to the mean boot time to plan with. Were boots normally distributed,
 * about four of five would be done by then.
 */
export const bootTimeDeviations = 1;

/**
 * A worker unheard for this long is silent: its last word no longer counts and it is taken for
 * busy. Six heartbeats of the example worker (10 s).
 */
export const silentAfter: Seconds = 60;

/**
 * Where workers send no heartbeats, both pending and claimed must have been zero for this long
 * before anything is scaled in.
 */
export const quietBeforeScaleIn: Seconds = 120;

/**
 * The least idle time before a worker is asked to drain, whatever the pool says: a task claimed
 * since its last heartbeat (10 s apart) is then known of.
 */
export const leastIdleTime: Seconds = 15;

/**
 * An offering may cost this much more per utility than the cheapest and still be in the overrides:
 * diversity lowers interruptions, price decides cost.
 */
export const overrideTolerance = 0.15;

/**
 * So many types are offered even where they cost more than {@link overrideTolerance} allows, but
 * never one that costs more than {@link spareTolerance} over the cheapest: a group with one type
 * stands still while that one has no capacity.
 */
export const leastOverrides = 2;
export const spareTolerance = 0.3;

/** The Auto Scaling API takes no more overrides in one group. */
export const mostOverrides = 40;

/** Groups of waiting tasks that are told apart by arrival; older ones are merged beyond this. */
export const mostCohorts = 32;

/** A reading of the queue older than this says nothing about now. */
export const staleAfter: Seconds = 120;

/**
 * A worker that has been free for this long while tasks waited all the time does not take work, and
 * no longer counts as capacity. Long polls of a queue last 20 s; this is several of them.
 */
export const unusedAfter: Seconds = 180;

/** Failed boots that are remembered for the breaker; its count can be no larger. */
export const mostFailedBoots = 100;
