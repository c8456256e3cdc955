import { emptyMemory } from '../../../scaler/decide/empty-memory.ts';
import type { State } from '../../../scaler/ports.ts';
import { known } from '../../decide/situations.ts';
import { aDecision } from '../samples.ts';

/** A state of one pool whose decision has this number. */
export function aState(sequence = 1): State {
  return {
    memories: { linux: { ...emptyMemory, sequence } },
    last: {
      linux: {
        observation: {
          at: 1,
          queue: known(1),
          groups: [],
          unreachableRegions: [],
          offerings: [],
          finishedTasks: [],
          launchFailures: [],
          warnings: [],
          scheduledMin: 0,
          allowance: null,
          fleetSpend: null,
        },
        decision: aDecision({ sequence }),
      },
    },
    launched: [{ region: 'eu-west-1', at: 1, slots: 4 }],
  };
}

/** A state that takes several records, however well it is compressed. */
export function aLargeState(): State {
  const random = () => Math.random().toString(36).slice(2);
  const refusals = Object.fromEntries(
    Array.from({ length: 12_000 }, (_, index) => [
      `${index}${random()}${random()}`,
      { cause: 'no-capacity' as const, at: Math.random(), until: Math.random(), times: 1 },
    ]),
  );
  return { ...aState(), memories: { linux: { ...emptyMemory, refusals } } };
}
