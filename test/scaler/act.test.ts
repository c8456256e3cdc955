/** What is called for when a decision is carried out, and what is left to the next look. */
import { describe, expect, it } from 'vitest';
import { act } from '../../scaler/act.ts';
import type { GroupDecision, WorkerChoice } from '../../scaler/decide/decision.ts';
import type { GroupObservation } from '../../scaler/decide/observation.ts';
import { CloudError, type CloudPort, type Launch } from '../../scaler/ports.ts';
import { aGroup, anObservation, now } from '../decide/situations.ts';
import { aDecision, aFleet, aFullPool, never } from './samples.ts';

const group = aGroup({ desiredCapacity: 5 });

/** A region with one group; each zone starts what it has room for, and all calls are kept. */
class Region {
  readonly region = 'eu-west-1';
  readonly calls: string[] = [];
  readonly tokens: string[] = [];
  desired: number;
  /** Slots that a zone can still start; a zone that is not named has none. */
  readonly room: Record<string, number>;
  failure: CloudError | null = null;

  constructor(desired: number, room: Record<string, number> = {}) {
    this.desired = desired;
    this.room = room;
  }

  async launch({ zone, slots, token }: Launch): Promise<number> {
    this.calls.push(`launch ${slots} in ${zone}`);
    this.tokens.push(token);
    if (this.failure) throw this.failure;
    const started = Math.min(slots, this.room[zone] ?? 0);
    this.room[zone] = (this.room[zone] ?? 0) - started;
    this.desired += started;
    return started;
  }

  async setDesiredCapacity(_: string, desiredCapacity: number): Promise<void> {
    this.calls.push(`set ${desiredCapacity}`);
    if (this.failure?.kind === 'throttled') throw this.failure;
    this.desired = desiredCapacity;
  }

  async terminate(instanceId: string): Promise<void> {
    this.calls.push(`terminate ${instanceId}`);
  }
}

async function carryOut(
  region: Region,
  decided: Partial<GroupDecision>,
  { seen = group, terminate = [] }: { seen?: GroupObservation; terminate?: WorkerChoice[] } = {},
) {
  const failures: string[] = [];
  const told = {
    ...{ name: seen.name, region: seen.region, market: seen.market, launches: [] },
    ...{ desiredCapacity: seen.desiredCapacity, addedSlots: 0 },
    ...{ overrides: null, spotMaxPrice: null },
    ...decided,
  };
  const decision = aDecision({ at: now, sequence: 7, groups: [told], terminate });
  const one = { observation: anObservation({ groups: [seen] }), decision };
  const recorder = {
    failure: (_: unknown, doing: string) => {
      failures.push(doing);
    },
  };
  const clouds = [region as Pick<CloudPort, 'region'> as CloudPort];
  const world = { clouds, recorder } as unknown as Parameters<typeof act>[1];
  const fleet = aFleet([aFullPool()]);
  await act(fleet, world, new Map([['linux', one]]), never);
  return { failures };
}

describe('act', () => {
  it('launches zone by zone, each call with a token of its own, and sets nothing besides', async () => {
    const region = new Region(5, { a: 9, b: 9 });
    const launches = [
      { zone: 'a', slots: 4 },
      { zone: 'a', slots: 2 },
      { zone: 'b', slots: 3 },
    ];
    await carryOut(region, { launches, desiredCapacity: 14, addedSlots: 9 });
    expect(region.calls).toEqual(['launch 4 in a', 'launch 2 in a', 'launch 3 in b']);
    expect(region.tokens).toEqual(['linux-spot-7-0', 'linux-spot-7-1', 'linux-spot-7-2']);
    expect(region.desired).toBe(14);
  });

  it('does not ask the group for what a zone could not start', async () => {
    const region = new Region(5, { a: 1 });
    const launches = [
      { zone: 'a', slots: 4 },
      { zone: 'b', slots: 2 },
    ];
    const { failures } = await carryOut(region, { launches, desiredCapacity: 11, addedSlots: 6 });
    expect(region.calls).toEqual(['launch 4 in a', 'launch 2 in b']);
    expect(region.desired).toBe(6);
    expect(failures).toEqual([]);
  });

  it('asks the group for what is in no launch, less what a zone could not start', async () => {
    const region = new Region(5, { a: 1 });
    const launches = [{ zone: 'a', slots: 4 }];
    await carryOut(region, { launches, desiredCapacity: 12, addedSlots: 7 });
    // One of four started: 12 - 3.
    expect(region.calls).toEqual(['launch 4 in a', 'set 9']);
  });

  it('asks the group where the call itself fails, and says so', async () => {
    const region = new Region(5, { a: 9 });
    region.failure = new CloudError('refused', 'UnsupportedOperation', 'no');
    const launches = [{ zone: 'a', slots: 4 }];
    const { failures } = await carryOut(region, { launches, desiredCapacity: 9, addedSlots: 4 });
    expect(region.calls).toEqual(['launch 4 in a', 'set 9']);
    expect(failures).toEqual(['launch']);
  });

  it('leaves a region that throttles to the next look', async () => {
    const region = new Region(5, { a: 9 });
    region.failure = new CloudError('throttled', 'Throttling', 'Rate exceeded');
    const terminate = [
      { instanceId: 'i-1', group: group.name, region: 'eu-west-1', because: 'missing' as const },
    ];
    const launches = [{ zone: 'a', slots: 4 }];
    await carryOut(region, { launches, desiredCapacity: 9, addedSlots: 4 }, { terminate });
    expect(region.calls).toEqual(['launch 4 in a']);
  });

  it("never asks for less than the group's own minimum, which AWS would refuse", async () => {
    const region = new Region(2);
    const seen = aGroup({ desiredCapacity: 2, min: 4 });
    const launches = [{ zone: 'a', slots: 3 }];
    await carryOut(region, { launches, desiredCapacity: 5, addedSlots: 3 }, { seen });
    expect(region.calls).toEqual(['launch 3 in a', 'set 4']);
  });
});
