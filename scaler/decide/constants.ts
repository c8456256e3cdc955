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

/** Boots that are remembered one by one: enough to know the slowest of twenty. */
export const mostBootTimes = 50;

/**
 * Boots that must have been seen before one that outlasts them all is taken never to end; until then
 * it may be done at any moment.
 */
export const fewestBootTimes = 10;

/**
 * A task that is due sooner than this share of boots are done is as little late as can be: slots are
 * asked for as if it were due then. A lower share asks for more slots than tasks wait, in the hope
 * that enough of them are quick: from 0.75 to 0.5 costs 4 % and gains 10 s of the wait's p95 (Firefox CI).
 */
export const soonestBootShare = 0.75;

/** Slots are asked for only once a task is due before this share of boots would be done. */
export const horizonBootShare = 0.95;

/**
 * Slots are kept spare only where fewer boots than this are done within the wait target: with more of
 * them in time, asking for more slots does as well for less.
 */
export const spareBootShare = 0.85;

/** From asking to launching: what a group takes to act. */
export const launchDelay: Seconds = 5;

/** Older completions count for less: 1/e after this. Work of a kind comes in waves of that order. */
export const completionsWindow: Seconds = 900;

/** Tasks that the mean duration counts for beside the completions of late. */
export const completionsPrior = 5;

/** Tasks over which the share that started late is taken. */
export const lateShareTasks = 4_000;

/** Late tasks that call for no margin: a target is met with 5 %. */
export const allowedLateShare = 0.03;

/** Margin for each unit of late share above that: at 4 % it is 12 %. */
export const marginPerLateShare = 12;

/** Twice as much as expected. */
export const mostMargin = 1;

/** From asking a worker to drain until it is gone: two looks and the time of its next word. */
export const drainTime: Seconds = 20;

/** Idle spells that must have been seen before they decide how long a worker may idle. */
export const fewestIdleSpells = 20;

/** Idle spells that are remembered. */
export const mostIdleSpells = 200;

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
 * The most of a pool's workers that may be away at once while outdated ones are replaced: what an instance
 * refresh of EC2 Auto Scaling takes by default (MinHealthyPercentage 90, rounded up; Auto Scaling API
 * reference, "RefreshPreferences").
 */
export const mostAwayShare = 0.1;

/**
 * A worker that drains without having been asked to, and is free for this long, is let go: a task
 * claimed since its last heartbeat (10 s apart) is then known of.
 */
export const leastIdleTime: Seconds = 15;

/**
 * An offering may cost this much more per utility than the cheapest and still be in the overrides.
 * AWS chooses among them by price per slot and by capacity, so a wider list is a dearer fleet: 15 %
 * costs 3 % more than 5 % (Firefox CI).
 */
export const overrideTolerance = 0.05;

/**
 * Where a group chooses its zones itself, so many types are offered even if they cost more than
 * {@link overrideTolerance} allows, but never one that costs more than {@link spareTolerance} over the
 * cheapest: with one type it stands still while that one has no capacity. Where launches name their
 * zone, what could not start is known at once and the next look offers another type.
 */
export const leastOverrides = 2;
export const spareTolerance = 0.3;

/** LaunchInstances starts no more in one call (EC2 Auto Scaling API reference). */
export const mostInstancesPerLaunch = 100;

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

/**
 * A spot interruption comes two minutes after its notice (EC2 user guide, "Spot Instance interruption
 * notices"). A worker that is there so long after it is not being interrupted.
 */
export const noticeHoldsFor: Seconds = 600;

/** Failed boots that are remembered for the breaker; its count can be no larger. */
export const mostFailedBoots = 100;
