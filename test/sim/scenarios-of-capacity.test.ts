import { describe, expect, it } from 'vitest';
import type { Placement } from '../../pool/pool.ts';
import { summarise } from '../../sim/summary.ts';
import {
  choices,
  every,
  hour,
  isBusy,
  launches,
  minute,
  runLoopUntil,
  setAvailable,
  spotPrice,
  typePrices,
  types,
} from './scenario.ts';
import {
  activityDelay,
  aFleet,
  anInstance,
  aPool,
  aRegion,
  aSimulation,
  bootTime,
  certain,
  flatPrices,
  spotMarket,
  start,
  tasksAt,
} from './small-world.ts';

const interval = 10;
const zone = 'eu-west-1a';

describe('an offering without capacity', () => {
  /** The first type costs so much less that it alone is offered. */
  const farCheaper = {
    ...typePrices,
    spot: (offering: Parameters<typeof typePrices.spot>[0]) =>
      offering.instanceType === types[0]
        ? [{ at: start, price: 0.05 }].values()
        : typePrices.spot(offering),
  };
  const run = async (prices: typeof typePrices, missing: number, zones: Placement['zones']) => {
    const placement = { zones, regionShare: 1, zoneShare: 1 };
    const fleet = aFleet([aPool({ instances: choices, placement })]);
    const simulation = aSimulation({ fleet, prices, arrivals: tasksAt([5, 5], 600) });
    const gone = types.slice(0, missing).map((type) => [zone, type, 'spot'] as const);
    setAvailable(simulation, 0, false, gone);
    const offered = new Map<number, readonly string[]>();
    const tally = await runLoopUntil(fleet, simulation, hour, ({ last }) => {
      const overrides = last.get('linux')!.decision.groups[0]!.overrides ?? [];
      const now = simulation.clock.now() - start;
      offered.set(
        now,
        overrides.map(({ instanceType }) => instanceType),
      );
    });
    return { simulation, tally, offered };
  };

  it('is passed over at once for another that was offered with it', async () => {
    const { simulation, tally, offered } = await run(typePrices, 1, 'group');
    expect(offered.get(interval)?.slice(0, 2)).toEqual([types[0], types[1]]);
    expect(launches(simulation)).toMatchObject(
      [1, 2].map(() => ({ type: types[1], market: 'spot' })),
    );
    for (const { at } of launches(simulation)) {
      expect(at).toBeLessThanOrEqual(interval + activityDelay);
    }
    expect(summarise(simulation).tasks).toMatchObject({ finished: 2 });
    expect(tally.failures.size).toBe(0);
  });

  it.each([
    ['group', 'the only one that was offered', farCheaper, 1],
    ['cheapest', 'the only one that was offered', farCheaper, 1],
    ['group', 'one of several that were offered and had none', typePrices, 3],
    ['cheapest', 'the first of several', typePrices, 1],
  ] as const)(
    'is left out from the next iteration on: zones by %s, %s',
    async (zones, _, prices, missing) => {
      const { simulation, tally, offered } = await run(prices, missing, zones);
      const next = types[missing]!;
      expect(offered.get(interval)).not.toContain(next);
      expect(offered.get(2 * interval)).toContain(next);
      for (const type of types.slice(0, missing)) {
        if (offered.get(interval)?.includes(type)) {
          expect(offered.get(2 * interval)).not.toContain(type);
        }
      }
      expect(launches(simulation)).toMatchObject([1, 2].map(() => ({ type: next })));
      // The group tries again by itself, whatever it is told meanwhile.
      for (const { at } of launches(simulation)) {
        const retried = interval + activityDelay + certain.group.launchRetry;
        expect(at).toBeLessThanOrEqual(retried);
      }
      expect(tally.launchFailures.get('no-capacity')).toBeGreaterThan(0);
      expect(tally.failures.size).toBe(0);
    },
  );
});

