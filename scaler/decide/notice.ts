import type { Seconds, UnixSeconds } from '../../pool/units.ts';

/** Something that the pool's owner should hear of. */
export type Notice =
  | { readonly kind: 'missing-workers'; readonly instanceIds: readonly string[] }
  | { readonly kind: 'boots-fail'; readonly failures: number; readonly until: UnixSeconds }
  | { readonly kind: 'launches-fail'; readonly cause: string; readonly since: UnixSeconds }
  | {
      readonly kind: 'budget-alert' | 'budget-spent';
      readonly spent: number;
      readonly budget: number;
    };

export type NoticeKind = Notice['kind'];

/** When the owner was last told of each kind of incident, and how often in a row. */
export type Incidents = Readonly<
  Partial<Record<NoticeKind, { readonly toldAt: UnixSeconds; readonly times: number }>>
>;

/** An incident that goes on is told again after an hour, then two, four, up to a day. */
const firstRepeat: Seconds = 3_600;
const longestRepeat: Seconds = 86_400;

/**
 * Which of the notices are to be sent: each kind once, and again with growing intervals while it goes
 * on. An incident that has not been seen for two of its intervals is over.
 */
export function noticesToSend(
  incidents: Incidents,
  notices: readonly Notice[],
  at: UnixSeconds,
): { send: readonly Notice[]; incidents: Incidents } {
  const send: Notice[] = [];
  const next: Partial<Record<NoticeKind, { toldAt: UnixSeconds; times: number }>> = {};
  for (const key in incidents) {
    const kind = key as NoticeKind;
    const told = incidents[kind]!;
    if (at - told.toldAt < 2 * repeatAfter(told.times)) next[kind] = told;
  }
  for (const notice of notices) {
    const told = next[notice.kind];
    if (told && at - told.toldAt < repeatAfter(told.times)) continue;
    send.push(notice);
    next[notice.kind] = { toldAt: at, times: (told?.times ?? 0) + 1 };
  }
  return { send, incidents: next };
}

function repeatAfter(times: number): Seconds {
  return Math.min(longestRepeat, firstRepeat * 2 ** (times - 1));
}
