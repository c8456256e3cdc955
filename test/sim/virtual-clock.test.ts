import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../sim/virtual-clock.ts';

const never = new AbortController().signal;

describe('the virtual clock', () => {
  it('jumps to each event and ends where it was told to', async () => {
    const clock = new VirtualClock(100);
    const seen: number[] = [];
    clock.after(5, () => seen.push(clock.now()));
    clock.after(2, () => {
      seen.push(clock.now());
      clock.after(1, () => seen.push(clock.now()));
    });
    clock.at(50, () => seen.push(clock.now()));
    await clock.run(104, never);
    expect(seen).toEqual([100, 102, 103]);
    expect(clock.now()).toBe(104);
    await clock.run(200, never);
    expect(seen).toEqual([100, 102, 103, 105]);
  });

  it('stands still until whoever woke sleeps again, however many promises that takes', async () => {
    const clock = new VirtualClock(0);
    const seen: string[] = [];
    const sleeper = async () => {
      for (let round = 0; round < 2; round++) {
        await clock.sleep(10, never);
        for (let turn = 0; turn < 200; turn++) await null;
        seen.push(`awake at ${clock.now()}`);
      }
    };
    clock.at(11, () => seen.push('event at 11'));
    const done = sleeper();
    await clock.run(30, never);
    await done;
    expect(seen).toEqual(['awake at 10', 'event at 11', 'awake at 20']);
  });

  it('ends a sleep early and without an error when its signal fires', async () => {
    const clock = new VirtualClock(0);
    const alarm = new AbortController();
    const slept = clock.sleep(1000, alarm.signal).then(() => clock.now());
    clock.at(3, () => alarm.abort());
    await clock.run(5000, never);
    expect(await slept).toBe(3);
    await clock.sleep(1000, alarm.signal);
    expect(clock.now()).toBe(5000);
  });

  it('stops at the event that fires its own signal', async () => {
    const clock = new VirtualClock(0);
    const stop = new AbortController();
    clock.at(7, () => stop.abort());
    clock.at(8, () => expect.unreachable());
    await clock.run(100, stop.signal);
    expect(clock.now()).toBe(7);
  });
});
