import type { Seconds, UnixSeconds } from '../../pool/units.ts';
import { drainTime, fewestIdleSpells, mostIdleSpells } from './constants.ts';
import type { Memory } from './memory.ts';
import type { PoolPolicy } from './observation.ts';

/** After how long workers that had nothing to do were wanted again. */
export interface IdleSpells {
  /** In order of time; one that was wanted much later, or never, counts as `forgottenAfter`. */
  readonly lengths: readonly Seconds[];
  /** Since when those that were let go had been idle, where nothing was launched since; oldest first. */
  readonly open: readonly UnixSeconds[];
}

export const noIdleSpells: IdleSpells = { lengths: [], open: [] };

/**
 * Follows idle spells. One ends when its worker takes a task. When the worker is let go, it ends with
 * the next launch: had the worker stayed, it would have been wanted then. The latest let go counts first.
 */
export function followIdleSpells(
  { coldStart }: Pick<PoolPolicy, 'coldStart'>,
  { idleSpells, bootTime }: Pick<Memory, 'idleSpells' | 'bootTime'>,
  { at, ended, launches }: { at: UnixSeconds; ended: readonly Seconds[]; launches: number },
): IdleSpells {
  // Longer than any idle time that could be chosen.
  const forgottenAfter = 2 * breakEven(bootTime.mean, coldStart);
  const { open } = idleSpells;
  const wanted = Math.min(launches, open.length);
  const stillOpen = open
    .slice(0, open.length - wanted)
    .filter((since) => at - since < forgottenAfter);
  const forgotten = open.length - wanted - stillOpen.length;
  if (ended.length === 0 && wanted === 0 && forgotten === 0) return idleSpells;
  const lengths = [
    ...[...ended].sort((a, b) => a - b),
    ...open.slice(open.length - wanted).map((since) => Math.min(forgottenAfter, at - since)),
    ...new Array<Seconds>(forgotten).fill(forgottenAfter),
  ];
  return { lengths: [...idleSpells.lengths, ...lengths].slice(-mostIdleSpells), open: stillOpen };
}

/** Notes since when those that are let go now have been idle. */
export function openIdleSpells(
  { lengths, open }: IdleSpells,
  idleSince: readonly UnixSeconds[],
): IdleSpells {
  return {
    lengths,
    open: [...open, ...[...idleSince].sort((a, b) => a - b)].slice(-mostIdleSpells),
  };
}

/** What letting a worker go costs, as time of it: a fresh boot, the work a cold start loses, and the drain. */
function breakEven(bootTime: Seconds, coldStart: Seconds): Seconds {
  return bootTime + coldStart + drainTime;
}

/**
 * How long a worker may idle. `auto` is a ski-rental problem: idling costs by the second, letting go
 * costs {@link breakEven} once. Idling for just as long as that costs at most twice what hindsight
 * would (Karlin et al., "Competitive snoopy caching", 1988). Once {@link fewestIdleSpells} spells G were
 * seen, it is the time t, at most the break-even B, that would have cost least over them:
 *
 *     sum over spells of (G <= t ? G : t + B)
 *
 * (the average-case optimum; Karlin et al., "Competitive randomized algorithms for nonuniform
 * problems", 1994). Where workers are seldom wanted again within B that is no time at all.
 */
export function idleTime(
  { lifecycle, coldStart }: Pick<PoolPolicy, 'lifecycle' | 'coldStart'>,
  bootTime: Seconds,
  { lengths }: IdleSpells,
): Seconds {
  if (lifecycle.idle !== 'auto') return lifecycle.idle;
  const limit = breakEven(bootTime, coldStart);
  if (lengths.length < fewestIdleSpells) return limit;
  const spells = [...lengths].sort((a, b) => a - b);
  let best = 0;
  let least = limit * spells.length;
  let idled = 0;
  for (const [index, spell] of spells.entries()) {
    if (spell > limit) break;
    idled += spell;
    const cost = idled + (spells.length - index - 1) * (spell + limit);
    if (cost < least) {
      least = cost;
      best = spell;
    }
  }
  return best;
}
