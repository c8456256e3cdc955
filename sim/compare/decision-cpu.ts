import type { Seconds } from '../../pool/units.ts';
import type { Clock, RecorderPort, World } from '../../scaler/ports.ts';
import type { Peer } from '../peers/peer.ts';

/**
 * Measures the CPU time that deciding takes, and nothing of the simulation around it. Of the loop: from its
 * last look at the clock, which is what it does right before it decides, to its telling the first
 * decision. Of a peer: its iterations, with the calls to the simulated cloud that they make.
 */
export class DecisionCpu {
  seconds: Seconds = 0;
  private readonly cpuNow: () => Seconds;

  /** @param cpuNow CPU time of this process until now */
  constructor(cpuNow: () => Seconds) {
    this.cpuNow = cpuNow;
  }

  readonly watchLoop = (world: World): World => {
    let since: Seconds | null = null;
    const clock: Clock = {
      now: () => {
        const now = world.clock.now();
        since = this.cpuNow();
        return now;
      },
      sleep: (duration, signal) => world.clock.sleep(duration, signal),
    };
    const recorder: RecorderPort = {
      decision: (...decided) => {
        if (since !== null) this.seconds += this.cpuNow() - since;
        since = null;
        world.recorder.decision(...decided);
      },
      failure: (...failed) => world.recorder.failure(...failed),
      iteration: (...iterated) => world.recorder.iteration(...iterated),
      flush: (...flushed) => world.recorder.flush(...flushed),
    };
    return { ...world, clock, recorder };
  };

  readonly watchPeer = (peer: Peer): Peer => ({
    ...peer,
    start: (setup, cloud) => {
      const iterate = peer.start(setup, cloud);
      return async (view) => {
        const since = this.cpuNow();
        await iterate(view);
        this.seconds += this.cpuNow() - since;
      };
    },
  });
}
