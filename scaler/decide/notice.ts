import type { Seconds, UnixSeconds } from '../../pool/units.ts';

/** Something that the pool's owner should hear of. */
export type Notice =
  | { readonly kind: 'missing-workers'; readonly instanceIds: readonly string[] }
  /** Someone looks for a fault on them; the longest has done so for `heldSeconds`. */
  | {
      readonly kind: 'workers-held';
      readonly instanceIds: readonly string[];
      readonly heldSeconds: Seconds;
    }
  /** They were held for as long as is allowed, and are held no longer. */
  | { readonly kind: 'holds-over'; readonly instanceIds: readonly string[] }
  | { readonly kind: 'boots-fail'; readonly failures: number; readonly until: UnixSeconds }
  | { readonly kind: 'launches-fail'; readonly cause: string; readonly since: UnixSeconds }
  | {
      readonly kind: 'budget-alert' | 'budget-spent';
      readonly spent: number;
      readonly budget: number;
    };

export type NoticeKind = Notice['kind'];

/** When the owner was last told of each kind of incident, and how often in a row. */
export type Incidents = Readonly<Partial<Record<NoticeKind, Incident>>>;

export interface Incident {
  readonly toldAt: UnixSeconds;
  readonly times: number;
  /** Held workers that were named: another one is told of at once, since someone holds each. */
  readonly named?: readonly string[] | undefined;
}

/** An incident that goes on is told again after an hour, then two, four, up to a day. */
const firstRepeat: Seconds = 3_600;
const longestRepeat: Seconds = 86_400;

/**
 * Which of the notices are to be sent: each kind once, and again with growing intervals while it goes
 * on, or at once when another worker is held. An incident that has not been seen for two of its intervals is over.
 */
export function noticesToSend(
  incidents: Incidents,
  notices: readonly Notice[],
  at: UnixSeconds,
): { send: readonly Notice[]; incidents: Incidents } {
  const send: Notice[] = [];
  const next: Partial<Record<NoticeKind, Incident>> = {};
  for (const key in incidents) {
    const kind = key as NoticeKind;
    const told = incidents[kind]!;
    if (at - told.toldAt < 2 * repeatAfter(told.times)) next[kind] = told;
  }
  for (const notice of notices) {
    const told = next[notice.kind];
    const named = namedBy(notice);
    const names = named?.every((id) => told?.named?.includes(id)) ?? true;
    if (told && names && at - told.toldAt < repeatAfter(told.times)) continue;
    send.push(notice);
    const times = names ? (told?.times ?? 0) + 1 : 1;
    next[notice.kind] = { toldAt: at, times, ...(named && { named }) };
  }
  return { send, incidents: next };
}

function namedBy(notice: Notice): readonly string[] | undefined {
  return notice.kind === 'workers-held' || notice.kind === 'holds-over'
    ? notice.instanceIds
    : undefined;
}

function repeatAfter(times: number): Seconds {
  return Math.min(longestRepeat, firstRepeat * 2 ** (times - 1));
}
