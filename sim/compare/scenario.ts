import { nearest, suggestion } from '../../pool/nearest.ts';
import type { Fleet, InstanceChoice, Pool } from '../../pool/pool.ts';
import type { Seconds, UnixSeconds } from '../../pool/units.ts';
import { SimulationError } from '../check-fleet.ts';
import type { PriceSource } from '../market.ts';
import type { SimulationParameters } from '../parameters.ts';
import type { TaskArrival } from '../task-queue.ts';
import { withHeartbeats } from '../with-heartbeats.ts';

/** What every policy of a comparison meets. */
export interface Scenario {
  /** Its only pool is `pool`. */
  readonly fleet: Fleet;
  readonly pool: Pool;
  /** In order of arrival. */
  readonly tasks: readonly TaskArrival[];
  readonly start: UnixSeconds;
  /** From the first arrival possible to the last. */
  readonly duration: Seconds;
  readonly seed: number;
  readonly prices: PriceSource;
  readonly parameters: SimulationParameters;
}

/**
 * A fleet of one of its pools, found by name or id, in the regions of that pool. Its workers send
 * heartbeats, by which peers go, and nothing is paused.
 * @throws SimulationError for a pool that the fleet does not have.
 */
export function poolAlone(
  fleet: Fleet,
  name: string,
): { readonly fleet: Fleet; readonly pool: Pool } {
  const found = fleet.pools.find((pool) => pool.name === name || pool.id === name);
  if (found === undefined)
    throw new SimulationError(
      noSuch(
        'pool',
        name,
        fleet.pools.map((pool) => pool.name),
      ),
    );
  const regions = fleet.regions.filter((region) => found.regions.includes(region.name));
  const pools = [{ ...found, paused: false }];
  const alone = withHeartbeats({ ...fleet, paused: false, regions, pools });
  return { fleet: alone, pool: alone.pools[0]! };
}

/**
 * The type of a pool on which durations are taken to have been measured: the one asked for, or else
 * the one in the middle by utility per slot, of two the slower, so that durations are as often too
 * long as too short where nobody knows.
 * @throws SimulationError for a type that the pool does not have.
 */
export function measuredOn(
  { name, instances }: Pick<Pool, 'name' | 'instances'>,
  asked: string | null,
): InstanceChoice {
  if (asked === null) {
    const bySpeed = [...instances].sort((a, b) => utilityPerSlot(a) - utilityPerSlot(b));
    return bySpeed[Math.floor((bySpeed.length - 1) / 2)]!;
  }
  const choice = instances.find(({ type }) => type === asked);
  if (choice) return choice;
  throw new SimulationError(
    noSuch(
      `type in pool ${name}`,
      asked,
      instances.map(({ type }) => type),
    ),
  );
}

export function utilityPerSlot({ utility, capacity }: InstanceChoice): number {
  return utility / capacity;
}

function noSuch(what: string, got: string, allowed: readonly string[]): string {
  const meant = suggestion(nearest(got, allowed));
  return `no ${what} is ${got}; allowed: ${allowed.join(', ')}${meant}`;
}
