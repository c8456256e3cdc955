import { expect } from 'vitest';
import { type Day, minimum, runDay } from './simulated-day.ts';

/** Of the calls. */
const faults = 0.2;
/** Of the same day without faults. */
const costTolerance = 0.1;

/**
 * Runs a day twice, with faults and without, and holds the one with faults to what is claimed of it. How
 * long each took is told, and not held against anything.
 * @throws Error that tells how to run it again: `replay`
 */
export async function holdDay({ seed, hours }: Omit<Day, 'faults'>, replay: string): Promise<void> {
  try {
    const calm = await runDay({ seed, hours, faults: 0 });
    const day = await runDay({ seed, hours, faults });
    const { tasks, usd, running } = day.work;
    const of = (seconds: number) => `${Math.round(seconds)} s`;
    const share = ((day.faultsStruck / day.calls) * 100).toFixed(0);
    console.log(
      `seed ${seed}, ${hours} h: ${tasks.finished} tasks, ${day.work.launched} instances, ` +
        `${share} % of ${day.calls} calls failed, $${usd.toFixed(2)} (without: $${calm.work.usd.toFixed(2)}), ` +
        `${of(day.realSeconds)} (without: ${of(calm.realSeconds)}), struck: ${JSON.stringify(day.struckByKind)}`,
    );
    expect(calm.faultsStruck).toBe(0);
    expect(day.faultsStruck / day.calls).toBeGreaterThan(faults * 0.7);
    expect(Object.values(day.struckByKind)).not.toContain(0);
    expect(tasks.arrived).toBeGreaterThan(0);
    expect(tasks).toMatchObject({ pending: 0, claimed: 0, finished: tasks.arrived, terminated: 0 });
    expect(tasks.arrived).toBe(calm.work.tasks.arrived);
    // What runs is what a group lists, and none of it could go: the rest would be below the minimum.
    expect(day.listedSlots).toEqual(day.slots);
    expect(running).toBe(day.slots.length);
    const all = day.slots.reduce((sum, slots) => sum + slots, 0);
    expect(all).toBeGreaterThanOrEqual(minimum);
    expect(all - day.slots[0]!).toBeLessThan(minimum);
    expect(usd).toBeGreaterThan(calm.work.usd * (1 - costTolerance));
    expect(usd).toBeLessThan(calm.work.usd * (1 + costTolerance));
  } catch (error) {
    throw new Error(`seed ${seed}; run it again with: ${replay}`, { cause: error });
  }
}