describe('launches that name a zone', () => {
  it("of two pools in one iteration do not get into each other's way", async () => {
    const placement = { zones: 'cheapest', regionShare: 1, zoneShare: 0.7 } as const;
    const pools = ['linux', 'other'].map((id) =>
      aPool({ id, name: id, instances: choices, placement }),
    );
    const fleet = aFleet(pools, 3);
    const tasks = Array.from({ length: 6 }, () => ({ at: start + 5, duration: 600 }));
    const arrivals = new Map(pools.map(({ id }) => [id, tasks]));
    const simulation = aSimulation({ fleet, prices: typePrices, arrivals });
    const tally = await runLoopUntil(fleet, simulation, hour);
    expect([...tally.failures]).toEqual([]);
    // At once, not after the group's own delay.
    const launched = launches(simulation).map(({ at }) => at);
    expect(launched).toEqual(launched.map(() => interval));
    expect(launched.length).toBeGreaterThanOrEqual(10);
    // Zones cost alike, so the first by name gets its share and the next one the rest.
    for (const { id } of pools) {
      const zones = simulation.host.instances
        .filter(({ pool }) => pool?.id === id)
        .map(({ offering }) => offering.zone);
      const inFirst = zones.filter((each) => each === zone).length;
      expect(inFirst).toBe(Math.ceil(0.7 * zones.length));
    }
  });
});

describe('no spot at all', () => {
  const onDemandAfter = 5 * minute;
  const pool = aPool({ instances: choices, market: spotMarket({ onDemandAfter }) });
  const fleet = aFleet([pool], 2);
  const all = ['eu-west-1a', 'eu-west-1b'].flatMap((each) =>
    types.map((type) => [each, type, 'spot'] as const),
  );
  const missingUntil = 2 * hour;

  it('is on-demand within the deadline, then spot again, and no busy worker is touched', async () => {
    const arrivals = tasksAt(every(100, 6 * hour), 900);
    const simulation = aSimulation({ fleet, prices: typePrices, arrivals });
    setAvailable(simulation, 0, false, all);
    setAvailable(simulation, missingUntil, true, all);
    const busyOnDemand = new Set<string>();
    const tally = await runLoopUntil(fleet, simulation, 8 * hour, ({ last }) => {
      const { decision } = last.get('linux')!;
      const leaving = new Set(decision.terminate.map(({ instanceId }) => instanceId));
      for (const instance of simulation.host.running) {
        if (!isBusy(instance)) continue;
        if (instance.offering.market === 'on-demand') busyOnDemand.add(instance.id);
        expect(leaving).not.toContain(instance.id);
      }
    });
    const all8h = launches(simulation);
    const firstOnDemand = all8h.find(({ market }) => market === 'on-demand');
    expect(firstOnDemand?.at).toBeLessThanOrEqual(onDemandAfter + 2 * interval + activityDelay);
    const firstSpot = all8h.find(({ market }) => market === 'spot');
    expect(firstSpot?.at).toBeGreaterThanOrEqual(missingUntil);
    // On-demand stands in for an hour at most before spot is asked again.
    expect(firstSpot?.at).toBeLessThanOrEqual(missingUntil + hour + minute);
    const late = all8h.filter(({ at }) => at > missingUntil + 2 * hour);
    expect(late.length).toBeGreaterThan(0);
    expect(new Set(late.map(({ market }) => market))).toEqual(new Set(['spot']));
    expect(busyOnDemand.size).toBeGreaterThan(3);
    const { tasks } = summarise(simulation);
    expect(tasks).toMatchObject({ finished: tasks.arrived, terminated: 0 });
    expect(tally.failures.size).toBe(0);
  });

  it('for want of quota is on-demand too', async () => {
    const parameters = { ...certain, quotas: { spot: 8, onDemand: null } };
    const small = aPool({
      instances: [anInstance({ type: 'c6i.xlarge' })],
      market: spotMarket({ onDemandAfter }),
    });
    const arrivals = tasksAt(every(1, 10), 1800);
    const quotaFleet = aFleet([small]);
    const simulation = aSimulation({ fleet: quotaFleet, parameters, prices: flatPrices, arrivals });
    const tally = await runLoopUntil(quotaFleet, simulation, hour);
    const spot = launches(simulation).filter(({ market }) => market === 'spot');
    const onDemand = launches(simulation).filter(({ market }) => market === 'on-demand');
    expect(spot).toHaveLength(2);
    expect(onDemand.length).toBeGreaterThanOrEqual(8);
    expect(onDemand[7]?.at).toBeLessThanOrEqual(onDemandAfter + minute);
    expect(tally.launchFailures.get('quota')).toBeGreaterThan(0);
    expect(summarise(simulation).tasks).toMatchObject({ finished: 10 });
  });
});

