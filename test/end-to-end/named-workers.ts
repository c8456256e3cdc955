import type { PassedHeartbeat } from './heartbeat-tap.ts';
import type { DecisionLine } from './muster-process.ts';

/** A worker that a decision names. */
export interface NamedWorker {
  readonly instanceId: string;
  readonly kind: 'drain' | 'terminate';
  /** In milliseconds since 1970. */
  readonly at: number;
}

export function namedWorkers(decisions: readonly DecisionLine[]): readonly NamedWorker[] {
  return decisions.flatMap(({ at: observedAt, drain, terminate }) => {
    const at = observedAt * 1000;
    return [
      ...drain.map(({ instanceId }): NamedWorker => ({ instanceId, kind: 'drain', at })),
      ...terminate.map(({ instanceId }): NamedWorker => ({ instanceId, kind: 'terminate', at })),
    ];
  });
}

/** What is wrong with naming this worker: its last word before was busy, or, if it is to end, any after. */
export function busyWhenNamed(
  passed: readonly PassedHeartbeat[],
  { instanceId, kind, at }: NamedWorker,
): string[] {
  const own = passed.filter((heartbeat) => heartbeat.instanceId === instanceId);
  const last = own.findLast((heartbeat) => heartbeat.at <= at);
  if (last === undefined) return [`${instanceId} was named without a word of it`];
  const later = kind === 'terminate' ? own.filter((heartbeat) => heartbeat.at > at) : [];
  const busy = [last, ...later].find(({ busySlots }) => busySlots > 0);
  if (busy !== undefined) return [`${instanceId} was busy when it was to ${kind}`];
  return kind === 'terminate' && last.taking ? [`${instanceId} still took tasks`] : [];
}

/** Workers that were busy by their last word before a time. */
export function busyAt(passed: readonly PassedHeartbeat[], at: number): readonly string[] {
  const busy = new Map<string, number>();
  for (const heartbeat of passed) {
    if (heartbeat.at <= at) busy.set(heartbeat.instanceId, heartbeat.busySlots);
  }
  return [...busy].filter(([, slots]) => slots > 0).map(([instanceId]) => instanceId);
}
