import type { Seconds } from '../../pool/units.ts';
import type { Simulation } from '../simulation.ts';
import type { TimelinePoint } from './result.ts';

/** So many points the span of arrivals has; a run that goes on for long after it has up to twice as many. */
const points = 300;

/** Looks at a simulation at even intervals of virtual time, from its present on. */
export class TimelineRecorder {
  private readonly simulation: Simulation;
  private interval: Seconds;
  private interruptions = 0;
  private recorded: TimelinePoint[] = [];

  constructor(simulation: Simulation, duration: Seconds) {
    this.simulation = simulation;
    simulation.host.listen({
      ended: (_, cause) => {
        if (cause === 'interrupted') this.interruptions += 1;
      },
    });
    this.interval = Math.max(1, duration / points);
    this.lookAndGoOn();
  }

  /** Until now, and now. */
  finish(): readonly TimelinePoint[] {
    if (this.recorded.at(-1)!.at < this.simulation.clock.now()) this.look();
    return this.recorded;
  }

  private lookAndGoOn(): void {
    this.look();
    this.simulation.clock.after(this.interval, () => this.lookAndGoOn());
  }

  private look(): void {
    this.recorded.push({ ...pointOf(this.simulation), interruptions: this.interruptions });
    if (this.recorded.length <= 2 * points) return;
    this.recorded = this.recorded.filter((_, index) => index % 2 === 0);
    this.interval *= 2;
  }
}

function pointOf({ clock, host, work }: Simulation): Omit<TimelinePoint, 'interruptions'> {
  const now = clock.now();
  let free = 0;
  let booting = 0;
  for (const { worker, capacity } of host.running) {
    if (worker === null) booting += capacity;
    else if (worker.canTake(now)) free += capacity - worker.attempts.length;
  }
  const works = [...work.values()];
  return {
    at: now,
    pending: works.reduce((sum, { pendingTasks }) => sum + pendingTasks, 0),
    busy: works.reduce((sum, { claimed }) => sum + claimed, 0),
    free,
    booting,
  };
}
