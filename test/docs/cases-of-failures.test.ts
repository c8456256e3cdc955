/** Cases of docs/what-happens-when.md: calls to AWS that fail. */
import { describe, expect, it } from 'vitest';
import type { Fleet, Pool } from '../../pool/pool.ts';
import { act } from '../../scaler/act.ts';
import { decide } from '../../scaler/decide/decide.ts';
import { CloudError, type CloudPort, type World } from '../../scaler/ports.ts';
import {
  aGroup,
  aMemory,
  anObservation,
  anOffering,
  aPool,
  known,
  now,
} from '../decide/situations.ts';

/** A region that does what it is told, unless told to fail; it keeps what it was last told. */
class FakeRegion implements Pick<CloudPort, 'region' | 'setOverrides' | 'setDesiredCapacity'> {
  readonly region: string;
  readonly desired = new Map<string, number>();
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
