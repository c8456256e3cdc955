import type { Seconds, Slots } from '../../pool/units.ts';
import type { TaskArrival } from '../task-queue.ts';
import type { Peer } from './peer.ts';

/** Nothing changes after the start, so this only sets how soon its end is seen. */
const interval: Seconds = 60;

/** Most tasks that would run at once if each started when it arrives. */
export function peakTasks(tasks: readonly TaskArrival[]): number {
  const changes = tasks.flatMap(({ at, duration }) => [
    { at, change: 1 },
    { at: at + duration, change: -1 },
  ]);
  // At one time ends come first: the slot is free again.
  changes.sort((a, b) => a.at - b.at || a.change - b.change);
  let now = 0;
  let peak = 0;
  for (const { change } of changes) {
    now += change;
    peak = Math.max(peak, now);
  }
  return peak;
}

export function staticSlots(
  tasks: readonly TaskArrival[],
  { min, max }: { readonly min: Slots; readonly max: Slots },
): Slots {
  return Math.max(min, Math.min(peakTasks(tasks), max));
}

export const staticFleet: Peer = {
  name: 'static',
  title: 'Static, at the peak',
  description: 'A group of constant size: one slot for each task of the busiest moment.',
  source: 'The usual fleet without a scaler, sized by hand from its own tasks.',
  interval,
  constants: [],
  scalesIn: false,
  start({ pool, tasks }, cloud) {
    const slots = staticSlots(tasks, pool.capacity);
    cloud.declareGroup(
      pool.instances.map(({ type }) => type),
      'price-capacity-optimized',
    );
    return () => cloud.setDesiredCapacity(slots);
  },
};
