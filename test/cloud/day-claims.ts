import { expect } from 'vitest';
import { type Day, minimum, runDay } from './simulated-day.ts';

/** Of the calls. */
const faults = 0.2;
/** Of the same day without faults. */
const costTolerance = 0.1;

/**
 * Runs a day twice, with faults and without, and holds the one with faults to what is claimed of it.
 * @throws Error that tells how to run it again
 */
export async function holdDay(
  { seed, hours }: Omit<Day, 'faults'>,
  { limitSeconds, replay }: { readonly limitSeconds: number; readonly replay: string },
): Promise<void> {
  try {
    const calm = await runDay({ seed, hours, faults: 0 }, limitSeconds);
    const day = await runDay({ seed, hours, faults }, limitSeconds);
    const { tasks, usd, running } = day.work;
    const of = (seconds: number) => `${Math.round(seconds)} s`;
    const share = ((day.faultsStruck / day.calls) * 100).toFixed(0);
    console.log(
      `seed ${seed}, ${hours} h: ${tasks.finished} tasks, ${day.work.launched} instances, ` +
        `${share} % of ${day.calls} calls failed, $${usd.toFixed(2)} (without: $${calm.work.usd.toFixed(2)}), ` +
        `${of(day.realSeconds)} (without: ${of(calm.realSeconds)})`,
    );
    expect(calm.faultsStruck).toBe(0);
    expect(day.faultsStruck / day.calls).toBeGreaterThan(faults * 0.7);
    expect(tasks.arrived).toBeGreaterThan(0);
    expect(tasks).toMatchObject({ pending: 0, claimed: 0, finished: tasks.arrived, terminated: 0 });
    expect(tasks.arrived).toBe(calm.work.tasks.arrived);
    // What runs is what a group lists, and no more than the minimum.
    expect(day.slots).toBe(minimum);
    expect(day.listedSlots).toBe(minimum);
    expect(running).toBe(1);
    expect(usd).toBeGreaterThan(calm.work.usd * (1 - costTolerance));
    expect(usd).toBeLessThan(calm.work.usd * (1 + costTolerance));
  } catch (error) {
    throw new Error(`seed ${seed}; run it again with: ${replay}`, { cause: error });
  }
}