describe('one region of two that does not answer', () => {
  it('leaves new demand to the other within one iteration, and takes it again later', async () => {
    const regions = ['eu-west-1', 'us-east-1'];
    const pool = aPool({ regions, instances: choices });
    const fleet = aFleet([pool], 1, { regions: regions.map((name) => aRegion(name)) });
    const prices = {
      ...typePrices,
      spot: ({ instanceType, region }: { instanceType: string; region: string }) => {
        const more = region === 'eu-west-1' ? 1 : 1.5;
        return [{ at: start, price: more * spotPrice(instanceType) }].values();
      },
    };
    const from = 15 * minute;
    const until = 45 * minute;
    const simulation = aSimulation({
      fleet,
      prices,
      arrivals: tasksAt([5, from + 5, from + 5, until + 905], 300),
      outages: [{ region: 'eu-west-1', from: start + from, until: start + until }],
    });
    const tally = await runLoopUntil(fleet, simulation, 2 * hour);
    const where = simulation.host.instances.map(({ launchedAt, offering: { region } }) => [
      region,
      launchedAt - start,
    ]);
    const seenAt = (offset: number) => Math.ceil(offset / interval) * interval + activityDelay;
    expect(where).toEqual([
      ['eu-west-1', seenAt(5)],
      ['us-east-1', seenAt(from + 5)],
      ['us-east-1', seenAt(from + 5)],
      // The boot time is known by then, so the task waits until it has to start.
      ['eu-west-1', expect.toSatisfy((at) => at <= until + 905 + pool.wait - bootTime)],
    ]);
    expect(summarise(simulation).tasks).toMatchObject({ finished: 4, terminated: 0 });
    expect(summarise(simulation).wait.longest).toBeLessThanOrEqual(pool.wait);
    expect([...tally.failures.keys()]).toEqual(['observe: eu-west-1 does not answer']);
  });
});

describe('a burst of interruptions', () => {
  it('stops that type for its pause, and no other', async () => {
    const fleet = aFleet([aPool({ instances: choices, capacity: { min: 0, max: 60 } })]);
    const arrivals = tasksAt(every(30, 3 * hour), 600);
    const simulation = aSimulation({ fleet, prices: typePrices, arrivals });
    const burst = hour;
    const { clock, host } = simulation;
    let struck = 0;
    clock.at(start + burst, () => {
      for (const instance of host.running) {
        if (struck === 5 || instance.offering.instanceType !== types[0]) continue;
        host.interrupt(instance);
        struck++;
      }
    });
    const tally = await runLoopUntil(fleet, simulation, 3 * hour);
    expect(struck).toBe(5);
    // The third one is gone with the others when the notice is over; the pause is half an hour.
    const stops = burst + certain.interruptions.notice + interval;
    const pause = 30 * minute;
    const [cheapest, next] = [types[0]!, types[1]!];
    const ofType = (type: string) => launches(simulation).filter((one) => one.type === type);
    const within = ofType(cheapest).filter(
      ({ at }) => at > stops && at <= stops - interval + pause,
    );
    expect(within).toEqual([]);
    expect(ofType(cheapest).some(({ at }) => at < burst)).toBe(true);
    // After that nothing keeps it out; that it was interrupted still counts against its cost.
    expect(tally.last.get('linux')!.decision.reasons).not.toContainEqual(
      expect.objectContaining({ kind: 'offering-rejected', because: 'interrupted' }),
    );
    const others = ofType(next).filter(({ at }) => at > stops && at <= stops + pause);
    expect(others.length).toBeGreaterThan(0);
    const { tasks } = summarise(simulation);
    expect(tasks.interrupted).toBeGreaterThan(0);
    expect(tasks.terminated).toBe(0);
  });
});
