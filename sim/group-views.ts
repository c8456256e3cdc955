import type { Seconds, UnixSeconds } from '../pool/units.ts';
import type { CloudGroup } from '../scaler/ports.ts';
import type { VirtualClock } from './virtual-clock.ts';

/**
 * What describing a group tells: the group as it was a while ago, since the APIs are eventually
 * consistent. The same object until what it tells of has changed.
 */
export class GroupViews {
  private readonly clock: VirtualClock;
  private readonly staleness: Seconds;
  private readonly look: () => CloudGroup;
  private now: CloudGroup | null = null;
  /** What was true until then, oldest first. */
  private past: { readonly until: UnixSeconds; readonly view: CloudGroup }[] = [];

  constructor(clock: VirtualClock, staleness: Seconds, look: () => CloudGroup) {
    this.clock = clock;
    this.staleness = staleness;
    this.look = look;
  }

  /** To be called before anything that is told changes. */
  changing(): void {
    if (this.staleness > 0) this.keep();
    this.now = null;
  }

  /** As of {@link GroupViews.asOf}. */
  read(): CloudGroup {
    this.forget();
    const [first] = this.past;
    if (first !== undefined) return first.view;
    this.now ??= this.look();
    return this.now;
  }

  get asOf(): UnixSeconds {
    return this.clock.now() - this.staleness;
  }

  /** Of several changes at one time the first alone follows a state that lasted. */
  private keep(): void {
    const now = this.clock.now();
    if (this.past[this.past.length - 1]?.until === now) return;
    this.forget();
    this.past.push({ until: now, view: this.now ?? this.look() });
  }

  private forget(): void {
    const { asOf } = this;
    let gone = 0;
    while (gone < this.past.length && this.past[gone]!.until <= asOf) gone++;
    if (gone > 0) this.past = this.past.slice(gone);
  }
}
