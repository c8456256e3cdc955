/** Cases of docs/what-happens-when.md: calls to AWS that fail. */
import { describe, expect, it } from 'vitest';
import type { Fleet, Pool } from '../../pool/pool.ts';
import { act } from '../../scaler/act.ts';
import { decide } from '../../scaler/decide/decide.ts';
import type { Memory } from '../../scaler/decide/memory.ts';
import type { LaunchFailure, Observation } from '../../scaler/decide/observation.ts';
import { CloudError, type CloudPort, type Launch, type World } from '../../scaler/ports.ts';
import {
  aGroup,
  aGroupOf,
  aMemory,
  anObservation,
  anOffering,
  aPool,
  known,
  now,
  workers,
} from '../decide/situations.ts';

/** A region that does what it is told, unless told to fail; it keeps what it was last told. */
class FakeRegion
  implements Pick<CloudPort, 'region' | 'setOverrides' | 'setDesiredCapacity' | 'launch'>
{
  readonly region: string;
  readonly desired = new Map<string, number>();
  readonly launches: { readonly zone: string; readonly slots: number }[] = [];
  /** Slots that each zone can start; the others start what is asked. */
  readonly capacity = new Map<string, number>();
  calls = 0;
  fails: CloudError | null = null;

  constructor(region: string) {
    this.region = region;
  }

  async setOverrides(): Promise<void> {
    this.#call();
  }

  async setDesiredCapacity(group: string, desiredCapacity: number): Promise<void> {
    this.#call();
    this.desired.set(group, desiredCapacity);
  }

  async launch({ group, zone, slots }: Launch): Promise<number> {
    this.launches.push({ zone, slots });
    this.#call();
    const started = Math.min(slots, this.capacity.get(zone) ?? slots);
    this.desired.set(group, (this.desired.get(group) ?? 0) + started);
    return started;
  }

  #call(): void {
    this.calls += 1;
    if (this.fails) throw this.fails;
  }
}

function fleetOf(regions: readonly FakeRegion[]) {
  const failures: string[] = [];
  const recorder = {
    decision: () => {},
    failure: (where: { region?: string }, doing: string) =>
      void failures.push(`${where.region}: ${doing}`),
    iteration: () => {},
    flush: async () => {},
  };
  const names = ['one', 'two'];
  const decided = new Map(
    names.map((name) => {
      const groups = regions.map(({ region }) => aGroup({ name: `ci-${name}-spot`, region }));
      const observation = anObservation({
        queue: known(4),
        groups,
        offerings: regions.map(({ region }) => anOffering({ region })),
      });
      const pool = aPool({
        regions: regions.map(({ region }) => region),
        placement: { zones: 'group', regionShare: 0.5, zoneShare: 0.7 },
      });
      const memory = aMemory({ waiting: [{ arrivedAt: now - 120, tasks: 4 }] });
      return [name, { observation, decision: decide(pool, observation, memory).decision }] as const;
    }),
  );
  const fleet = { pools: names.map((id) => ({ id }) as Pool) } as unknown as Fleet;
  const world = { clouds: regions, recorder } as unknown as World;
  const run = () => act(fleet, world, decided, new AbortController().signal);
  return { run, failures };
}

describe('acting', () => {
  it('leaves a region that throttles alone until the next iteration, and keeps the demand', async () => {
    const [busy, other] = [new FakeRegion('eu-west-1'), new FakeRegion('us-east-1')];
    busy.fails = new CloudError('throttled', 'Throttling', 'Rate exceeded');
    const { run, failures } = fleetOf([busy, other]);
    await run();
    expect(busy.calls).toBe(1);
    expect(failures).toHaveLength(1);
    expect([...other.desired.values()]).toEqual([2, 2]);

    busy.fails = null;
    await run();
    expect([...busy.desired.values()]).toEqual([2, 2]);
  });

  it('goes on with the other groups when a call is refused, and tells of each failure', async () => {
    const region = new FakeRegion('eu-west-1');
    region.fails = new CloudError('refused', 'ValidationError', 'no');
    const { run, failures } = fleetOf([region]);
    await run();
    expect(region.calls).toBe(4);
    expect(failures).toEqual([
      'eu-west-1: set overrides',
      'eu-west-1: set desired capacity',
      'eu-west-1: set overrides',
      'eu-west-1: set desired capacity',
    ]);
  });

  it('asks in another zone, at the next look, for what a zone could not start', async () => {
    const region = new FakeRegion('eu-west-1');
    region.capacity.set('eu-west-1a', 1);
    const pool = aPool({ placement: { zones: 'cheapest', regionShare: 1, zoneShare: 1 } });
    const offerings = [anOffering(), anOffering({ zone: 'eu-west-1b', price: 0.2 })];
    const fleet = { pools: [{ id: 'linux' }] } as unknown as Fleet;
    const failures: string[] = [];
    const recorder = { failure: (_: unknown, doing: string) => void failures.push(doing) };
    const world = { clouds: [region], recorder } as unknown as World;
    const look = async (memory: Memory, change: Partial<Observation>) => {
      const observation = anObservation({ queue: known(4), offerings, ...change });
      const decided = decide(pool, observation, memory);
      const one = { observation, decision: decided.decision };
      await act(fleet, world, new Map([['linux', one]]), new AbortController().signal);
      return decided.memory;
    };
    const first = await look(aMemory({ waiting: [{ arrivedAt: now - 120, tasks: 4 }] }), {});
    expect(region.launches).toEqual([{ zone: 'eu-west-1a', slots: 4 }]);
    expect([...region.desired.values()]).toEqual([1]);

    const at = now + 10;
    const refused: LaunchFailure = {
      at: now,
      region: 'eu-west-1',
      market: 'spot',
      instanceType: 'c6i.xlarge',
      zone: 'eu-west-1a',
      cause: 'no-capacity',
    };
    const started = aGroupOf(workers(1, { launchedAt: now, phase: 'pending' }));
    const queue = known(4, 0, { readAt: at });
    const then = { at, queue, groups: [started], launchFailures: [refused] };
    await look(first, then);
    expect(region.launches.slice(1)).toEqual([{ zone: 'eu-west-1b', slots: 3 }]);
    expect([[...region.desired.values()], failures]).toEqual([[4], []]);

    // Where the call itself fails, desired capacity is set to all that is wanted.
    const strict = new FakeRegion('eu-west-1');
    strict.launch = () => Promise.reject(new CloudError('refused', 'AccessDenied', 'no'));
    Object.assign(world, { clouds: [strict] });
    await look(first, then);
    expect([[...strict.desired.values()], failures]).toEqual([[4], ['launch']]);
  });

  it('may be repeated, since desired capacity is absolute', async () => {
    const region = new FakeRegion('eu-west-1');
    const { run } = fleetOf([region]);
    await run();
    await run();
    expect([...region.desired]).toEqual([
      ['ci-one-spot', 4],
      ['ci-two-spot', 4],
    ]);
  });
});
