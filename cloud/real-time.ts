import type { UnixSeconds } from '../pool/units.ts';
import type { VirtualClock } from '../sim/virtual-clock.ts';

/**
 * Keeps a virtual clock at the pace of the real one, or at a multiple of it. What is due happens when
 * somebody looks, and at the latest so many milliseconds later.
 */
const tickMilliseconds = 50;

export class RealTime {
  private readonly clock: VirtualClock;
  private readonly speed: number;
  private readonly elapsedMilliseconds: () => number;
  private readonly stop = new AbortController();
  private readonly timer: NodeJS.Timeout;
  private readonly startedAt: UnixSeconds;
  private readonly startedAtMilliseconds: number;

  /** `speed`: virtual seconds to a real one. `onTick` is called after each look that nobody asked for. */
  constructor(
    clock: VirtualClock,
    speed: number,
    onTick: () => void = () => {},
    elapsedMilliseconds = () => performance.now(),
  ) {
    this.clock = clock;
    this.speed = speed;
    this.elapsedMilliseconds = elapsedMilliseconds;
    this.startedAt = clock.now();
    this.startedAtMilliseconds = elapsedMilliseconds();
    this.timer = setInterval(() => void this.catchUp().then(onTick), tickMilliseconds);
    this.timer.unref();
  }

  /** Lets everything happen that is due by now. */
  async catchUp(): Promise<void> {
    const elapsed = (this.elapsedMilliseconds() - this.startedAtMilliseconds) / 1000;
    await this.clock.run(this.startedAt + elapsed * this.speed, this.stop.signal);
  }

  end(): void {
    clearInterval(this.timer);
    this.stop.abort();
  }
}
